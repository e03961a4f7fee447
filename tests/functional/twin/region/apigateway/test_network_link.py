"""What a cut or a slow network does to connections that do not pass the edge."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.descriptors import only_reserved_descriptors
from tests.waiting import async_eventually
from twin.core.faults import CLEAR_LINK, Link
from twin.region.apigateway.network_link import NetworkLink

CUT = Link(cut=True)
SILENCE_S = 0.1
"""How long a test waits for what must not come."""


class Echo(asyncio.Protocol):
    """Sends back what it gets; closes at `bye`, ends its side at `end`."""

    def __init__(self, made: list["Echo"]) -> None:
        made.append(self)
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.ended = self.lost = self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        assert transport.get_extra_info("peername")
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.received += data
        self.transport.write(data)
        if data == b"bye":
            self.transport.close()
        elif data == b"end":
            assert self.transport.can_write_eof()
            self.transport.write_eof()

    def eof_received(self) -> bool:
        self.ended = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False


@dataclass
class Served:
    network: NetworkLink
    address: tuple[str, int]
    made: list[Echo]


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Served]:
    network, made = NetworkLink(), list[Echo]()
    factory = network.wrap(lambda: Echo(made))
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    try:
        yield Served(network, server.sockets[0].getsockname(), made)
    finally:
        server.close()
        network.close()


async def is_silent(reader: asyncio.StreamReader) -> bool:
    """Whether neither data nor an end comes."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_S):
            await reader.read(1)
            return False
    return True


async def test_a_clear_link_passes_everything_on() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection(*served.address)
        writer.write(b"hello")
        echoed = await reader.readexactly(5)
        writer.write(b"bye")
        rest = await reader.read()
        writer.close()
        await async_eventually(lambda: asyncio.sleep(0, served.made[0].lost))

    assert (echoed, rest) == (b"hello", b"bye")


@pytest.mark.parametrize("link", [CLEAR_LINK, Link(delay_s=0.01)])
async def test_one_side_may_end_before_the_other(link: Link) -> None:
    async with serving() as served:
        served.network.set_link(link)
        reader, writer = await asyncio.open_connection(*served.address)
        writer.write(b"end")
        everything = await asyncio.wait_for(reader.read(), 5)
        writer.write(b"more")
        await async_eventually(lambda: asyncio.sleep(0, served.made[0].received == b"endmore"))
        writer.close()

    assert everything == b"end"


async def test_nothing_moves_over_a_cut_link_until_it_is_restored() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection(*served.address)
        writer.write(b"a")
        await reader.readexactly(1)
        served.network.set_link(CUT)
        writer.write(b"b")
        assert served.made[0].transport is not None
        served.made[0].transport.write(b"own")

        silent = await is_silent(reader)
        served.network.set_link(CLEAR_LINK)
        arrived = await asyncio.wait_for(reader.readexactly(4), 5)
        writer.close()

    assert silent
    assert arrived == b"ownb"
    assert served.made[0].received == b"ab"


@pytest.mark.parametrize("last", ["close", "abort"])
async def test_a_cut_link_hides_the_end_of_a_connection(last: str) -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection(*served.address)
        await async_eventually(lambda: asyncio.sleep(0, bool(served.made)))
        served.network.set_link(CUT)
        transport = served.made[0].transport
        assert transport is not None
        getattr(transport, last)()
        closing = transport.is_closing()

        silent = await is_silent(reader)
        served.network.set_link(CLEAR_LINK)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()

    assert silent
    assert closing


async def test_a_new_connection_hangs_while_the_link_is_cut() -> None:
    async with serving() as served:
        served.network.set_link(CUT)
        reader, writer = await asyncio.open_connection(*served.address)
        writer.write(b"hello")

        silent = await is_silent(reader)
        served.network.set_link(CLEAR_LINK)
        echoed = await asyncio.wait_for(reader.readexactly(5), 5)
        writer.close()

    assert silent
    assert echoed == b"hello"


