"""The fast path and aiohttp share a port, and a caller can't tell which one answers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from tests.functional.twin.strangers import exchange
from tests.waiting import async_eventually
from twin.internal_api.fast_path import PLAIN_HANDLER, Answer
from twin.internal_api.plain_requests import PlainRequest, encode_response
from twin.internal_api.server import serving_socket

HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FIRST_REQUEST_S = 0.2
DECLINED = b"declined"
SLOW = b"slow"
BROKEN = b"broken"
LARGE = b"large"
LARGE_BYTES = 8 * 1024 * 1024


def plain(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@dataclass(slots=True)
class Echo:
    """An application whose answers name the way that the request took."""

    listening: socket.socket
    seen: list[bytes] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    callers: list["Caller"] = field(default_factory=list)

    def answer_plain(self, request: PlainRequest) -> Answer:
        self.seen.append(request.body)
        if request.body.startswith(DECLINED):
            return None
        if request.body.startswith(SLOW):
            return self._answer_later(request)
        if request.body == BROKEN:
            raise ValueError(BROKEN)
        body = b"x" * LARGE_BYTES if request.body == LARGE else b"fast " + request.body
        return encode_response(200, {}, body, "now")

    async def _answer_later(self, request: PlainRequest) -> bytes | None:
        await self.go_on.wait()
        if request.body.endswith(DECLINED):
            return None
        if request.body.endswith(BROKEN):
            raise ValueError(BROKEN)
        return encode_response(200, {}, b"fast " + request.body, "now")

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(body=b"aiohttp " + await request.read())

    async def has_seen(self) -> bool:
        return bool(self.seen)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        app[PLAIN_HANDLER] = self.answer_plain
        return app

    async def open(self) -> "Caller":
        """Connect; `close` ends the connection."""
        caller = Caller(*await asyncio.open_connection(*self.listening.getsockname()))
        self.callers.append(caller)
        return caller

    async def close(self) -> None:
        for caller in self.callers:
            caller.writer.close()
            with contextlib.suppress(ConnectionError):
                await caller.writer.wait_closed()


@dataclass(slots=True)
class Caller:
    """A connection that is kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read_body(self) -> bytes:
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return await self.reader.readexactly(int(length))

    async def call(self, data: bytes) -> bytes:
        self.writer.write(data)
        return await self.read_body()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    echo = Echo(socket.create_server(("127.0.0.121", 0)))
    async with serving_socket(echo.app(), echo.listening, first_request_s=FIRST_REQUEST_S):
        yield echo
        await echo.close()


async def test_plain_requests_of_one_connection_are_answered_one_by_one(echo: Echo) -> None:
    caller = await echo.open()

    assert [await caller.call(plain(body)) for body in (b"a", b"", b"c")] == [
        b"fast a",
        b"fast ",
        b"fast c",
    ]


async def test_a_request_in_pieces_is_one_request(echo: Echo) -> None:
    caller = await echo.open()
    for number in range(len(request := plain(b"pieces"))):
        caller.writer.write(request[number : number + 1])
        await caller.writer.drain()
        await asyncio.sleep(0)

    assert await caller.read_body() == b"fast pieces"


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        HEAD + b"Connection: close\r\nContent-Length: 1\r\n\r\nx",
        b"POST /other HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\n\r\nx",
    ],
)
async def test_what_is_not_plain_is_answered_by_aiohttp(echo: Echo, request_bytes: bytes) -> None:
    caller = await echo.open()

    assert await caller.call(plain(b"first")) == b"fast first"
    assert await caller.call(request_bytes) == b"aiohttp x"


async def test_a_declined_request_is_answered_by_aiohttp(echo: Echo) -> None:
    caller = await echo.open()

    assert await caller.call(plain(DECLINED)) == b"aiohttp declined"
    assert await caller.call(plain(b"next")) == b"aiohttp next"
    assert echo.seen == [DECLINED]


