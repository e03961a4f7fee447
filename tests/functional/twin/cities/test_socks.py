"""The SOCKS entrance on real sockets, with well-behaved and other clients."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator

import pytest

from tests.descriptors import only_reserved_descriptors
from tests.functional.twin.strangers import listen_as_stranger
from tests.waiting import async_eventually
from twin.cities import socks
from twin.cities.socks import Reply, SocksEntrance, format_reply

CITY = "127.210.7.1"
GREETING = b"\x05\x01\x00"
ACCEPTED = b"\x05\x00"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class World:
    """An entrance, and a server that tells who connects and echoes until the client's end."""

    entrance: SocksEntrance
    entrance_port = 0
    server_port = 0
    closed_port = 0

    async def client(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self.entrance_port)

    async def connect(self, request: bytes) -> tuple[bytes, Streams]:
        """Greet and request; the reply without the bound address, and the streams."""
        reader, writer = await self.client()
        writer.write(GREETING + request)
        assert await reader.readexactly(2) == ACCEPTED
        reply = await reader.readexactly(10)
        return reply, (reader, writer)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    open_ends: list[asyncio.StreamWriter] = []

    async def find_address(host: str) -> str | None:
        return "127.0.0.1" if host == "api.muster.test" else None

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ends.append(writer)
        writer.write(f"{writer.get_extra_info('peername')[0]} ".encode())
        writer.write(await reader.read())
        writer.close()
        await writer.wait_closed()
        open_ends.remove(writer)

    entrance = made.entrance = SocksEntrance(
        source_ip=CITY,
        find_address=find_address,
        is_allowed=lambda address: address == "127.0.0.1",
        is_served=lambda _, port: port in (made.server_port, made.closed_port),
        real_port=lambda _, port: made.server_port if port == 443 else port,
    )
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    closed = await asyncio.start_server(echo, "127.0.0.1", 0)
    socks = await asyncio.start_server(entrance.serve, "127.0.0.1", 0)
    made.server_port = server.sockets[0].getsockname()[1]
    made.entrance_port = socks.sockets[0].getsockname()[1]
    made.closed_port = closed.sockets[0].getsockname()[1]
    closed.close()
    yield made
    await async_eventually(lambda: asyncio.sleep(0, not open_ends), 5)
    server.close()
    socks.close()


def by_name(host: str, port: int, command: int = 1) -> bytes:
    return bytes((5, command, 0, 3, len(host))) + host.encode() + struct.pack("!H", port)


def by_address(address: bytes, port: int) -> bytes:
    return b"\x05\x01\x00\x01" + address + struct.pack("!H", port)


async def test_a_client_stands_in_the_city(world: World) -> None:
    reply, (reader, writer) = await world.connect(by_name("api.muster.test", world.server_port))
    assert reply[:2] == bytes((5, Reply.SUCCEEDED))
    assert reply[4:8] == bytes(map(int, CITY.split(".")))

    writer.write(b"hello")
    writer.write_eof()

    assert await reader.read() == f"{CITY} hello".encode()
    writer.close()


async def test_an_address_needs_no_name(world: World) -> None:
    reply, (reader, writer) = await world.connect(by_address(b"\x7f\0\0\1", world.server_port))
    writer.write_eof()

    assert reply[1] == Reply.SUCCEEDED
    assert await reader.read() == f"{CITY} ".encode()
    writer.close()


async def test_the_port_of_https_is_the_one_that_the_twin_has(world: World) -> None:
    reply, (_, writer) = await world.connect(by_name("api.muster.test", 443))

    assert reply[1] == Reply.SUCCEEDED
    writer.close()


@pytest.mark.parametrize(
    ("request_bytes", "reply"),
    [
        (by_name("example.com", 80), Reply.HOST_UNREACHABLE),
        (by_name("127.0.0.2", 80), Reply.NOT_ALLOWED),
        (by_name("127.0.0.1", 22), Reply.CONNECTION_REFUSED),
        (by_address(b"\x08\x08\x08\x08", 53), Reply.NOT_ALLOWED),
        (by_name("api.muster.test", 80, command=2), Reply.COMMAND_NOT_SUPPORTED),
        (by_name("api.muster.test", 80, command=3), Reply.COMMAND_NOT_SUPPORTED),
        (b"\x05\x01\x00\x04" + bytes(16) + b"\0\x50", Reply.ADDRESS_TYPE_NOT_SUPPORTED),
        (by_name("\x80\xff" * 3, 80), Reply.HOST_UNREACHABLE),
        (by_name("", 80), Reply.HOST_UNREACHABLE),
    ],
)
async def test_what_is_not_served_is_refused(
    world: World, request_bytes: bytes, reply: Reply
) -> None:
    found, (reader, writer) = await world.connect(request_bytes)

    assert found == format_reply(reply)
    assert await reader.read() == b""
    writer.close()


