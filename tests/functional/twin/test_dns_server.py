"""DNS messages over UDP and TCP, from well-behaved and other clients."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from tests.waiting import async_eventually
from twin import dns_server
from twin.dns_server import DnsServer, Source


async def echo(message: bytes, source: Source) -> bytes | None:
    if message == b"silence":
        return None
    if message == b"failure":
        raise ValueError(message)
    return (b"tcp " if source.over_tcp else b"udp ") + source.ip.encode() + b" " + message


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    async with asyncio.TaskGroup() as tasks:
        server = await DnsServer(echo, tasks).start(address)
        yield address
        server.close()


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


async def ask_udp(address: tuple[str, int], *messages: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.bind(("127.210.7.1", 0))
        for message in messages:
            await loop.sock_sendto(client, message, address)
        async with asyncio.timeout(5):
            return await loop.sock_recv(client, 4096)


async def test_a_datagram_is_answered_to_its_sender(address: tuple[str, int]) -> None:
    assert await ask_udp(address, b"hello") == b"udp 127.210.7.1 hello"


async def test_a_failure_costs_one_message(address: tuple[str, int]) -> None:
    assert await ask_udp(address, b"failure", b"silence", b"hello") == b"udp 127.210.7.1 hello"


async def test_one_connection_serves_several_messages(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for chunk in (framed(b"one") + framed(b"two")[:3], framed(b"two")[3:]):
        writer.write(chunk)
        await writer.drain()

    expected = framed(b"tcp 127.0.0.1 one") + framed(b"tcp 127.0.0.1 two")
    assert await reader.readexactly(len(expected)) == expected
    writer.close()


@pytest.mark.parametrize("lie", [b"\xff\xffshort", b"\x00", b"\x00\x00", framed(b"silence")])
async def test_a_lie_about_the_length_ends_the_connection(
    address: tuple[str, int], lie: bytes
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(lie)
    writer.write_eof()

    assert await reader.read() in (b"", framed(b"tcp 127.0.0.1 "))
    writer.close()


async def test_a_silent_connection_is_closed(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_server, "TCP_IDLE_S", 0.05)
    reader, writer = await asyncio.open_connection(*address)

    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("sent", [b"\x00", b"\xff\xff" + b"x" * 1000])
async def test_half_a_message_does_not_keep_a_connection_open(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """https://www.rfc-editor.org/rfc/rfc7766#section-6.2.3"""
    monkeypatch.setattr(dns_server, "TCP_IDLE_S", 0.1)
    reader, writer = await asyncio.open_connection(*address)
    writer.write(sent)

    async def is_ended() -> bool:
        writer.write(b"x")  # bytes that drip in are no message either
        return reader.at_eof() or reader.exception() is not None

    await async_eventually(is_ended, 5)
    writer.close()


async def test_a_client_that_reads_nothing_is_not_read_from_and_is_reset(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_server, "TCP_IDLE_S", 0.2)
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        await asyncio.get_running_loop().sock_connect(greedy, address)

        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            await send_for_ever(greedy, framed(b"x" * 30_000) * 20)


async def test_a_client_that_ends_and_reads_nothing_is_closed(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its unread responses would keep the connection open for ever."""
    monkeypatch.setattr(dns_server, "TCP_IDLE_S", 0.2)
    monkeypatch.setattr(asyncio.StreamWriter, "drain", fits_into_the_buffer)
    loop = asyncio.get_running_loop()
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.setblocking(False)
        await loop.sock_connect(lazy, address)
        await loop.sock_sendall(lazy, framed(b"x" * 30_000) * 500)
        lazy.shutdown(socket.SHUT_WR)
        await asyncio.sleep(1)

        received = 0
        with contextlib.suppress(ConnectionResetError):
            while data := await loop.sock_recv(lazy, 1 << 20):
                received += len(data)
        assert received < 500 * 30_000


async def fits_into_the_buffer(_: asyncio.StreamWriter) -> None:
    """As for the last 64 kB of what waits for a client."""


async def send_for_ever(sock: socket.socket, data: bytes) -> None:
    async with asyncio.timeout(20):
        while True:
            await asyncio.get_running_loop().sock_sendall(sock, data)


async def test_a_handler_may_answer_at_once(address: tuple[str, int]) -> None:
    def echo_at_once(message: bytes, _: Source) -> bytes | None:
        if message == b"failure":
            raise ValueError(message)
        return message or None

    host, port = address
    server = await DnsServer(echo_at_once).start((host.replace(".1", ".2"), port))
    other = (host.replace(".1", ".2"), port)

    assert await ask_udp(other, b"failure", b"", b"hello") == b"hello"
    reader, writer = await asyncio.open_connection(*other)
    writer.write(framed(b"one") + framed(b"failure"))
    assert await reader.read() == framed(b"one")
    writer.close()
    server.close()


async def test_a_new_connection_takes_the_place_of_the_one_that_is_idle_longest(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://www.rfc-editor.org/rfc/rfc7766#section-6.2.3"""
    monkeypatch.setattr(dns_server, "MAX_TCP_CONNECTIONS", 2)
    clients = [await asyncio.open_connection(*address)]
    clients.append(await asyncio.open_connection(*address))
    assert await ask_tcp(clients[0]) == b"tcp 127.0.0.1 one"

    clients.append(await asyncio.open_connection(*address))

    with contextlib.suppress(ConnectionResetError):
        assert await clients[1][0].read() == b""
    assert await ask_tcp(clients[2]) == b"tcp 127.0.0.1 one"
    assert await ask_tcp(clients[0]) == b"tcp 127.0.0.1 one"
    for _, writer in clients:
        writer.close()


async def ask_tcp(client: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bytes:
    reader, writer = client
    writer.write(framed(b"one"))
    (length,) = struct.unpack("!H", await reader.readexactly(2))
    return await reader.readexactly(length)


async def test_a_connection_is_refused_while_all_others_are_served(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_server, "MAX_TCP_CONNECTIONS", 1)
    begun, release = asyncio.Event(), asyncio.Event()

    async def hold(message: bytes, _: Source) -> bytes | None:
        begun.set()
        await release.wait()
        return message

    other = (address[0].replace(".1", ".2"), address[1])
    server = await DnsServer(hold).start(other)
    reader, writer = await asyncio.open_connection(*other)
    writer.write(framed(b"one"))
    await begun.wait()
    refused, second = await asyncio.open_connection(*other)
    assert await refused.read() == b""
    second.close()
    release.set()

    assert await reader.readexactly(5) == framed(b"one")
    writer.close()
    server.close()
