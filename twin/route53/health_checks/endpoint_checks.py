"""One check of an endpoint: TCP, TLS, request and response, each with its time.

The rules, the time limits and the texts are in twin.core.health_checks. Certificates are not
validated. With SNI enabled, an endpoint whose certificate does not name the domain name gets a
second handshake without SNI:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html

A check waits at each step for the network between the checker and the endpoint, which an injected
fault may have cut or slowed.
"""

import asyncio
import contextlib
import errno
import socket
import ssl
import warnings
from dataclasses import dataclass, replace
from typing import Protocol

from cryptography import x509
from cryptography.x509.oid import NameOID

from common.clock import Clock
from twin.core.health_checks.http_response import MalformedResponse, ResponseReader
from twin.core.health_checks.observations import (
    AWS_LIMITS,
    BODY_TIMED_OUT,
    CONNECT_TIMED_OUT,
    CONNECTED,
    CONNECTION_LOST,
    CONNECTION_REFUSED,
    HANDSHAKE_FAILED,
    RESPONSE_TIMED_OUT,
    CheckLimits,
    Observation,
    is_status_passing,
    judge_body,
    judge_status,
)
from twin.core.health_checks.requests import (
    STRING_MATCH_TYPES,
    TLS_TYPES,
    build_request,
    port_of,
)
from twin.core.http.server_names import matches_name
from twin.runtime.own_user import require_own_listener
from twin.topology.route53 import HealthCheck

