"""The connection that has waited longest for its client makes room for a new one."""

import asyncio
import contextlib
from functools import partial

from tests.waiting import async_eventually
from twin.runtime.idle_connections import IdleConnections


async def has_length(found: list[asyncio.StreamWriter], wanted: int) -> bool:
    return len(found) == wanted


async def test_the_one_that_has_waited_longest_is_closed() -> None:
    """https://www.rfc-editor.org/rfc/rfc7766#section-6.2.3"""
    idle = IdleConnections()
    ends: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    clients = []
    for number in range(2):
        clients.append(await asyncio.open_connection(*address))
        await async_eventually(partial(has_length, ends, number + 1))

    assert not idle.close_longest()
    with idle.waiting(ends[1]):
        pass
    with idle.waiting(ends[1]), idle.waiting(ends[0]):
        idle.moved(ends[1])  # so the other one has waited longer
        assert not idle.close_longest(min_s=3600)
        assert idle.close_longest()

    with contextlib.suppress(ConnectionResetError):
        assert await clients[0][0].read() == b""
    ends[1].write(b"open")
    assert await clients[1][0].readexactly(4) == b"open"
    for _, writer in clients:
        writer.close()
    ends[1].close()
    server.close()
