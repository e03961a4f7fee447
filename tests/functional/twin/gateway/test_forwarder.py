"""The connections that the gateway keeps to the processes behind it."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.functional.twin.strangers import listen_as_stranger
from tests.waiting import async_eventually
from twin.gateway.forwarder import Forwarder
from twin.runtime.own_user import ROOT_UID

HOST = "127.0.0.121"
REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\nok"


class Backend:
    """Answers each request with the next of these pieces; None closes the connection."""

    def __init__(self, *responses: tuple[bytes | None, ...]) -> None:
        self._responses = iter(responses)
        self.connections = 0
        self.open = 0
        self.address = (HOST, 0)

    async def is_deserted(self) -> bool:
        return self.open == 0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["Backend"]:
        server = await asyncio.start_server(self._handle, HOST)
        self.address = (HOST, server.sockets[0].getsockname()[1])
        async with server:
            yield self

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in next(self._responses, ()):
                    if piece is None:
                        return
                    writer.write(piece)
                    await asyncio.sleep(0.001)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.open -= 1


@asynccontextmanager
async def forwarder(answer_timeout_s: float = 5.0) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(2.0, answer_timeout_s)
    try:
        yield forwarder
    finally:
        await forwarder.close(web.Application())


async def send(forwarder: Forwarder, backend: Backend) -> bytes:
    connection = forwarder.find_idle(backend.address) or await forwarder.connect(backend.address)
    async with asyncio.timeout(10):
        answer = await connection.exchange(REQUEST, lambda reason: f"none: {reason}".encode())
    assert answer is not None
    return answer


async def test_a_connection_carries_one_request_after_another() -> None:
    async with Backend((RESPONSE,), (RESPONSE,)).serve() as backend, forwarder() as own:
        assert [await send(own, backend) for _ in range(2)] == [RESPONSE, RESPONSE]

    assert backend.connections == 1


async def test_requests_at_once_have_connections_of_their_own() -> None:
    async with Backend((RESPONSE,), (RESPONSE,)).serve() as backend, forwarder() as own:
        answers = await asyncio.gather(send(own, backend), send(own, backend))

    assert list(answers) == [RESPONSE, RESPONSE]
    assert backend.connections == 2


async def test_a_response_in_pieces_is_one_response() -> None:
    pieces = tuple(RESPONSE[at : at + 7] for at in range(0, len(RESPONSE), 7))
    async with Backend(pieces).serve() as backend, forwarder() as own:
        assert await send(own, backend) == RESPONSE


async def test_a_connection_that_is_to_be_closed_is_not_used_again() -> None:
    """The header is for this hop only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""
    closing = RESPONSE.replace(b"X: 1\r\n", b"X: 1\r\nConnection: close\r\n")
    async with Backend((closing,), (RESPONSE,)).serve() as backend, forwarder() as own:
        assert [await send(own, backend) for _ in range(2)] == [RESPONSE, RESPONSE]

    assert backend.connections == 2


@pytest.mark.parametrize(
    "pieces",
    [
        (None,),
        (b"HTTP/1.1 200 OK\r\n", None),
        (RESPONSE[:-1], None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",),
        (),
    ],
)
async def test_an_answer_that_does_not_come_is_reported(pieces: tuple[bytes | None, ...]) -> None:
    async with Backend(pieces, (RESPONSE,)).serve() as backend, forwarder(0.3) as own:
        answer = await send(own, backend)
        assert answer.startswith(b"none: ")
        assert await send(own, backend) == RESPONSE


async def test_each_request_has_the_whole_time_for_its_answer() -> None:
    async with Backend((RESPONSE,), ()).serve() as backend, forwarder(30.0) as own:
        connection = await own.connect(backend.address)
        started_at = asyncio.get_running_loop().time()
        answers = []
        for after_s in (29.0, 31.0):
            answer = connection.exchange(REQUEST, str.encode)
            connection.end_overdue(started_at + after_s)
            async with asyncio.timeout(10):
                answers.append(await answer)

    assert answers == [RESPONSE, b"no answer in time"]


@pytest.mark.parametrize("pieces", [(RESPONSE + RESPONSE,), (RESPONSE, RESPONSE)])
async def test_a_response_to_no_request_ends_the_connection(pieces: tuple[bytes, ...]) -> None:
    async with Backend(pieces, (RESPONSE,)).serve() as backend, forwarder() as own:
        assert await send(own, backend) == RESPONSE
        await async_eventually(backend.is_deserted)
        assert await send(own, backend) == RESPONSE

    assert backend.connections == 2


async def test_nobody_listens() -> None:
    with socket.create_server((HOST, 0)) as gone:
        address = gone.getsockname()
    async with forwarder() as own:
        with pytest.raises(ConnectionRefusedError):
            await own.connect(address)


async def test_a_program_of_another_user_gets_no_calls() -> None:
    with listen_as_stranger((HOST, 0)) as stranger:
        # Without root the listener is no stranger's.
        refused = pytest.raises(ConnectionRefusedError, match="has taken this address")
        async with forwarder() as own:
            with refused if os.geteuid() == ROOT_UID else contextlib.nullcontext():
                await own.connect(stranger.getsockname())
