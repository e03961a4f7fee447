"""Checks of real endpoints: connections, TLS, responses, and their time limits.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

import asyncio
import contextlib
import datetime
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.strangers import listen_as_stranger
from tests.x509_factory import END, MadeCertificate, make_certificate
from twin.core.health_checks.observations import AWS_LIMITS, CheckLimits
from twin.route53.health_checks.endpoint_checks import (
    EndpointAddress,
    EndpointCheck,
    EndpointProber,
)
from twin.topology.route53 import HealthCheck

ADDRESS = EndpointAddress(ip="127.0.0.1", source_ip="127.0.0.2")
SHORT_LIMITS = CheckLimits(connect_s=0.2, status_s=0.4, body_s=0.4, tcp_s=0.2)
HTTP = HealthCheck(id="check", version=1, type="HTTP", ip_address="127.0.0.1")
HTTPS = replace(HTTP, type="HTTPS", fqdn="api.example.test", enable_sni=True)
TCP = replace(HTTP, type="TCP")
STRING_MATCH = replace(HTTP, type="HTTP_STR_MATCH", search_string="fine")
YESTERDAY = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class ClearNetwork:
    """Takes no time."""

    async def connect(self, _: str) -> None:
        pass

    async def exchange(self, _: str) -> None:
        pass


class LossyNetwork(ClearNetwork):
    """Loses the packets of new connections."""

    async def connect(self, _: str) -> None:
        await asyncio.Event().wait()


def answering(*pieces: bytes | float) -> Answer:
    """Read a request, then send bytes and wait seconds, in this order."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            if isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                writer.write(piece)

    return answer


def response(status: str, body: bytes = b"", *fields: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *fields, "", "")).encode() + body


