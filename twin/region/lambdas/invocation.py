"""One invocation of a function, its result, and the errors of Lambda itself."""

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum


class ThrottleReason(StrEnum):
    """Why Lambda answers 429: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
    CONCURRENT = "ConcurrentInvocationLimitExceeded"


class InvokeError(Exception):
    """Lambda rejects the invocation or fails; the function has not answered.

    InvokeError
    ├── FunctionNotFound    no such function, version or alias
    ├── Throttled           a concurrency limit is reached
    └── CodeUnusable        the deployed code can't be unpacked
    """


class FunctionNotFound(InvokeError):
    """No such function, version or alias."""


class Throttled(InvokeError):
    """A concurrency limit is reached."""

    def __init__(self, reason: ThrottleReason) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class CodeUnusable(InvokeError):
    """The deployed code can't be unpacked or started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """The result of an invocation, for its caller."""

    payload: bytes
    """The function's response, or the JSON that describes its failure."""
    version: str
    """The version that ran."""
    function_error: str = ""
    """Value of X-Amz-Function-Error: `Unhandled` if the function failed."""
    log_tail: bytes = b""
    """The end of the invocation's log."""
    duration_ms: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Invocation:
    """One event for an execution environment, and the future of its result."""

    id: str
    event: bytes
    arn: str
    """As invoked, with the qualifier if there is one."""
    trace_id: str
    future: asyncio.Future[InvocationResult]
    client_context: str = ""


def failure_payload(error_type: str, message: str) -> bytes:
    """The payload of a failure, in Lambda's form."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