async def test_the_last_descriptors_are_for_the_process_itself(world: World) -> None:
    with only_reserved_descriptors():
        reader, writer = await world.client()
        assert await reader.read() == b""
        writer.close()

    reply, (_, writer) = await world.connect(by_name("api.muster.test", world.server_port))
    assert reply[1] == Reply.SUCCEEDED
    writer.close()


async def test_silent_clients_keep_nobody_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://www.rfc-editor.org/rfc/rfc7766#section-6.2.3"""
    monkeypatch.setattr(socks, "_MAX_CONNECTIONS", 2)
    silent = [await world.client() for _ in range(5)]

    reply, (reader, writer) = await world.connect(by_name("api.muster.test", world.server_port))

    assert reply[:2] == bytes((5, Reply.SUCCEEDED))
    writer.write_eof()
    assert await reader.read() == f"{CITY} ".encode()
    for _, other in (*silent, (reader, writer)):
        other.close()


async def test_connections_that_are_not_in_use_keep_nobody_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks, "_MAX_CONNECTIONS", 2)
    monkeypatch.setattr(socks, "MIN_STILL_S", 0.0)
    request = by_name("api.muster.test", world.server_port)
    still = [await world.connect(request) for _ in range(4)]

    reply, (reader, writer) = await world.connect(request)

    assert reply[:2] == bytes((5, Reply.SUCCEEDED))
    writer.write_eof()
    assert await reader.read() == f"{CITY} ".encode()
    for _, (_, other) in (*still, (reply, (reader, writer))):
        other.close()


async def test_a_connection_is_in_its_place_until_all_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fits_into_the_buffer(_: asyncio.StreamWriter) -> None:
        """As for the last 64 kB of what waits for a client."""

    request = by_name("api.muster.test", world.server_port)
    _, (reader, writer) = await world.connect(request)
    monkeypatch.setattr(asyncio.StreamWriter, "drain", fits_into_the_buffer)
    sent = bytes(20_000_000)
    writer.write(sent)
    writer.write_eof()
    await asyncio.sleep(2)

    assert world.entrance.open_connections == 1
    assert len(await reader.read()) == len(f"{CITY} ") + len(sent)
    await async_eventually(lambda: asyncio.sleep(0, world.entrance.open_connections == 0), 5)
    writer.close()


async def test_connections_in_use_keep_their_places(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks, "_MAX_CONNECTIONS", 2)
    request = by_name("api.muster.test", world.server_port)
    used = [await world.connect(request) for _ in range(2)]

    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await world.connect(request)

    for _, (reader, writer) in used:
        writer.write_eof()
        assert await reader.read() == f"{CITY} ".encode()
        writer.close()


async def test_a_closed_port_is_told(world: World) -> None:
    found, (_, writer) = await world.connect(by_name("api.muster.test", world.closed_port))

    assert found[1] == Reply.CONNECTION_REFUSED
    writer.close()


@pytest.mark.parametrize(
    "nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\x04\x01\0\x50\x7f\0\0\1\0", b"\x05\x01\x02", b""]
)
async def test_a_client_of_another_protocol_is_closed(world: World, nonsense: bytes) -> None:
    reader, writer = await world.client()
    writer.write(nonsense)
    writer.write_eof()

    assert await reader.read() in (b"", b"\x05\xff")
    writer.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_it_does_not_lead_to_another_users_program(world: World) -> None:
    """Which may have the address of a Region's dead process."""
    with listen_as_stranger(("127.0.0.1", world.closed_port)) as listener:
        listener.setblocking(False)

        reply, (_, writer) = await world.connect(by_address(b"\x7f\0\0\1", world.closed_port))

        assert reply == format_reply(Reply.CONNECTION_REFUSED)
        with pytest.raises(BlockingIOError):
            listener.accept()
    writer.close()
