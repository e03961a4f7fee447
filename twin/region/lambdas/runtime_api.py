"""The Lambda Runtime API of one execution environment, over HTTP.

Each environment has a listening socket of its own at the Region's Runtime API address, since AWS's
runtime knows no more than host and port: which environment asks is which port it asks. What an
event is, and what becomes of an answer, is the environment's business.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
from typing import Protocol

from aiohttp import web

from twin.region.lambdas.invocation import Invocation
from twin.region.rendered import Rendered

LARGEST_ANSWER = 6 * 1024 * 1024 + 100
"""Bytes of a function's answer: 6,291,556, as Lambda's own error names it."""

_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_INIT_ERROR = _PREFIX + "init/error"
_KEEP_OPEN_S = 10.0 * 365 * 24 * 3600
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    b'{"status":"OK"}\n'
)


class ApiError(Exception):
    """The Runtime API refuses a call of the runtime."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        """As the Runtime API answers it."""
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class Session(Protocol):
    """The environment, as its Runtime API sees it."""

    async def next_invocation(self) -> tuple[Invocation, int]:
        """The next event, once there is one, and its deadline (milliseconds since 1970)."""
        ...

    def answered(self, request_id: str, payload: bytes) -> None:
        """The function's answer. Raises ApiError."""
        ...

    def failed(self, request_id: str, payload: bytes) -> None:
        """The function raised. Raises ApiError."""
        ...

    def init_failed(self, payload: bytes) -> None:
        """The function's module could not be loaded."""
        ...


class RuntimeApi:
    """The listening socket of one environment."""

    def __init__(self, session: Session, host: str) -> None:
        """Listens after `open`."""
        self._session = session
        self._host = host
        self._listening: asyncio.Server | None = None

    async def open(self) -> str:
        """Listen; the address as AWS_LAMBDA_RUNTIME_API says it. Raises OSError."""
        connections = web.Server(
            self._handle,
            handler_cancellation=True,  # the wait for an event ends with its connection
            access_log=None,
            tcp_keepalive=False,
            keepalive_timeout=_KEEP_OPEN_S,
            lingering_time=0,
            auto_decompress=False,
        )
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(connections, self._host, 0)
        return f"{self._host}:{self._listening.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening; connections end with the environment's process."""
        if self._listening is not None:
            self._listening.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        try:
            if request.method == "GET" and path == _NEXT:
                return _event(*await self._session.next_invocation())
            self._post(path, request, await _read(request))
        except ApiError as exc:
            document = {"errorMessage": str(exc), "errorType": exc.error_type}
            return web.json_response(document, status=exc.status)
        return Rendered(_ACCEPTED)

    def _post(self, path: str, request: web.BaseRequest, payload: bytes) -> None:
        """Take what the runtime has to say. Raises ApiError."""
        if request.method != "POST":
            raise ApiError(404, "InvalidPath", f"the Runtime API has no {request.method} {path}")
        if path == _INIT_ERROR:
            self._session.init_failed(payload)
            return
        request_id, _, what = path.removeprefix(_PREFIX + "invocation/").partition("/")
        echoed = request.headers.get("Lambda-Runtime-Invocation-Id", request_id)
        if echoed != request_id:
            raise ApiError(400, "InvalidInvocationId", f"{echoed} is not in progress")
        if what == "response":
            self._session.answered(request_id, payload)
        elif what == "error":
            self._session.failed(request_id, payload)
        else:
            raise ApiError(404, "InvalidPath", f"the Runtime API has no POST {path}")


async def _read(request: web.BaseRequest) -> bytes:
    """The body. Raises ApiError (413) when it is larger than Lambda takes."""
    if (request.content_length or 0) <= LARGEST_ANSWER:
        chunks: list[bytes] = []
        size = 0
        while size <= LARGEST_ANSWER:
            chunk = await request.content.readany()
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            size += len(chunk)
    raise ApiError(
        413,
        "RequestEntityTooLarge",
        f"Exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).",
    )


def _event(invocation: Invocation, deadline_ms: int) -> Rendered:
    context = invocation.client_context
    extra = f"Lambda-Runtime-Client-Context: {context}\r\n" if context else ""
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(invocation.event)}\r\n"
        f"Lambda-Runtime-Aws-Request-Id: {invocation.id}\r\n"
        f"Lambda-Runtime-Invocation-Id: {invocation.id}\r\n"
        f"Lambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
        f"Lambda-Runtime-Invoked-Function-Arn: {invocation.arn}\r\n"
        f"Lambda-Runtime-Trace-Id: {invocation.trace_id}\r\n{extra}\r\n"
    )
    return Rendered(head.encode() + invocation.event)
