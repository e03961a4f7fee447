"""TLS servers and clients for tests."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from common.clock import SystemClock
from twin.runtime.instance import Instance
from twin.tls.authority import load_authority
from twin.tls.certificate_files import save_certificate
from twin.tls.connection import TlsConnection
from twin.tls.server_context import TlsServerContext
from twin.topology.model import Certificate

PLAIN_ANSWER = b"HTTP/1.1 400 Bad Request\r\n\r\n"


def make_certificate(
    instance: Instance, *names: str, algorithm: str = "EC_prime256v1"
) -> Certificate:
    """A certificate of the twin's authority, with its file."""
    now = SystemClock().now()
    issued = load_authority(instance, now).issue(names, now=now, days=9, key_algorithm=algorithm)
    sha = save_certificate(instance, issued)
    return Certificate(arn=f"arn:{names[0]}", names=names, pem_sha256=sha)


def client_context(instance: Instance) -> ssl.SSLContext:
    """Trusts the twin's authority alone."""
    return ssl.create_default_context(cafile=str(instance.ca_path))


class Echo(asyncio.Protocol):
    """Sends back what it gets, in one direction at a time; `bye` ends the connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)
        if data == b"bye":
            self.transport.close()


@dataclass(slots=True)
class EchoServer:
    """A TLS server, and why handshakes failed."""

    tls: TlsServerContext
    host: str = "127.0.0.1"
    port: int = 0
    failures: list[str] = field(default_factory=list)
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    protocols: list[Echo] = field(default_factory=list)

    def fail(self, reason: str) -> None:
        self.failures.append(reason)
        self.failed.set()

    def make_protocol(self) -> Echo:
        self.protocols.append(Echo())
        return self.protocols[-1]


@contextlib.asynccontextmanager
async def echo_server(
    instance: Instance,
    *certificates: Certificate,
    default: Certificate | None = None,
    handshake_timeout_s: float = 10.0,
) -> AsyncIterator[EchoServer]:
    tls = TlsServerContext(instance.certificate_path)
    assert tls.configure(certificates, default=default) == ()
    served = EchoServer(tls)

    def accept() -> TlsConnection:
        return TlsConnection(
            served.make_protocol,
            tls.context,
            on_failure=served.fail,
            refuse_plain=lambda: PLAIN_ANSWER,
            handshake_timeout_s=handshake_timeout_s,
        )

    server = await asyncio.get_running_loop().create_server(accept, served.host, 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        await server.wait_closed()


async def presented_names(
    served: EchoServer, instance: Instance, name: str | None
) -> tuple[str, ...]:
    """The names of the certificate that a client gets who asks for `name`."""
    context = client_context(instance)
    context.check_hostname = False
    _, writer = await asyncio.open_connection(
        served.host, served.port, ssl=context, server_hostname=name or ""
    )
    shown = writer.get_extra_info("peercert")
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    return tuple(value for _, value in shown["subjectAltName"])


def instance_in(folder: Path) -> Instance:
    return Instance(folder / ".twin", 0)
