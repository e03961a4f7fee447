"""How API Gateway invokes functions: permission, time-out, and the error of each failure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

import asyncio
from collections.abc import Callable

from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.core.apigateway.requests import GatewayRequest, source_arn
from twin.core.lambda_.functions import may_invoke, split_qualifier
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
)
from twin.topology.model import LambdaFunction

PRINCIPAL = "apigateway.amazonaws.com"

FindFunction = Callable[[str], HostedFunction | None]


class IntegrationTimedOut(InvokeError):
    """The function has not answered in time; it goes on."""


class Integrations:
    """Invokes the functions of one Region."""

    def __init__(
        self, find_function: FindFunction, ids: IdGenerator, *, region: str, account: str
    ) -> None:
        self.ids = ids
        self._find_function = find_function
        self.region = region
        self.account = account
        self._permitted: dict[tuple[str, str], tuple[LambdaFunction, bool]] = {}
        """(Function with qualifier, source ARN) -> the configuration judged, the verdict."""

    def start(self, request: GatewayRequest, event: bytes) -> "asyncio.Future[InvocationResult]":
        """Start an invocation; the future may fail with InvokeError. Raises GatewayError."""
        integration = request.match.route.integration
        target = integration.function_arn
        arn, name, qualifier = split_qualifier(target)
        function = self._find_function(name)
        if function is None or function.config.arn != arn:
            raise GatewayError(
                GatewayErrorKind.NOT_PERMITTED, f"there is no function {target} in this Region"
            )
        source = source_arn(request, self.region, self.account)
        if not self._is_permitted(function.config, target, qualifier, source):
            raise GatewayError(
                GatewayErrorKind.NOT_PERMITTED,
                f"the policy of {target} does not let {PRINCIPAL} invoke it for {source}",
            )
        try:
            result = function.submit(
                qualifier, event, trace_root=request.ids.trace_id, draw=self.ids.draw()
            )
        except InvokeError as exc:
            raise describe_failure(exc, target) from exc
        return limit_time(result, integration.timeout_ms / 1000)

    def _is_permitted(
        self, function: LambdaFunction, target: str, qualifier: str, source: str
    ) -> bool:
        known = self._permitted.get((target, source))
        if known is not None and known[0] is function:
            return known[1]
        verdict = may_invoke(
            function.permissions, qualifier, principal=PRINCIPAL, source_arn=source
        )
        self._permitted[target, source] = (function, verdict)
        return verdict

    def forget(self) -> None:
        """Drop what is remembered, after a change of the configuration."""
        self._permitted.clear()


def describe_failure(error: InvokeError, target: str) -> GatewayError:
    """The gateway's error for a failed invocation."""
    match error:
        case Throttled():
            kind = GatewayErrorKind.FUNCTION_THROTTLED
        case FunctionNotFound():
            kind = GatewayErrorKind.NOT_PERMITTED
        case IntegrationTimedOut():
            kind = GatewayErrorKind.TIMED_OUT
        case _:
            kind = GatewayErrorKind.BAD_ANSWER
    return GatewayError(kind, f"{target}: {error}")


def limit_time(
    result: "asyncio.Future[InvocationResult]", timeout_s: float
) -> "asyncio.Future[InvocationResult]":
    """A future that ends as the invocation does, or fails with IntegrationTimedOut before it."""
    loop = asyncio.get_running_loop()
    limited: asyncio.Future[InvocationResult] = loop.create_future()

    def expire() -> None:
        if not limited.done():
            limited.set_exception(IntegrationTimedOut(f"no answer in {timeout_s:g} s"))

    timer = loop.call_later(timeout_s, expire)

    def pass_on(done: "asyncio.Future[InvocationResult]") -> None:
        timer.cancel()
        error = None if done.cancelled() else done.exception()
        if limited.done():
            return
        if done.cancelled():
            limited.cancel()
        elif error is not None:
            limited.set_exception(error)
        else:
            limited.set_result(done.result())

    result.add_done_callback(pass_on)
    return limited
