"""Lambda targets: how a load balancer invokes them, and which error each failure becomes.

Requests and health checks invoke a target in the same way.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from twin.core.alb.response import LambdaTargetError, parse_lambda_response
from twin.core.http.messages import HttpResponse
from twin.core.lambda_.functions import ELB_PRINCIPAL, may_invoke, split_qualifier
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import (
    CodeUnusable,
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
)
from twin.topology.model import TargetGroup

LAMBDA_TARGET_TYPE = "lambda"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaTarget:
    """One registered target of a Lambda target group."""

    id: str
    group: TargetGroup
    function: HostedFunction | None
    """None if there is no such function in this Region."""
    qualifier: str = ""
    permitted: bool = False
    """Whether the function's resource policy lets this target group invoke it."""

    def start(
        self, event: bytes, *, trace_root: str, draw: float
    ) -> "asyncio.Future[InvocationResult]":
        """Start an invocation. Raises LambdaTargetError with the error reason."""
        if self.function is None:
            raise LambdaTargetError("LambdaResourceNotFound", f"there is no function {self.id}")
        if not self.permitted:
            raise LambdaTargetError(
                "LambdaAccessDenied",
                f"the policy of {self.id} does not let {ELB_PRINCIPAL} invoke it for"
                f" {self.group.arn}",
            )
        try:
            return self.function.submit(self.qualifier, event, trace_root=trace_root, draw=draw)
        except InvokeError as exc:
            raise LambdaTargetError(_error_reason(exc), f"{self.id}: {exc}") from exc

    async def invoke(self, event: bytes, *, trace_root: str, draw: float) -> HttpResponse:
        """Invoke the function. Raises LambdaTargetError with the error reason."""
        result = self.start(event, trace_root=trace_root, draw=draw)
        with contextlib.suppress(InvokeError):
            await result
        return read_result(self, result)


def read_result(target: LambdaTarget, result: "asyncio.Future[InvocationResult]") -> HttpResponse:
    """The response in a result that is there. Raises LambdaTargetError."""
    try:
        invoked = result.result()
    except InvokeError as exc:
        raise LambdaTargetError(_error_reason(exc), f"{target.id}: {exc}") from exc
    if invoked.function_error:
        error = invoked.payload[:300].decode(errors="replace")
        raise LambdaTargetError("LambdaUnhandled", f"{target.id} failed: {error}")
    return parse_lambda_response(invoked.payload, multi_value=target.group.multi_value_headers)


def _error_reason(error: InvokeError) -> str:
    match error:
        case Throttled():
            return "LambdaThrottling"
        case FunctionNotFound():
            return "LambdaResourceNotFound"
        case CodeUnusable():
            return "LambdaInvalidZipFile"
    return "LambdaServiceException"


def registered_functions(groups: Iterable[TargetGroup]) -> Iterator[str]:
    """The ARNs of functions that are targets, as they are registered."""
    for group in groups:
        if group.target_type == LAMBDA_TARGET_TYPE:
            yield from group.targets


class LambdaTargets:
    """The registered targets of all Lambda target groups of a Region."""

    def __init__(
        self, find_function: Callable[[str], HostedFunction | None], ids: IdGenerator
    ) -> None:
        self.ids = ids
        self._find_function = find_function
        self._by_group: dict[str, tuple[LambdaTarget, ...]] = {}

    def configure(self, groups: Iterable[TargetGroup]) -> None:
        """Use the targets of these groups. Configure the functions first."""
        self._by_group = {
            group.arn: tuple(self._create_target(group, target_id) for target_id in group.targets)
            for group in groups
            if group.target_type == LAMBDA_TARGET_TYPE
        }

    def _create_target(self, group: TargetGroup, target_id: str) -> LambdaTarget:
        arn, name, qualifier = split_qualifier(target_id)
        function = self._find_function(name)
        if function is None or function.config.arn != arn:
            return LambdaTarget(id=target_id, group=group, function=None)
        permitted = may_invoke(
            function.config.permissions, qualifier, principal=ELB_PRINCIPAL, source_arn=group.arn
        )
        return LambdaTarget(
            id=target_id, group=group, function=function, qualifier=qualifier, permitted=permitted
        )

    def in_group(self, group_arn: str) -> tuple[LambdaTarget, ...] | None:
        """The group's targets; None if the group has no Lambda targets."""
        return self._by_group.get(group_arn)
