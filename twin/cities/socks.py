"""The SOCKS entrance of a city: a program that connects through it stands in that city.

SOCKS version 5 (https://www.rfc-editor.org/rfc/rfc1928), CONNECT without authentication. Names are
resolved by the city's resolver, so a program that leaves names to its proxy (curl's `socks5h://`, a
browser) sees what a client there sees, and no setting of the machine changes. Connections go out
from the city's address, and to public addresses of the twin only.
"""

import asyncio
import ipaddress
import logging
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from twin.runtime.descriptors import is_reserved
from twin.runtime.idle_connections import IdleConnections
from twin.runtime.own_user import require_own_listener

log = logging.getLogger(__name__)

VERSION = 5
NO_AUTHENTICATION, NO_METHOD = 0, 0xFF
CONNECT = 1
IPV4, DOMAIN_NAME, IPV6 = 1, 3, 4
GREETING_TIMEOUT_S = 10.0
"""Until the request is complete; real time, never scaled."""
CONNECT_TIMEOUT_S = 30.0
MIN_STILL_S = 10.0
"""A connection that has moved data keeps its place for so long after it, as at the edge."""
_CHUNK = 65536
_NO_ADDRESS = (str(ipaddress.IPv4Address(0)), 0)
_MAX_CONNECTIONS = 1024


class Reply(IntEnum):
    """REP of a reply."""

    SUCCEEDED = 0
    GENERAL_FAILURE = 1
    NOT_ALLOWED = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TTL_EXPIRED = 6
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_TYPE_NOT_SUPPORTED = 8


class SocksError(Exception):
    """The request can't be carried out; `reply` says why to the client."""

    def __init__(self, reply: Reply, message: str) -> None:
        super().__init__(message)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Destination:
    """What a client wants to connect to."""

    host: str
    """A name, or an IPv4 address."""
    port: int


FindAddress = Callable[[str], Awaitable[str | None]]
"""Name -> an IPv4 address; None if the name has none."""


class SocksEntrance:
    """The connections of one city."""

    def __init__(
        self,
        *,
        source_ip: str,
        find_address: FindAddress,
        is_allowed: Callable[[str], bool],
        is_served: Callable[[str, int], bool],
        real_port: Callable[[str, int], int] = lambda _, port: port,
    ) -> None:
        """`is_allowed` decides by IP address, `is_served` by address and port.

        `real_port` maps an address and a port to the port where the twin serves it, since an
        ordinary user can't open port 443.
        """
        self.open_connections = 0
        self.connections = 0
        """Since the start."""
        self._idle = IdleConnections()
        """Those whose client has not said where to."""
        self._still = IdleConnections()
        """Those that lead somewhere, the one that has moved no data for longest first."""
        self._source_ip = source_ip
        self._find_address = find_address
        self._is_allowed = is_allowed
        self._is_served = is_served
        self._real_port = real_port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until both sides have ended."""
        self.open_connections += 1
        try:
            if self._has_place() and not _is_last(writer):
                await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as exc:
            log.debug("a client is gone: %r", exc)
        finally:
            self.open_connections -= 1
            writer.close()

    def _has_place(self) -> bool:
        """Whether there is a place for one more, if need be that of one that is not in use."""
        return (
            self.open_connections <= _MAX_CONNECTIONS
            or self._idle.close_longest()
            or self._still.close_longest(min_s=MIN_STILL_S)
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            destination = await self._read_destination(reader, writer)
            far_reader, far_writer = await self._connect(destination)
        except SocksError as error:
            log.info("SOCKS from %s: %s", self._source_ip, error)
            writer.write(format_reply(error.reply))
            await writer.drain()
            return
        self.connections += 1
        try:
            writer.write(format_reply(Reply.SUCCEEDED, far_writer.get_extra_info("sockname")))
            moved = partial(self._still.moved, writer)
            with self._still.waiting(writer):
                await asyncio.gather(
                    _copy(reader, far_writer, moved), _copy(far_reader, writer, moved)
                )
                # What neither side has read yet keeps the connection open, and so in its place.
                await asyncio.gather(_close(far_writer), _close(writer))
        finally:
            far_writer.close()

    async def _read_destination(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Destination:
        with self._idle.waiting(writer):
            async with asyncio.timeout(GREETING_TIMEOUT_S):
                await _greet(reader, writer)
                return await read_request(reader)

    async def _connect(
        self, destination: Destination
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises SocksError."""
        address = await self._resolve(destination.host)
        if not self._is_allowed(address):
            raise SocksError(Reply.NOT_ALLOWED, f"{address} is no public address of this twin")
        port = self._real_port(address, destination.port)
        if not self._is_served(address, port):
            raise SocksError(Reply.CONNECTION_REFUSED, f"the twin has nothing at {address}:{port}")
        try:
            require_own_listener((address, port))
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await asyncio.open_connection(
                    address, port, local_addr=(self._source_ip, 0), family=socket.AF_INET
                )
        except ConnectionRefusedError as exc:
            raise SocksError(Reply.CONNECTION_REFUSED, f"{address}:{port} refuses") from exc
        except TimeoutError as exc:
            raise SocksError(Reply.TTL_EXPIRED, f"{address}:{port} does not answer") from exc
        except OSError as exc:
            raise SocksError(Reply.GENERAL_FAILURE, f"{address}:{port}: {exc}") from exc

    async def _resolve(self, host: str) -> str:
        if _is_ipv4(host):
            return host
        found = await self._find_address(host)
        if found is None:
            raise SocksError(Reply.HOST_UNREACHABLE, f"{host!r} is no name of this twin")
        return found


def _is_last(writer: asyncio.StreamWriter) -> bool:
    """Whether the connection's descriptor is one that strangers may not have."""
    return is_reserved(writer.get_extra_info("socket").fileno())


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Agree on no authentication. Raises OSError for a client that speaks something else."""
    version, count = await reader.readexactly(2)
    if version != VERSION:
        raise ConnectionAbortedError(f"version {version}, not {VERSION}")
    methods = await reader.readexactly(count)
    method = NO_AUTHENTICATION if NO_AUTHENTICATION in methods else NO_METHOD
    writer.write(bytes((VERSION, method)))
    await writer.drain()
    if method == NO_METHOD:
        raise ConnectionAbortedError("the client insists on an authentication")


async def read_request(reader: asyncio.StreamReader) -> Destination:
    """Raises SocksError, IncompleteReadError."""
    version, command, _, kind = await reader.readexactly(4)
    if version != VERSION:
        raise SocksError(Reply.GENERAL_FAILURE, f"version {version}, not {VERSION}")
    if kind == IPV4:
        host = str(ipaddress.IPv4Address(await reader.readexactly(4)))
    elif kind == DOMAIN_NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii", "replace")
    else:
        raise SocksError(
            Reply.ADDRESS_TYPE_NOT_SUPPORTED, f"address type {kind}: the twin has IPv4 only"
        )
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if command != CONNECT:
        raise SocksError(Reply.COMMAND_NOT_SUPPORTED, f"command {command}: only CONNECT is served")
    return Destination(host, port)


def format_reply(reply: Reply, bound: tuple[str, int] = _NO_ADDRESS) -> bytes:
    """The reply's bytes, with the address that the connection goes out from."""
    host, port = bound
    address = ipaddress.IPv4Address(host).packed
    return bytes((VERSION, reply, 0, IPV4)) + address + struct.pack("!H", port)


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moved: Callable[[], None]
) -> None:
    """Copy until the end, and pass the end on; the other direction may go on."""
    try:
        while data := await reader.read(_CHUNK):
            moved()
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        # One side is gone, so is the connection.
        writer.transport.abort()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