_READ_BYTES = 16_384
_OWN_PROBLEMS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
)
"""Say nothing of the endpoint: this process, or the machine, lacks something."""
_CERTIFICATE_ERRORS = (
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class Network(Protocol):
    """The way to the endpoints: each call waits for packets to travel there and back."""

    async def connect(self, address: str) -> None:
        """Of a new connection; for ever if they are lost."""
        ...

    async def exchange(self, address: str) -> None:
        """On an open connection."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAddress:
    """Where one check goes, and from where."""

    ip: str
    source_ip: str
    resolved: bool = False
    """Whether a domain name led to the address."""


@dataclass(slots=True, kw_only=True)
class CheckLatencies:
    """Times of one check in seconds; None for steps that it did not reach."""

    connection_s: float | None = None
    handshake_s: float | None = None
    first_byte_s: float | None = None
    """From the request to the first byte of the response."""


@dataclass(frozen=True, slots=True)
class EndpointCheck:
    """A check that was made."""

    observation: Observation
    latencies: CheckLatencies


def failed_check(text: str, address: EndpointAddress | None = None) -> EndpointCheck:
    """A check that failed before there was a connection."""
    resolved_ip = address.ip if address is not None and address.resolved else ""
    return EndpointCheck(Observation(False, text, resolved_ip), CheckLatencies())


class _CheckFailed(Exception):
    """The check has failed; the text says why."""


class _OtherCertificate(Exception):
    """The endpoint's certificate does not name the host that SNI asked for."""


class EndpointProber:
    """Makes checks; it keeps nothing of one for the next."""

    def __init__(self, clock: Clock, network: Network, limits: CheckLimits = AWS_LIMITS) -> None:
        self._clock = clock
        self._limits = limits
        self._network = network
        self._tls = _client_context()

    async def check(self, check: HealthCheck, address: EndpointAddress) -> EndpointCheck | None:
        """Check once; None if this process could not, which says nothing of the endpoint."""
        latencies = CheckLatencies()
        try:
            found = await self._observe(check, address, latencies)
        except (_CheckFailed, MalformedResponse) as failed:
            found = Observation(False, str(failed))
        except OSError as exc:
            if exc.errno in _OWN_PROBLEMS:
                return None
            found = Observation(False, CONNECTION_LOST)
        if address.resolved:
            found = replace(found, resolved_ip=address.ip)
        return EndpointCheck(found, latencies)

    async def _observe(
        self, check: HealthCheck, address: EndpointAddress, latencies: CheckLatencies
    ) -> Observation:
        """Raises _CheckFailed, MalformedResponse, OSError."""
        if check.type == "TCP":
            (await self._connect(check, address, latencies)).close()
            return Observation(True, CONNECTED)
        if check.type not in TLS_TYPES:
            return await self._request(check, address, latencies)
        if check.enable_sni and check.fqdn:
            name = check.fqdn.rstrip(".").lower()
            try:
                return await self._request(check, address, latencies, name)
            except _OtherCertificate:
                pass  # once more without SNI
        return await self._request(check, address, latencies, "")

    async def _connect(
        self, check: HealthCheck, address: EndpointAddress, latencies: CheckLatencies
    ) -> socket.socket:
        """Raises _CheckFailed, OSError."""
        started = self._clock.monotonic()
        loop = asyncio.get_running_loop()
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(connection.close)
            connection.setblocking(False)
            connection.bind((address.source_ip, 0))
            limits = self._limits
            try:
                async with asyncio.timeout(
                    limits.tcp_s if check.type == "TCP" else limits.connect_s
                ):
                    await self._network.connect(address.ip)
                    require_own_listener((address.ip, port_of(check)))
                    await loop.sock_connect(connection, (address.ip, port_of(check)))
            except TimeoutError:
                raise _CheckFailed(CONNECT_TIMED_OUT) from None
            except ConnectionRefusedError:
                raise _CheckFailed(CONNECTION_REFUSED) from None
            on_failure.pop_all()
        latencies.connection_s = self._clock.monotonic() - started
        return connection

    async def _request(
        self,
        check: HealthCheck,
        address: EndpointAddress,
        latencies: CheckLatencies,
        server_name: str | None = None,
    ) -> Observation:
        """Connect, request, judge. `server_name`: None without TLS, empty without SNI.

        Raises _CheckFailed, _OtherCertificate, MalformedResponse, OSError.
        """
        connection = await self._connect(check, address, latencies)
        # From here the transport owns the socket, and is always in our hands: to close the socket
        # under a transport would free its number for the next socket.
        reader, writer = await asyncio.open_connection(sock=connection)
        response = ResponseReader()
        try:
            async with asyncio.timeout(self._limits.status_s):
                if server_name is not None:
                    await self._start_tls(writer, address, latencies, server_name)
                started = self._clock.monotonic()
                await self._network.exchange(address.ip)
                writer.write(build_request(check))
                while response.head is None:
                    await _read_more(reader, response)
                    if latencies.first_byte_s is None:
                        latencies.first_byte_s = self._clock.monotonic() - started
            head = response.head
            if check.type not in STRING_MATCH_TYPES or not is_status_passing(head.status):
                return judge_status(head.status, head.reason)
            await _read_body(reader, response, self._limits.body_s)
            return judge_body(head.status, head.reason, response.body, check.search_string)
        except TimeoutError:
            raise _CheckFailed(RESPONSE_TIMED_OUT) from None
        finally:
            writer.transport.abort()

    async def _start_tls(
        self,
        writer: asyncio.StreamWriter,
        address: EndpointAddress,
        latencies: CheckLatencies,
        server_name: str,
    ) -> None:
        """Raises _CheckFailed, _OtherCertificate, OSError."""
        started = self._clock.monotonic()
        await self._network.exchange(address.ip)
        try:
            await writer.start_tls(self._tls, server_hostname=server_name)
        except ssl.SSLError as exc:
            raise _CheckFailed(_describe_tls_error(exc)) from None
        except (ValueError, ConnectionError):
            # No name that TLS can send; or the endpoint has closed the connection, as some do
            # instead of an alert.
            raise _CheckFailed(HANDSHAKE_FAILED) from None
        latencies.handshake_s = self._clock.monotonic() - started
        if server_name and not _names_host(writer, server_name):
            raise _OtherCertificate


async def _read_more(reader: asyncio.StreamReader, response: ResponseReader) -> None:
    """Raises MalformedResponse, OSError."""
    data = await reader.read(_READ_BYTES)
    if data:
        response.feed(data)
    else:
        response.end()


async def _read_body(
    reader: asyncio.StreamReader, response: ResponseReader, limit_s: float
) -> None:
    """Raises _CheckFailed, MalformedResponse, OSError."""
    try:
        async with asyncio.timeout(limit_s):
            while not response.is_body_known:
                await _read_more(reader, response)
    except TimeoutError:
        raise _CheckFailed(BODY_TIMED_OUT) from None


# -- TLS


def _client_context() -> ssl.SSLContext:
    """AWS's checkers accept TLS 1.0 and later, and any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _describe_tls_error(error: ssl.SSLError) -> str:
    """`SSL alert handshake_failure`, and other reasons in OpenSSL's words."""
    reason = (error.reason or "handshake failure").lower()
    _, alert, name = reason.partition("alert_")
    if alert:
        return f"SSL alert {name}"
    return f"The TLS handshake failed: {reason.replace('_', ' ')}"


def _names_host(writer: asyncio.StreamWriter, host: str) -> bool:
    """Whether a name of the endpoint's certificate covers the host."""
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True)
    names: list[str] = []
    try:
        certificate = x509.load_der_x509_certificate(der or b"")
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        names += (str(attribute.value).lower() for attribute in common)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names += map(str.lower, extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        pass
    except (ValueError, *_CERTIFICATE_ERRORS):
        return False
    return any(matches_name(name, host) for name in names)
