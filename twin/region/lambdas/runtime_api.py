"""The Lambda Runtime API of one execution environment, over HTTP.

Each environment has a listening socket of its own at the Region's Runtime API address, since AWS's
runtime knows no more than host and port: which environment asks is which port it asks. What an
event is, and what becomes of an answer, is the environment's business.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

Every invocation is two requests here, so this is a protocol of its own instead of aiohttp's server,
which needs a task and several turns of the loop for each. Its one client is AWS's runtime: bodies
have a Content-Length, and nothing is pipelined.
"""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from twin.region.lambdas.invocation import Invocation

LARGEST_ANSWER = 6 * 1024 * 1024 + 100
"""Bytes of a function's answer: 6,291,556, as Lambda's own error names it."""
LARGEST_HEAD = 1536 * 1024
"""Bytes; the runtime describes an error for X-Ray in a header of up to 1 MB."""

_PREFIX = "/2018-06-01/runtime/"
_NEXT = _PREFIX + "invocation/next"
_INIT_ERROR = _PREFIX + "init/error"
_INVOCATION = _PREFIX + "invocation/"
_END_OF_HEAD = b"\r\n\r\n"
_ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    b'{"status":"OK"}\n'
)


class RuntimeApiError(Exception):
    """The Runtime API refuses a call of the runtime."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        """As the Runtime API answers it."""
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class RuntimeSession(Protocol):
    """The environment, as its Runtime API sees it."""

    def asks_for_work(self) -> None:
        """The runtime waits for `RuntimeApi.send_event`. Raises ApiError."""
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

    def answer_too_large(self, limit: int) -> None:
        """The function's answer has more bytes than Lambda takes."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of a request, as far as it is needed."""

    method: str
    path: str
    length: int
    invocation_id: str


class RuntimeApi:
    """The listening socket of one environment, and the connection that waits for an event."""

    def __init__(self, session: RuntimeSession, host: str) -> None:
        """Listens after `open`."""
        self._session = session
        self._host = host
        self._listening: asyncio.Server | None = None
        self._waiting: asyncio.Transport | None = None

    async def open(self) -> str:
        """Listen; the address as AWS_LAMBDA_RUNTIME_API says it. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: _Connection(self), self._host, 0)
        return f"{self._host}:{self._listening.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening; connections end with the environment's process."""
        if self._listening is not None:
            self._listening.close()

    def send_event(self, invocation: Invocation, deadline_ms: int) -> None:
        """Answer the runtime that asked for work; `deadline_ms` since 1970."""
        transport, self._waiting = self._waiting, None
        if transport is not None:
            transport.write(_event(invocation, deadline_ms))

    def handle(self, transport: asyncio.Transport, head: _Head, body: bytes) -> None:
        """One request of the runtime."""
        try:
            if head.path == _NEXT and head.method == "GET":
                self._waiting = transport
                self._session.asks_for_work()
                return
            self._post(head, body)
            transport.write(_ACCEPTED)
        except RuntimeApiError as exc:
            transport.write(_refusal(exc))

    def give_up(self, transport: asyncio.Transport, error: RuntimeApiError) -> None:
        """What follows on this connection can't be understood."""
        if error.status == 413:
            self._session.answer_too_large(LARGEST_ANSWER)
        transport.write(_refusal(error))
        transport.close()

    def _post(self, head: _Head, body: bytes) -> None:
        if head.method != "POST":
            raise RuntimeApiError(
                404, "InvalidPath", f"the Runtime API has no {head.method} {head.path}"
            )
        if head.path == _INIT_ERROR:
            self._session.init_failed(body)
            return
        request_id, _, what = head.path.removeprefix(_INVOCATION).partition("/")
        if head.invocation_id not in ("", request_id):
            raise RuntimeApiError(
                400, "InvalidInvocationId", f"{head.invocation_id} is not in progress"
            )
        if what == "response":
            self._session.answered(request_id, body)
        elif what == "error":
            self._session.failed(request_id, body)
        else:
            raise RuntimeApiError(404, "InvalidPath", f"the Runtime API has no POST {head.path}")


class _Connection(asyncio.Protocol):
    """Bytes of the runtime to requests."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        self._buffer += data
        transport = self._transport
        if transport is None:
            return
        try:
            while self._buffer and (request := self._whole_request()) is not None:
                self._api.handle(transport, *request)
        except RuntimeApiError as exc:
            self._api.give_up(transport, exc)
            self._transport = None

    def _whole_request(self) -> tuple[_Head, bytes] | None:
        """The next request, once all of it is here. Raises ApiError."""
        if self._head is None:
            end = self._buffer.find(_END_OF_HEAD)
            if end < 0:
                if len(self._buffer) > LARGEST_HEAD:
                    raise RuntimeApiError(
                        431, "RequestHeaderFieldsTooLarge", "the head is too large"
                    )
                return None
            self._head = _parsed(self._buffer[:end].decode("latin-1"))
            del self._buffer[: end + len(_END_OF_HEAD)]
        head = self._head
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._head = None
        return head, body


def _parsed(head: str) -> _Head:
    """Raises ApiError for a head that is none, or that announces too much."""
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise RuntimeApiError(400, "InvalidRequest", f"no request line: {first[:100]!r}")
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
    if not length.isdigit():
        raise RuntimeApiError(400, "InvalidRequest", f"Content-Length is {length[:100]!r}")
    if int(length) > LARGEST_ANSWER:
        raise RuntimeApiError(
            413,
            "RequestEntityTooLarge",
            f"Exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).",
        )
    return _Head(words[0], words[1], int(length), invocation_id)


def _event(invocation: Invocation, deadline_ms: int) -> bytes:
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


def _refusal(error: RuntimeApiError) -> bytes:
    document = {"errorMessage": str(error), "errorType": error.error_type}
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
