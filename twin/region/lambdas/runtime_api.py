"""The Lambda Runtime API of one execution environment, over HTTP.

Each environment has a listening socket of its own at the Region's Runtime API address, because
AWS's runtime is configured with host and port only: the port identifies the environment, and only
the environment's own process may connect to it.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

Every invocation takes two requests here. So this is an asyncio protocol instead of aiohttp's
server, which needs a task and several loop iterations for each request. Its only client is AWS's
runtime, which sends bodies with a Content-Length, and does not pipeline requests. A function may
send what it likes: while a connection's responses are not read, no more of it is read.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from twin.internal_api.connection_gate import guard_connections, refuse_by_http
from twin.region.lambdas.invocation import Invocation
from twin.runtime.socket_owner import SocketOwner

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Of a function's response: 6,291,556, as Lambda's own error message says."""
MAX_HEAD_BYTES = 1536 * 1024
"""The runtime describes an error for X-Ray in a header of up to 1 MB."""
MAX_CONNECTIONS = 8
"""Open at once. AWS's runtime needs two; the check of each takes longer the more a process has."""

_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_INIT_ERROR = _PREFIX + "init/error"
_INVOCATION = _PREFIX + "invocation/"
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile("[0-9]{1,12}")
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    b'{"status":"OK"}\n'
)


class RuntimeApiError(Exception):
    """The Runtime API rejects a call of the runtime."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class RuntimeSession(Protocol):
    """The events that the execution environment handles."""

    def owns_socket(self, inode: int) -> bool:
        """Whether the environment's own process has the socket open."""
        ...

    def next_requested(self) -> None:
        """The runtime waits for `RuntimeApi.send_event`. Raises RuntimeApiError."""
        ...

    def response_received(self, request_id: str, payload: bytes) -> None:
        """The function returned a response. Raises RuntimeApiError."""
        ...

    def error_received(self, request_id: str, payload: bytes) -> None:
        """The function raised an error. Raises RuntimeApiError."""
        ...

    def init_error_received(self, payload: bytes) -> None:
        """The function's module could not be loaded."""
        ...

    def response_too_large(self, limit: int) -> None:
        """The function's response has more than `limit` bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    """The needed parts of a request's head."""

    method: str
    path: str
    length: int
    invocation_id: str


class RuntimeApi:
    """The listening socket of one environment, and the connection that waits for an event."""

    def __init__(self, session: RuntimeSession, host: str) -> None:
        self._session = session
        self._host = host
        self._server: asyncio.Server | None = None
        self._waiting: asyncio.Transport | None = None
        self.connections: set[asyncio.Protocol] = set()
        """Of the runtime, that are open."""

    async def open(self) -> str:
        """Start to listen; the value of AWS_LAMBDA_RUNTIME_API. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            guard_connections(
                lambda: _RuntimeConnection(self), refuse_by_http, find_refusal=self._find_refusal
            ),
            self._host,
            0,
        )
        return f"{self._host}:{self._server.sockets[0].getsockname()[1]}"

    def _find_refusal(self, caller: SocketOwner | None) -> str | None:
        """Whoever else has the port's number could take events, or answer in the runtime's name."""
        if len(self.connections) >= MAX_CONNECTIONS:
            return f"a runtime may have {MAX_CONNECTIONS} connections to its Runtime API"
        if caller is not None and self._session.owns_socket(caller.inode):
            return None
        return "only the runtime of this execution environment may call its Runtime API"

    def close(self) -> None:
        """Stop listening; connections end with the environment's process."""
        if self._server is not None:
            self._server.close()

    def send_event(self, invocation: Invocation, deadline_ms: int) -> None:
        """Answer the runtime's pending request; `deadline_ms` since 1970."""
        transport, self._waiting = self._waiting, None
        if transport is not None:
            transport.write(_encode_event(invocation, deadline_ms))

    def handle(self, transport: asyncio.Transport, head: _Head, body: bytes) -> None:
        """Handle one request of the runtime."""
        try:
            if head.path == _NEXT and head.method == "GET":
                self._waiting = transport
                self._session.next_requested()
                return
            self._handle_post(head, body)
            transport.write(_ACCEPTED)
        except RuntimeApiError as exc:
            transport.write(_encode_error(exc))

    def abort(self, transport: asyncio.Transport, error: RuntimeApiError) -> None:
        """Answer a request that can't be parsed, and close its connection."""
        if error.status == 413:
            self._session.response_too_large(MAX_RESPONSE_BYTES)
        transport.write(_encode_error(error))
        transport.close()

    def _handle_post(self, head: _Head, body: bytes) -> None:
        if head.method != "POST":
            raise RuntimeApiError(
                404, "InvalidPath", f"the Runtime API has no {head.method} {head.path}"
            )
        if head.path == _INIT_ERROR:
            self._session.init_error_received(body)
            return
        request_id, _, action = head.path.removeprefix(_INVOCATION).partition("/")
        if head.invocation_id not in ("", request_id):
            raise RuntimeApiError(
                400, "InvalidInvocationId", f"{head.invocation_id} is not in progress"
            )
        if action == "response":
            self._session.response_received(request_id, body)
        elif action == "error":
            self._session.error_received(request_id, body)
        else:
            raise RuntimeApiError(404, "InvalidPath", f"the Runtime API has no POST {head.path}")


