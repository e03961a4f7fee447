"""What a connection asks of the server that it belongs to: the steps of answering a request."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, TypeVar

from twin.core.http.messages import HttpResponse, RequestRejected, TlsSession
from twin.region.http1.http_request import RequestHead, RequestLimits
from twin.region.lambdas.invocation import InvocationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningInvocation:
    """A function that works on a request."""

    result: asyncio.Future[InvocationResult]
    started: float
    """Monotonic time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A response, and whether its connection has to be closed after it."""

    response: HttpResponse
    closes: bool = False


Routed = TypeVar("Routed")
"""A request that a function will answer, and whose body may still be on its way."""
Running = TypeVar("Running", bound=RunningInvocation)


def ignore_result(result: asyncio.Future[InvocationResult]) -> None:
    """Retrieve the exception, so that asyncio does not report it as lost."""
    if not result.cancelled():
        result.exception()


class RequestHandler(Protocol[Routed, Running]):
    """Answers the requests of a server.

    For each request a connection calls `route`, then `invoke` once it has the body, then
    `read_response` once the function has answered; it ends at the first HttpAnswer.
    """

    limits: RequestLimits

    def route(
        self, head: RequestHead, client: tuple[str, int], tls: TlsSession | None
    ) -> Routed | HttpAnswer:
        """Choose what answers the request; the server's own answer if there is nothing.

        `client`: address and port.
        """
        ...

    def invoke(self, routed: Routed, body: bytes) -> Running | HttpAnswer:
        """Start the function; the server's own error if that is not possible."""
        ...

    def read_response(self, running: Running) -> HttpAnswer:
        """The function's response, or an error; call it when the result is there."""
        ...

    def client_left(self, running: Running) -> None:
        """The client has closed the connection; the function goes on."""
        ...

    def closes_after(self, head: RequestHead) -> bool:
        """Whether the connection has to be closed after this request."""
        ...

    def reject_head(self, error: RequestRejected) -> HttpAnswer:
        """The answer to bytes that are not a request."""
        ...

    def reject(self, error: RequestRejected, routed: Routed | None = None) -> HttpAnswer:
        """The answer to a request that can't be served; `routed` if it had been routed."""
        ...

    def internal_error(self, error: Exception) -> HttpAnswer:
        """The answer to a request on which the twin itself has failed."""
        ...

    def serialize(
        self, response: HttpResponse, *, date: str, keep_alive: bool, head_only: bool
    ) -> bytes:
        """The bytes of a response."""
        ...