@contextlib.asynccontextmanager
async def endpoint(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that answers each connection so."""
    open_connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.close()
        open_connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(open_connections):
            task.cancel()


async def probe(
    check: HealthCheck,
    answer: Answer,
    tls: ssl.SSLContext | None = None,
    limits: CheckLimits = AWS_LIMITS,
) -> EndpointCheck:
    async with endpoint(answer, tls) as port:
        prober = EndpointProber(SystemClock(), ClearNetwork(), limits)
        made = await prober.check(replace(check, port=port), ADDRESS)
    assert made is not None
    return made


def status_of(
    check: HealthCheck,
    answer: Answer,
    tls: ssl.SSLContext | None = None,
    limits: CheckLimits = AWS_LIMITS,
) -> str:
    return asyncio.run(probe(check, answer, tls, limits)).observation.status


OK = answering(response("200 OK", b"fine", "Content-Length: 4"))


# Assertion 22
def test_a_redirect_is_healthy_and_not_followed() -> None:
    moved = answering(response("302 Found", b"", "Location: http://192.0.2.1/"))
    assert status_of(HTTP, moved) == "Success: HTTP Status Code 302, Found"


def test_a_missing_page_is_not_healthy() -> None:
    answer = answering(response("404 Not Found"))
    assert status_of(HTTP, answer) == "Failure: HTTP Status Code 404, Not Found"


def test_the_limits_are_those_of_aws() -> None:
    limits = (AWS_LIMITS.connect_s, AWS_LIMITS.status_s, AWS_LIMITS.body_s, AWS_LIMITS.tcp_s)
    assert limits == (4, 2, 2, 10)


def test_an_answer_after_two_and_a_half_seconds_is_not_healthy() -> None:
    late = answering(2.5, response("200 OK"))
    assert status_of(HTTP, late) == (
        "Failure: The endpoint did not return an HTTP status code within the timeout limit"
    )


def test_a_slow_status_within_the_limit_is_healthy() -> None:
    slow = answering(b"HTTP/1.1 200 ", 0.1, b"OK\r\n", 0.1, b"\r\n")
    assert status_of(HTTP, slow, limits=SHORT_LIMITS).startswith("Success")


def test_the_body_has_time_of_its_own() -> None:
    in_time = answering(0.3, response("200 OK"), 0.3, b"fine")
    late = answering(response("200 OK"), 0.6, b"fine")
    assert status_of(STRING_MATCH, in_time, limits=SHORT_LIMITS).startswith("Success")
    assert status_of(STRING_MATCH, late, limits=SHORT_LIMITS) == (
        "Failure: The endpoint did not return the response body within the timeout limit"
    )


def test_a_string_at_byte_5121_is_not_found() -> None:
    found = answering(response("200 OK", b"." * 5116 + b"fine"))
    too_far = answering(response("200 OK", b"." * 5120 + b"fine"))
    assert status_of(STRING_MATCH, found).startswith("Success")
    assert status_of(STRING_MATCH, too_far) == (
        "Failure: HTTP Status Code 200, OK. The response body does not contain the search string"
    )


def test_a_connection_that_ends_before_the_status_fails() -> None:
    assert status_of(HTTP, answering(b"HTTP/1.1 200")) == (
        "Failure: The endpoint closed the connection before its response was complete"
    )


def test_a_refused_connection_fails_at_once() -> None:
    async def check() -> EndpointCheck | None:
        async with endpoint(OK) as port:
            pass
        return await EndpointProber(SystemClock(), ClearNetwork()).check(
            replace(HTTP, port=port), ADDRESS
        )

    made = asyncio.run(check())
    assert made is not None
    assert made.observation.status == "Failure: The endpoint refused the connection"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_users_program_does_not_make_a_dead_endpoint_healthy() -> None:
    with listen_as_stranger(("127.0.0.1", 0)) as listener:
        check = replace(TCP, port=listener.getsockname()[1])
        made = asyncio.run(EndpointProber(SystemClock(), ClearNetwork()).check(check, ADDRESS))

    assert made is not None
    assert made.observation.status == "Failure: The endpoint refused the connection"


@pytest.mark.parametrize("type_", ["HTTP", "TCP"])
def test_packets_that_are_lost_fail_the_check_after_the_limit(type_: str) -> None:
    async def check() -> EndpointCheck | None:
        async with endpoint(OK) as port:
            prober = EndpointProber(SystemClock(), LossyNetwork(), SHORT_LIMITS)
            checked = replace(TCP if type_ == "TCP" else HTTP, port=port)
            return await prober.check(checked, ADDRESS)

    made = asyncio.run(check())
    assert made is not None
    assert made.observation.status == (
        "Failure: The health checker could not establish a connection within the timeout limit"
    )


def test_a_tcp_check_needs_a_connection_only() -> None:
    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    made = asyncio.run(probe(TCP, silence))
    assert made.observation.passed
    assert made.latencies.connection_s is not None
    assert made.latencies.first_byte_s is None


def test_the_resolved_address_is_in_the_status() -> None:
    async def check() -> EndpointCheck | None:
        async with endpoint(OK) as port:
            prober = EndpointProber(SystemClock(), ClearNetwork())
            return await prober.check(replace(HTTP, port=port), replace(ADDRESS, resolved=True))

    made = asyncio.run(check())
    assert made is not None
    assert made.observation.status == ("Success: HTTP Status Code 200, OK. Resolved IP: 127.0.0.1")


def test_the_endpoint_sees_the_checkers_address_and_request() -> None:
    seen: list[object] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peername")[0])
        seen.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
        writer.write(response("200 OK"))

    status_of(replace(HTTP, resource_path="health"), answer)
    assert seen == ["127.0.0.2", b"GET /health HTTP/1.1"]


def test_endless_headers_fail_the_check() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: " + b"y" * 1000 + b"\r\n")
            await writer.drain()

    assert status_of(HTTP, answer) == (
        "Failure: The headers of the response are longer than 16,384 bytes"
    )


def test_an_endless_body_is_read_as_far_as_it_is_searched() -> None:
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response("200 OK", b"fine"))
        while not writer.is_closing():
            writer.write(bytes(65_536))
            sent += 65_536
            await writer.drain()

    assert status_of(STRING_MATCH, answer).startswith("Success")
    assert status_of(HTTP, answer).startswith("Success")
    assert sent < 64 * 2**20


def test_a_reset_connection_fails_the_check() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert status_of(HTTP, answer) == (
        "Failure: The endpoint closed the connection before its response was complete"
    )


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", bytes(300), b"\xff"]
)
def test_garbage_in_place_of_a_handshake_fails_the_check(garbage: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(garbage)

    assert status_of(HTTPS, answer, limits=SHORT_LIMITS).startswith("Failure")


# -- TLS


def tls_context(made: MadeCertificate, folder: Path) -> ssl.SSLContext:
    path = folder / f"{made.x509.serial_number}.pem"
    path.write_bytes(made.pem + made.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def by_name(names: dict[str, ssl.SSLContext], default: ssl.SSLContext | None) -> ssl.SSLContext:
    """A server that has a certificate for each name, and without a name the default, or none."""
    any_of_them = default or next(iter(names.values()))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        chosen = names.get(name or "", default)
        if chosen is None:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        connection.context = chosen
        return None

    any_of_them.sni_callback = choose
    return any_of_them


def test_an_expired_certificate_of_an_unknown_authority_is_accepted(tmp_path: Path) -> None:
    expired = make_certificate("api.example.test", end=YESTERDAY)
    made = asyncio.run(probe(HTTPS, OK, tls_context(expired, tmp_path)))
    assert made.observation.status == "Success: HTTP Status Code 200, OK"
    latencies = made.latencies
    assert None not in (latencies.connection_s, latencies.handshake_s, latencies.first_byte_s)


def test_an_endpoint_that_demands_sni_fails_checks_without_it(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    own = tls_context(make_certificate("api.example.test", end=END), tmp_path)
    server = by_name({"api.example.test": own}, None)
    assert status_of(HTTPS, OK, server).startswith("Success")
    without = replace(HTTPS, enable_sni=False)
    assert status_of(without, OK, server) == "Failure: SSL alert handshake_failure"


def test_a_certificate_of_another_name_gets_a_second_handshake_without_sni(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    names: list[str | None] = []
    server = tls_context(make_certificate("other.example.test"), tmp_path)
    server.sni_callback = lambda _connection, name, _context: names.append(name)
    assert status_of(HTTPS, OK, server).startswith("Success")
    assert names == ["api.example.test", None]


@pytest.mark.parametrize(
    "certificate",
    [
        make_certificate("other.example.test", "api.example.test"),
        make_certificate("*.example.test"),
        make_certificate("other.example.test", common_name="API.example.test"),
    ],
)
def test_a_certificate_that_names_the_host_gets_one_handshake(
    certificate: MadeCertificate, tmp_path: Path
) -> None:
    names: list[str | None] = []
    server = tls_context(certificate, tmp_path)
    server.sni_callback = lambda _connection, name, _context: names.append(name)
    assert status_of(HTTPS, OK, server).startswith("Success")
    assert names == ["api.example.test"]


def test_plain_http_where_tls_is_expected_fails_with_the_reason() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response("400 Bad Request"))

    assert status_of(HTTPS, answer).startswith("Failure: The TLS handshake failed: ")


def test_an_endpoint_that_hangs_in_the_handshake_fails_after_the_limit() -> None:
    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3)

    assert status_of(HTTPS, silence, limits=SHORT_LIMITS) == (
        "Failure: The endpoint did not return an HTTP status code within the timeout limit"
    )


def test_a_name_that_tls_can_not_send_fails_the_check(tmp_path: Path) -> None:
    server = tls_context(make_certificate("api.example.test"), tmp_path)
    too_long = replace(HTTPS, fqdn="x" * 64 + ".example.test")
    assert status_of(too_long, OK, server).startswith("Failure")
