"""Lambda targets: how a load balancer invokes them, and what it makes of what comes back.

Decides which errors of Lambda are which errors of the load balancer. Requests and health checks
go the same way. Who is healthy is decided elsewhere.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from twin.core.alb_response import AlbResponse, MalformedLambdaResponse, parse_lambda_response
from twin.core.functions import ELB_PRINCIPAL, may_invoke, parse_function_name
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import CodeUnusable, FunctionNotFound, InvokeError, Throttled
from twin.topology.model import TargetGroup

LAMBDA_TARGET_TYPE = "lambda"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaTarget:
    """One registered target of a Lambda target group."""

    id: str
    group: TargetGroup
    live: HostedFunction | None
    """None when there is no such function in this Region."""
    qualifier: str = ""
    permitted: bool = False
    """Whether the function's resource policy lets this target group invoke it."""

    async def invoke(self, event: bytes, *, trace_root: str, draw: float) -> AlbResponse:
        """The function's answer as a response. Raises BadAnswer with the error reason."""
        if self.live is None:
            raise MalformedLambdaResponse(
                "LambdaResourceNotFound", f"there is no function {self.id}"
            )
        if not self.permitted:
            raise MalformedLambdaResponse(
                "LambdaAccessDenied",
                f"the policy of {self.id} does not let {ELB_PRINCIPAL} invoke it for"
                f" {self.group.arn}",
            )
        try:
            outcome = await self.live.submit(
                self.qualifier, event, trace_root=trace_root, draw=draw
            )
        except InvokeError as exc:
            raise MalformedLambdaResponse(_reason(exc), f"{self.id}: {exc}") from exc
        if outcome.function_error:
            said = outcome.payload[:300].decode(errors="replace")
            raise MalformedLambdaResponse("LambdaUnhandled", f"{self.id} failed: {said}")
        return parse_lambda_response(outcome.payload, multi_value=self.group.multi_value_headers)


def _reason(error: InvokeError) -> str:
    match error:
        case Throttled():
            return "LambdaThrottling"
        case FunctionNotFound():
            return "LambdaResourceNotFound"
        case CodeUnusable():
            return "LambdaInvalidZipFile"
    return "LambdaServiceException"


def qualifiers_in_use(groups: Iterable[TargetGroup]) -> Mapping[str, frozenset[str]]:
    """Function ARN -> qualifiers that are registered as targets."""
    found: dict[str, frozenset[str]] = {}
    for group in groups:
        for target_id in group.targets if group.target_type == LAMBDA_TARGET_TYPE else ():
            arn, qualifier = _split(target_id)
            found[arn] = found.get(arn, frozenset()) | {qualifier}
    return found


def _split(target_id: str) -> tuple[str, str]:
    """The function's ARN, and the version or alias after it."""
    named = parse_function_name(target_id)
    if named is None or not named.qualifier:
        return target_id, ""
    return target_id.removesuffix(f":{named.qualifier}"), named.qualifier


class FunctionLookup(Protocol):
    """Functions by name, as far as targets need them."""

    def get(self, name: str) -> HostedFunction | None:
        """The function, if there is one."""
        ...


class LambdaTargets:
    """The registered targets of all Lambda target groups of a Region."""

    def __init__(self, functions: FunctionLookup, ids: IdGenerator) -> None:
        """None yet."""
        self.ids = ids
        self._functions = functions
        self._by_group: dict[str, tuple[LambdaTarget, ...]] = {}

    def follow(self, groups: Iterable[TargetGroup]) -> None:
        """Know these groups; `Functions` must know their functions already."""
        self._by_group = {
            group.arn: tuple(self._target(group, target_id) for target_id in group.targets)
            for group in groups
            if group.target_type == LAMBDA_TARGET_TYPE
        }

    def _target(self, group: TargetGroup, target_id: str) -> LambdaTarget:
        arn, qualifier = _split(target_id)
        named = parse_function_name(arn)
        live = None if named is None else self._functions.get(named.name)
        if live is None or live.function.arn != arn:
            return LambdaTarget(id=target_id, group=group, live=None)
        permitted = may_invoke(
            live.function.permissions, qualifier, principal=ELB_PRINCIPAL, source_arn=group.arn
        )
        return LambdaTarget(
            id=target_id, group=group, live=live, qualifier=qualifier, permitted=permitted
        )

    def of(self, group_arn: str) -> tuple[LambdaTarget, ...] | None:
        """The group's targets; None for a group that has no data plane here."""
        return self._by_group.get(group_arn)
