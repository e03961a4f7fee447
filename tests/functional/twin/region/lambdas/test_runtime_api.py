"""The Runtime API with a runtime that is not AWS's."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin.region.lambdas.invocation import Invocation, InvocationResult
from twin.region.lambdas.runtime_api import (
    MAX_CONNECTIONS,
    MAX_RESPONSE_BYTES,
    RuntimeApi,
    RuntimeApiError,
)
from twin.runtime.instance import Instance
from twin.runtime.socket_owner import has_open_socket


class FakeSession:
    """An environment with one invocation in progress, of the id `known`."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, bytes]] = []
        self.next_requests = 0
        self.too_large = False
        self.process = os.getpid()

    def owns_socket(self, inode: int) -> bool:
        return has_open_socket(self.process, inode)

    def next_requested(self) -> None:
        self.next_requests += 1

    def response_received(self, request_id: str, payload: bytes) -> None:
        if request_id != "known":
            raise RuntimeApiError(
                400, "InvalidRequestID", f"request {request_id} is not in progress"
            )
        self.events.append(("response", request_id, payload))

    def error_received(self, request_id: str, payload: bytes) -> None:
        self.events.append(("error", request_id, payload))

    def init_error_received(self, payload: bytes) -> None:
        self.events.append(("init error", "", payload))

    def response_too_large(self, limit: int) -> None:
        self.too_large = limit == MAX_RESPONSE_BYTES


class RuntimeClient:
    """The runtime's end of the connection."""

    def __init__(
        self,
        api: RuntimeApi,
        session: FakeSession,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.api = api
        self.session = session
        self.reader = reader
        self.writer = writer

    async def read_response(self) -> tuple[int, dict[str, str], bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        first, *lines = head.decode().strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await self.reader.readexactly(int(headers["Content-Length"]))
        return int(first.split()[1]), headers, body

    async def has_requested_next(self) -> bool:
        return self.session.next_requests > 0

    async def post(
        self, path: str, body: bytes = b"{}", more: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        self.writer.write(
            f"POST /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: x\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        self.writer.write(body)
        return await self.read_response()


@pytest.fixture
async def runtime() -> AsyncIterator[RuntimeClient]:
    """A client that is connected to its own API."""
    session = FakeSession()
    api = RuntimeApi(
        session, Instance(Path("unused"), claim_instance()).runtime_api_address("eu-central-1")[0]
    )
    host, _, port = (await api.open()).partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    yield RuntimeClient(api, session, reader, writer)
    writer.close()
    api.close()


async def test_another_process_of_the_same_user_is_refused(runtime: RuntimeClient) -> None:
    """Function code of one environment must not take another one's events."""
    runtime.session.process = 1
    host, port = runtime.writer.get_extra_info("peername")
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")

    answer = await asyncio.wait_for(reader.read(), 5)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"only the runtime of this execution environment" in answer
    assert runtime.session.next_requests == 0
    writer.close()


async def test_a_runtime_has_few_connections_and_each_that_it_closes_is_free_again(
    runtime: RuntimeClient,
) -> None:
    """The check of a connection looks at all descriptors of the process: a thousand held it up."""
    host, port = runtime.writer.get_extra_info("peername")
    others = [await asyncio.open_connection(host, port) for _ in range(MAX_CONNECTIONS)]
    reader, writer = others.pop()
    writer.write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")

    answer = await asyncio.wait_for(reader.read(), 5)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"a runtime may have 8 connections" in answer
    for _, other in others:
        other.close()
        await other.wait_closed()
    writer.close()

    async def are_closed() -> bool:
        return len(runtime.api.connections) == 1

    await async_eventually(are_closed)
    again = RuntimeClient(runtime.api, runtime.session, *await asyncio.open_connection(host, port))
    assert (await again.post("invocation/known/response"))[0] == 202
    again.writer.close()


async def test_an_event_comes_with_its_headers(runtime: RuntimeClient) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next"""
    future: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
    invocation = Invocation(
        id="known",
        event=b'{"a":1}',
        arn="arn",
        trace_id="Root=1",
        future=future,
        client_context='{"c":1}',
    )
    runtime.writer.write(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
    await async_eventually(runtime.has_requested_next)

    runtime.api.send_event(invocation, 1234)

    status, headers, body = await runtime.read_response()
    assert (status, body) == (200, b'{"a":1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "known"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1234"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn"
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert headers["Lambda-Runtime-Client-Context"] == '{"c":1}'
    assert headers["Lambda-Runtime-Invocation-Id"] == "known"


async def test_responses_and_errors_are_accepted(runtime: RuntimeClient) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response"""
    first = await runtime.post("invocation/known/response", b'{"ok":1}')
    second = await runtime.post("invocation/known/error", b"{}", "X-Long: " + "x" * 70_000 + "\r\n")
    third = await runtime.post("init/error")

    assert [status for status, _, _ in (first, second, third)] == [202, 202, 202]
    assert runtime.session.events == [
        ("response", "known", b'{"ok":1}'),
        ("error", "known", b"{}"),
        ("init error", "", b"{}"),
    ]


@pytest.mark.parametrize(
    ("path", "more", "status", "error"),
    [
        ("invocation/unknown/response", "", 400, "InvalidRequestID"),
        (
            "invocation/known/response",
            "Lambda-Runtime-Invocation-Id: other\r\n",
            400,
            "InvalidInvocationId",
        ),
        ("invocation/known/nonsense", "", 404, "InvalidPath"),
        ("invocation/next", "", 404, "InvalidPath"),
    ],
)
async def test_an_invalid_call_is_rejected(
    runtime: RuntimeClient, path: str, more: str, status: int, error: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
    found, _, body = await runtime.post(path, b"{}", more)

    assert (found, json.loads(body)["errorType"]) == (status, error)
    assert (await runtime.post("invocation/known/response"))[0] == 202


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nContent-Length: %s\r\n\r\n" % (b"9" * 5000), 400),
        (b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /x HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_RESPONSE_BYTES + 1), 413),
    ],
)
async def test_a_malformed_request_closes_the_connection(
    runtime: RuntimeClient, sent: bytes, status: int
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
    runtime.writer.write(sent)

    assert (await runtime.read_response())[0] == status
    assert await runtime.reader.read() == b""
    assert runtime.session.too_large is (status == 413)


async def test_no_more_is_read_of_a_function_that_does_not_read_its_responses(
    runtime: RuntimeClient,
) -> None:
    """Else its unread responses would fill the memory of the Region."""
    await runtime.post("invocation/known/response", b"1")
    (connection,) = runtime.api.connections
    host, port = runtime.writer.get_extra_info("peername")
    reader, writer = await asyncio.open_connection(host, port)
    other = RuntimeClient(runtime.api, runtime.session, reader, writer)

    connection.pause_writing()  # asyncio calls it when unread responses pile up
    for body in (b"2", b"3"):
        runtime.writer.write(
            b"POST /2018-06-01/runtime/invocation/known/response HTTP/1.1\r\n"
            b"Content-Length: 1\r\n\r\n" + body
        )
    for _ in range(5):
        await other.post("init/error")
    assert taken(runtime.session) == [b"1"]

    connection.resume_writing()
    assert [(await runtime.read_response())[0] for _ in range(2)] == [202, 202]
    assert taken(runtime.session) == [b"1", b"2", b"3"]
    writer.close()


def taken(session: FakeSession) -> list[bytes]:
    return [body for kind, _, body in session.events if kind == "response"]