async def test_a_client_that_leaves_while_the_link_is_cut_is_dropped() -> None:
    """Those of a long cut would take all descriptors of the Region's process."""
    async with serving() as served:
        served.network.set_link(CUT)
        _, leaving = await asyncio.open_connection(*served.address)
        reader, staying = await asyncio.open_connection(*served.address)
        await async_eventually(lambda: asyncio.sleep(0, len(served.made) == 2))
        leaving.write(b"hello")
        leaving.close()

        async def is_dropped() -> bool:
            served.network.drop_left()
            return served.made[0].lost

        await async_eventually(is_dropped)
        silent = await is_silent(reader)
        stays = not served.made[1].lost
        staying.close()

    assert silent
    assert stays


async def test_connections_over_a_cut_link_leave_descriptors_to_the_process() -> None:
    async with serving() as served:
        served.network.set_link(CUT)
        with only_reserved_descriptors():
            reader, writer = await asyncio.open_connection(*served.address)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()

    assert not served.made[0].lost


async def test_a_slow_link_delays_both_directions_and_keeps_the_order() -> None:
    async with serving() as served:
        served.network.set_link(Link(delay_s=0.1))
        reader, writer = await asyncio.open_connection(*served.address)
        loop = asyncio.get_running_loop()
        began = loop.time()
        writer.write(b"one")
        await asyncio.sleep(0.02)
        writer.write(b"two")
        echoed = await asyncio.wait_for(reader.readexactly(6), 5)
        took = loop.time() - began
        writer.write_eof()
        rest = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert (echoed, rest) == (b"onetwo", b"")
    assert 0.2 <= took < 2
    assert served.made[0].ended


async def test_what_is_in_transit_keeps_its_time_when_the_link_clears() -> None:
    async with serving() as served:
        served.network.set_link(Link(delay_s=0.1))
        reader, writer = await asyncio.open_connection(*served.address)
        writer.write(b"one")
        await async_eventually(lambda: asyncio.sleep(0, bool(served.made)))
        served.network.set_link(CLEAR_LINK)
        writer.write(b"two")
        echoed = await asyncio.wait_for(reader.readexactly(6), 5)
        writer.close()

    assert echoed == b"onetwo"


async def test_a_writer_is_slowed_down_and_goes_on() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection(*served.address, limit=2**23)
        await async_eventually(lambda: asyncio.sleep(0, bool(served.made)))
        echo = served.made[0]
        served.network.set_link(CUT)
        assert echo.transport is not None
        echo.transport.write(b"x" * 5_000_000)
        paused = echo.paused
        size = echo.transport.get_write_buffer_size()
        served.network.set_link(CLEAR_LINK)
        await asyncio.wait_for(reader.readexactly(5_000_000), 5)
        await async_eventually(lambda: asyncio.sleep(0, not echo.paused))
        writer.close()

    assert paused
    assert size == 5_000_000


class PausedTransport(asyncio.Transport):
    """A transport that says whether it is read."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000)})
        self.paused = False

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.paused = True


async def test_connections_over_a_slow_link_share_what_may_be_in_transit() -> None:
    """Thousands of clients would otherwise take the memory of the Region's process."""
    network = NetworkLink(1_000_000)
    network.set_link(Link(delay_s=60.0))
    transports = [PausedTransport() for _ in range(10)]
    connections = [network.wrap(lambda: Echo([]))() for _ in transports]
    for connection, transport in zip(connections, transports, strict=True):
        connection.connection_made(transport)

    connections[0].data_received(bytes(40_000))
    alone = transports[0].paused
    connections[0].data_received(bytes(20_000))

    assert not alone
    assert transports[0].paused
    for connection in connections:
        connection.connection_lost(None)
    assert network.share_bytes == 500_000


async def test_a_protocol_may_pause_reading() -> None:
    async with serving() as served:
        reader, writer = await asyncio.open_connection(*served.address)
        await async_eventually(lambda: asyncio.sleep(0, bool(served.made)))
        transport = served.made[0].transport
        assert transport is not None
        transport.pause_reading()
        writer.write(b"a")
        silent = await is_silent(reader)
        transport.resume_reading()
        echoed = await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()

    assert silent
    assert echoed == b"a"