@pytest.mark.parametrize("field", ["Origin: http://127.0.0.1", "Sec-Fetch-Site: cross-site"])
async def test_a_web_page_is_refused(echo: Echo, field: str) -> None:
    request = plain(b"x").replace(b"\r\n\r\n", f"\r\n{field}\r\n\r\n".encode())

    assert b"The twin refuses this request" in await (await echo.open()).call(request)
    assert echo.seen == []


async def test_requests_that_do_not_wait_for_answers_are_answered_in_order(echo: Echo) -> None:
    caller = await echo.open()
    caller.writer.write(plain(SLOW))
    await async_eventually(echo.has_seen)
    caller.writer.write(plain(b"second") + plain(b"third"))
    await asyncio.sleep(0)
    echo.go_on.set()

    answers = [await caller.read_body() for _ in range(3)]

    assert [answer.split()[-1] for answer in answers] == [SLOW, b"second", b"third"]


async def test_a_request_may_be_declined_later(echo: Echo) -> None:
    caller = await echo.open()
    echo.go_on.set()

    assert await caller.call(plain(SLOW + DECLINED)) == b"aiohttp " + SLOW + DECLINED


@pytest.mark.parametrize("body", [BROKEN, SLOW + BROKEN])
async def test_a_handler_that_raises_fails_one_request_only(
    echo: Echo, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await echo.open()
    echo.go_on.set()

    assert b"InternalFailure" in await caller.call(plain(body))
    assert await caller.call(plain(b"next")) == b"fast next"
    assert [record.getMessage() for record in caplog.records] == ["a request failed"]


async def test_a_large_answer_reaches_a_slow_reader_whole(echo: Echo) -> None:
    caller = await echo.open()
    caller.writer.write(plain(LARGE))
    await async_eventually(echo.has_seen)
    caller.writer.write(plain(b"next"))

    assert len(await caller.read_body()) == LARGE_BYTES
    assert await caller.read_body() == b"fast next"


@pytest.mark.parametrize("data", [b"", HEAD])
async def test_a_connection_without_a_first_request_is_closed(echo: Echo, data: bytes) -> None:
    assert await exchange(socket.create_connection(echo.listening.getsockname()), data) == b""


async def test_a_slow_body_is_left_to_aiohttp(echo: Echo) -> None:
    caller = await echo.open()
    caller.writer.write(plain(b"body")[:-1])
    silent = socket.create_connection(echo.listening.getsockname())
    assert await exchange(silent, b"") == b""  # which takes longer than a request may

    assert await caller.call(b"y") == b"aiohttp body"


async def test_a_connection_that_has_sent_a_request_stays_open(echo: Echo) -> None:
    caller = await echo.open()
    assert await caller.call(plain(b"a")) == b"fast a"

    silent = socket.create_connection(echo.listening.getsockname())
    assert await exchange(silent, b"") == b""  # closed, though opened after it

    assert await caller.call(plain(b"b")) == b"fast b"


async def test_the_end_of_the_server_waits_for_answers_and_closes_connections() -> None:
    echo = Echo(socket.create_server(("127.0.0.121", 0)))
    async with serving_socket(echo.app(), echo.listening):
        idle, busy = await echo.open(), await echo.open()
        assert await idle.call(plain(b"a")) == b"fast a"
        echo.seen.clear()
        busy.writer.write(plain(SLOW))
        await async_eventually(echo.has_seen)
        asyncio.get_running_loop().call_soon(echo.go_on.set)

    assert await busy.read_body() == b"fast slow"
    assert (await idle.reader.read(), await busy.reader.read()) == (b"", b"")
    await echo.close()


async def test_the_end_of_the_server_does_not_wait_for_ever() -> None:
    echo = Echo(socket.create_server(("127.0.0.121", 0)))
    async with asyncio.timeout(10), serving_socket(echo.app(), echo.listening):
        caller = await echo.open()
        caller.writer.write(plain(SLOW))
        await async_eventually(echo.has_seen)

    assert await caller.reader.read() == b""
    await echo.close()
