"""Connections through a SOCKS proxy that resolves the name, as curl's `socks5h://` does.

SOCKS version 5 without authentication: https://www.rfc-editor.org/rfc/rfc1928
"""

import socket
import struct

VERSION, CONNECT = 5, 1
NO_AUTHENTICATION = 0
IPV4, DOMAIN_NAME, IPV6 = 1, 3, 4
ADDRESS_BYTES = {IPV4: 4, IPV6: 16}
REASONS = {
    1: "general failure",
    2: "not allowed",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "timed out",
}


class ProxyRefused(ConnectionError):
    """The proxy did not make the connection."""


def connect_through(
    proxy: tuple[str, int], host: str, port: int, timeout_s: float
) -> socket.socket:
    """A connection to the host. Raises OSError, ProxyRefused among them."""
    connection = socket.create_connection(proxy, timeout_s)
    try:
        _open(connection, host, port)
    except BaseException:
        connection.close()
        raise
    return connection


def _open(connection: socket.socket, host: str, port: int) -> None:
    connection.sendall(bytes((VERSION, 1, NO_AUTHENTICATION)))
    if _receive(connection, 2) != bytes((VERSION, NO_AUTHENTICATION)):
        raise ProxyRefused("the proxy wants authentication")
    name = host.encode("idna")
    request = bytes((VERSION, CONNECT, 0, DOMAIN_NAME, len(name))) + name
    connection.sendall(request + struct.pack("!H", port))
    _, reply, _, kind = _receive(connection, 4)
    if reply != 0:
        reason = REASONS.get(reply, "not supported")
        raise ProxyRefused(f"{host}:{port}: the proxy answers {reply} ({reason})")
    _receive(connection, ADDRESS_BYTES.get(kind, 0) + 2)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = connection.recv(size - len(received))
        if not chunk:
            raise ProxyRefused("the proxy closed the connection")
        received += chunk
    return received
