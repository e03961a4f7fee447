"""One invocation of a function, from its call to its outcome.

What runs it, and who asked for it, is not known here.
"""

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum


class ThrottleReason(StrEnum):
    """Why Lambda answers 429: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
    CONCURRENT = "ConcurrentInvocationLimitExceeded"


class InvokeError(Exception):
    """Lambda itself refuses or fails; the function has not answered.

    InvokeError
    ├── FunctionUnknown     no such function, version or alias
    ├── Throttled           a limit of concurrency is reached
    └── CodeUnusable        the deployed code can't be unpacked
    """


class FunctionNotFound(InvokeError):
    """No such function, version or alias."""


class Throttled(InvokeError):
    """A limit of concurrency is reached."""

    def __init__(self, reason: ThrottleReason) -> None:
        """Which limit."""
        super().__init__("Rate Exceeded.")
        self.reason = reason


class CodeUnusable(InvokeError):
    """The deployed code can't be unpacked or started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """What the caller gets."""

    payload: bytes
    """The function's answer, or the JSON that describes its failure."""
    version: str
    """The version that ran."""
    function_error: str = ""
    """`Unhandled` when the function failed, as X-Amz-Function-Error says it."""
    log_tail: bytes = b""
    """The end of the invocation's log."""
    duration_ms: float = 0.0
    """How long it ran."""


@dataclass(slots=True, kw_only=True, eq=False)
class Invocation:
    """One event on its way through an execution environment."""

    id: str
    event: bytes
    arn: str
    """As invoked, with the qualifier."""
    trace_id: str
    future: asyncio.Future[InvocationResult]
    client_context: str = ""


def failure_payload(error_type: str, message: str) -> bytes:
    """The payload of a failure that Lambda itself describes."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