class _RuntimeConnection(asyncio.Protocol):
    """Parses the requests on one connection of the runtime."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._transport: asyncio.Transport | None = None
        self._can_write = True
        """Whether the runtime reads its responses."""
        api.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._api.connections.discard(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._handle_requests()

    def pause_writing(self) -> None:
        self._can_write = False
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._can_write = True
        self._handle_requests()
        if self._can_write and self._transport is not None:
            self._transport.resume_reading()

    def _handle_requests(self) -> None:
        """Handle the complete requests of the buffer, while their responses are read."""
        transport = self._transport
        if transport is None:
            return
        try:
            while self._can_write and self._buffer and (request := self._next_request()):
                self._api.handle(transport, *request)
        except RuntimeApiError as exc:
            self._api.abort(transport, exc)
            self._transport = None

    def _next_request(self) -> tuple[_Head, bytes] | None:
        """The next request, once it is complete. Raises RuntimeApiError."""
        if self._head is None:
            end = self._buffer.find(_END_OF_HEAD)
            if end < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise RuntimeApiError(
                        431, "RequestHeaderFieldsTooLarge", "the head is too large"
                    )
                return None
            self._head = _parse_head(self._buffer[:end].decode("latin-1"))
            del self._buffer[: end + len(_END_OF_HEAD)]
        head = self._head
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._head = None
        return head, body


def _parse_head(head: str) -> _Head:
    """Raises RuntimeApiError for a malformed head, or one that announces too large a body."""
    request_line, *lines = head.split("\r\n")
    parts = request_line.split(" ")
    if len(parts) != 3:
        raise RuntimeApiError(400, "InvalidRequest", f"no request line: {request_line[:100]!r}")
    length, invocation_id = "0", ""
    for line in lines:
        name, _, value = line.partition(":")
        match name.lower():
            case "content-length":
                length = value.strip()
            case "lambda-runtime-invocation-id":
                invocation_id = value.strip()
            case "transfer-encoding":
                raise RuntimeApiError(411, "LengthRequired", "send a Content-Length, not chunks")
    if not _LENGTH.fullmatch(length):
        raise RuntimeApiError(400, "InvalidRequest", f"Content-Length is {length[:100]!r}")
    if int(length) > MAX_RESPONSE_BYTES:
        raise RuntimeApiError(
            413,
            "RequestEntityTooLarge",
            f"Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
        )
    return _Head(parts[0], parts[1], int(length), invocation_id)


def _encode_event(invocation: Invocation, deadline_ms: int) -> bytes:
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
    return head.encode() + invocation.event


def _encode_error(error: RuntimeApiError) -> bytes:
    document = {"errorMessage": str(error), "errorType": error.error_type}
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
