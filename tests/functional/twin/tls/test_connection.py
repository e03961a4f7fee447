"""TLS connections over real sockets: data, ends, refusals and time limits."""

import asyncio
import contextlib
import random
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from tests.functional.twin.tls.raw_client import RawClient
from tests.functional.twin.tls.servers import (
    PLAIN_ANSWER,
    Echo,
    EchoServer,
    client_context,
    echo_server,
    instance_in,
    make_certificate,
)
from twin.runtime.instance import Instance
from twin.tls.connection import TlsConnection
from twin.tls.server_context import TlsServerContext

NAME = "a.test"
MEGABYTES = bytes(range(256)) * 16384

Check = Callable[[EchoServer], Awaitable[None]]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return instance_in(tmp_path)


def serve(instance: Instance, check: Check, *, handshake_timeout_s: float = 10.0) -> None:
    async def run() -> None:
        certificate = make_certificate(instance, NAME)
        async with (
            asyncio.timeout(20),
            echo_server(instance, certificate, handshake_timeout_s=handshake_timeout_s) as served,
        ):
            await check(served)

    asyncio.run(run())


async def connect(
    served: EchoServer, instance: Instance
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(
        served.host, served.port, ssl=client_context(instance), server_hostname=NAME
    )


def test_data_arrives_whole_in_both_directions(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await connect(served, instance)
        writer.write(MEGABYTES)
        assert await reader.readexactly(len(MEGABYTES)) == MEGABYTES
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


def test_the_server_closes_after_what_it_has_written(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await connect(served, instance)
        writer.write(b"bye")
        assert await reader.read() == b"bye"
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


def test_what_a_client_sends_after_its_last_request_cuts_no_answer(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await connect(served, instance)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        transport = served.protocols[0].transport
        assert transport is not None

        transport.pause_reading()
        transport.write(MEGABYTES)
        for data in (b"bye", b"more"):  # two records, which arrive at once
            writer.write(data)
            await writer.drain()
        transport.resume_reading()

        assert await reader.read() == MEGABYTES + b"bye"
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


def test_a_paused_protocol_gets_no_data_until_it_resumes(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await connect(served, instance)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        transport = served.protocols[0].transport
        assert transport is not None

        transport.pause_reading()
        writer.write(b"two")
        await writer.drain()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(3), 0.05)
        transport.resume_reading()

        assert await reader.readexactly(3) == b"two"
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


def test_the_transport_tells_of_the_client_and_of_tls(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await connect(served, instance)
        writer.write(b"x")
        await reader.readexactly(1)
        transport = served.protocols[0].transport
        assert transport is not None

        assert transport.get_extra_info("peername") == writer.get_extra_info("sockname")
        assert transport.get_extra_info("cipher") is not None
        assert isinstance(transport.get_extra_info("ssl_object"), ssl.SSLObject)
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


def test_plain_http_gets_the_plain_answer(instance: Instance) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert await reader.read() == PLAIN_ANSWER
        assert served.failures == []
        writer.close()
        await writer.wait_closed()

    serve(instance, check)


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01"])
def test_a_handshake_that_is_not_finished_in_time_ends_the_connection(
    instance: Instance, sent: bytes
) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        writer.write(sent)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        assert served.failures == ["no handshake in time"]
        writer.close()
        with contextlib.suppress(ConnectionResetError):
            await writer.wait_closed()

    serve(instance, check, handshake_timeout_s=0.1)


def test_a_client_that_distrusts_the_server_is_a_failure_of_its_handshake(
    instance: Instance,
) -> None:
    async def check(served: EchoServer) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                served.host,
                served.port,
                ssl=ssl.create_default_context(),
                server_hostname=NAME,
            )
        await served.failed.wait()

    serve(instance, check)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff" + b"\x00" * 70000,
        b"\x16\x03\x03\x00\x05\x01\x00\xff\xff\xff",
        b"\x16\x03\x00\x00\x2f\x01" + b"\xff" * 60,
    ],
)
def test_a_broken_hello_fails_alone(instance: Instance, garbage: bytes) -> None:
    async def check(served: EchoServer) -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        writer.write(garbage)
        writer.write_eof()
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionResetError):
            await writer.wait_closed()
        await served.failed.wait()
        assert len(served.failures) == 1
        good, other = await connect(served, instance)
        other.write(b"bye")
        assert await good.read() == b"bye"
        other.close()
        await other.wait_closed()

    serve(instance, check)


class Wire(asyncio.Transport):
    """The client's end of a connection without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def take(self) -> bytes:
        sent = bytes(self.sent)
        self.sent.clear()
        return sent

    def write_eof(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


def client_hello(context: ssl.SSLContext) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=NAME)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def mutate(sent: bytes, rng: random.Random) -> bytes:
    """Other bytes, fewer, more, or a length that lies."""
    changed = bytearray(sent)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(changed))
        match rng.randrange(4):
            case 0:
                changed[at] = rng.randrange(256)
            case 1:
                del changed[at : at + rng.randint(1, 40)]
            case 2:
                changed[at:at] = rng.randbytes(rng.randint(1, 300))
            case _:
                changed[at : at + 2] = b"\xff\xff"
        if not changed:
            return b"\x16"
    return bytes(changed)


def fuzz_hellos(instance: Instance, seeds: Iterable[int]) -> Counter[str]:
    """Feed a server mutated hellos; how often each thing came of one."""
    tls = TlsServerContext(instance.certificate_path)
    tls.configure([make_certificate(instance, NAME)])
    hello = client_hello(client_context(instance))
    outcomes: Counter[str] = Counter()

    async def run() -> None:
        for seed in seeds:
            failures: list[str] = []
            connection = TlsConnection(
                Echo, tls.context, on_failure=failures.append, refuse_plain=lambda: PLAIN_ANSWER
            )
            wire = Wire()
            connection.connection_made(wire)
            rng = random.Random(seed)
            sent = mutate(hello, rng)
            middle = rng.randrange(len(sent))
            for part in (sent[:middle], sent[middle:]):
                if part:
                    connection.data_received(part)
            answered = "alert" if failures else "plain" if wire.closed else "goes on"
            connection.eof_received()
            connection.connection_lost(None)
            assert len(failures) == (0 if answered == "plain" else 1)
            assert answered != "alert" or wire.closed
            outcomes[answered] += 1

    asyncio.run(run())
    return outcomes


def test_mutated_hellos_end_in_an_alert_a_page_or_a_wait(instance: Instance) -> None:
    outcomes = fuzz_hellos(instance, range(400))

    assert outcomes.total() == 400
    assert min(outcomes.values()) > 0


# -- messages of TLS that bring no data


def open_wire(instance: Instance, keys: Path) -> tuple[RawClient, TlsConnection, Wire]:
    """A client and a server after their handshake."""
    tls = TlsServerContext(instance.certificate_path)
    tls.configure([make_certificate(instance, NAME)])
    failures: list[str] = []
    connection = TlsConnection(
        Echo, tls.context, on_failure=failures.append, refuse_plain=lambda: PLAIN_ANSWER
    )
    client, wire = RawClient(instance, NAME, keys), Wire()
    connection.connection_made(wire)
    connection.data_received(client.shake_hands(b""))
    connection.data_received(client.shake_hands(wire.take()))
    client.skip(wire.take())  # session tickets
    assert failures == []
    return client, connection, wire


async def test_a_client_that_asks_for_new_keys_without_end_is_disconnected(
    instance: Instance, tmp_path: Path
) -> None:
    """Each one takes the processor, and an answer that it need not read."""
    client, connection, wire = open_wire(instance, tmp_path / "keys")
    flood = b"".join(client.new_keys() for _ in range(9000))

    connection.data_received(flood)

    assert wire.closed
    assert len(wire.sent) < len(flood) / 2


async def test_data_of_one_byte_pays_for_few_new_keys(instance: Instance, tmp_path: Path) -> None:
    client, connection, wire = open_wire(instance, tmp_path / "keys")

    for _ in range(1000):
        flood = b"".join(client.new_keys() for _ in range(20))
        connection.data_received(flood + client.record(b"x"))
        if wire.closed:
            return
    pytest.fail("the client goes on")


async def test_new_keys_between_data_are_taken(instance: Instance, tmp_path: Path) -> None:
    client, connection, wire = open_wire(instance, tmp_path / "keys")

    for _ in range(5000):
        connection.data_received(client.new_keys() + client.record(b"some data"))
        assert client.read(wire.take()) == b"some data"


async def test_a_record_that_arrives_byte_by_byte_is_taken(
    instance: Instance, tmp_path: Path
) -> None:
    client, connection, wire = open_wire(instance, tmp_path / "keys")

    for byte in client.record(b"x" * 16000):
        connection.data_received(bytes((byte,)))

    assert client.read(wire.take()) == b"x" * 16000
