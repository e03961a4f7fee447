"""Requests that break off, can't be read, or never come."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from tests.functional.twin.strangers import exchange
from tests.waiting import async_eventually
from twin.internal_api.server import serving_socket

HEAD = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FIRST_REQUEST_S = 0.2


@dataclass(slots=True)
class Reader:
    """An application that reads bodies."""

    address: tuple[str, int]
    bodies: list[bytes] = field(default_factory=list)
    started: int = 0
    ended: int = 0

    async def read(self, request: web.Request) -> web.Response:
        self.started += 1
        try:
            self.bodies.append(await request.read())
        finally:
            self.ended += 1
        return web.Response(text="read")

    async def refuse(self, _: web.Request) -> web.Response:
        return web.Response(status=403)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address)


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    listening = socket.create_server(("127.0.0.121", 0))
    reader = Reader(listening.getsockname())
    app = web.Application()
    app.router.add_route("*", "/", reader.read)
    app.router.add_route("*", "/refused", reader.refuse)
    async with serving_socket(app, listening, first_request_s=FIRST_REQUEST_S):
        yield reader


async def test_a_body_that_is_not_what_its_encoding_says_is_the_callers_error(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    request = f"{HEAD}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"

    answer = await exchange(reader.connect(), request.encode())

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"can't be read: 400, message: Can not decode content-encoding: gzip" in answer
    assert b'{"__type": "SerializationException", "message": "' in answer
    assert reader.bodies == []
    assert errors(caplog) == []


@pytest.mark.parametrize("path", ["/refused", "/unknown"])
async def test_an_answer_before_the_end_of_its_request_is_the_last_one(
    reader: Reader, path: str
) -> None:
    """A caller that goes on would lose its next request: the rest is waited for a short time.

    https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    """
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n"

    answers = []
    for body in ("half", "x" * 50):
        inner, writer = await asyncio.open_connection(*reader.address)
        writer.write(f"{head}{body}".encode())
        answers.append(await inner.readuntil(b"\r\n\r\n"))
        writer.close()

    assert [b"\r\nConnection: close\r\n" in answer for answer in answers] == [True, False]


async def test_a_caller_that_leaves_during_its_request_is_no_error(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    async def has_started() -> bool:
        return reader.started == 1

    async def has_ended() -> bool:
        return reader.ended == 1

    with reader.connect() as caller:
        caller.sendall(f"{HEAD}Content-Length: 50\r\n\r\nhalf".encode())
        await async_eventually(has_started)
    await async_eventually(has_ended)
    await exchange(reader.connect(), f"{HEAD}Connection: close\r\n\r\n".encode())

    assert reader.bodies == [b""]
    assert errors(caplog) == []


async def test_a_caller_that_leaves_before_it_may_go_on_is_no_error(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits for "100 Continue" has sent the head alone."""
    caller = reader.connect()
    caller.sendall(f"{HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
    caller.shutdown(socket.SHUT_WR)

    await exchange(caller, b"")
    await exchange(reader.connect(), f"{HEAD}Connection: close\r\n\r\n".encode())

    assert errors(caplog) == []


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


@pytest.mark.parametrize("data", [b"", HEAD.encode()])
async def test_a_connection_without_a_request_is_closed(reader: Reader, data: bytes) -> None:
    assert await exchange(reader.connect(), data) == b""


async def test_a_connection_that_has_sent_a_request_stays_open(reader: Reader) -> None:
    inner, writer = await asyncio.open_connection(*reader.address)
    writer.write(f"{HEAD}Content-Length: 1\r\n\r\nx".encode())
    assert b"read" in await inner.read(1000)

    assert await exchange(reader.connect(), b"") == b""  # a silent one, opened after it
    writer.write(f"{HEAD}Content-Length: 1\r\n\r\ny".encode())

    assert b"read" in await inner.read(1000)
    assert reader.bodies == [b"x", b"y"]
    writer.close()
