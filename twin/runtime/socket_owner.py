"""Which user's program has the other end of a TCP connection on this machine.

The kernel knows the owner of every socket. It answers by sock_diag(7) for one connection, in some
microseconds; where it has no sock_diag, /proc/net/tcp lists all sockets, in milliseconds.
/proc/net/udp lists the few of UDP.

A socket that its program has closed is nobody's: the kernel then reports the inode 0, and as its
user 0, which must not be taken for root. A socket that another process has inherited counts as its
creator's.
"""

import contextlib
import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path

Address = tuple[str, int]
"""IPv4 address and port."""

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG of linux/netlink.h
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NETLINK_HEADER = struct.Struct("=IHHII")
# linux/inet_diag.h: inet_diag_req_v2, and inet_diag_msg; the kernel fills more than is asked for.
_SOCKET_ID = struct.Struct("!HH16s16s")
_REQUEST = struct.Struct("=BBBBI")
_ANY_COOKIE = struct.pack("=I", 0) + b"\xff" * 8
_ID_OFFSET = _NETLINK_HEADER.size + 4
_OWNER = struct.Struct("=II")
_OWNER_OFFSET = _ID_OFFSET + _SOCKET_ID.size + len(_ANY_COOKIE) + 12
_ANSWER_BYTES = 4096
NO_REMOTE = ("0.0.0.0", 0)  # noqa: S104 - asked for, never bound
_TABLES = (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6"))
_UDP_TABLE = Path("/proc/self/net/udp")


@dataclass(frozen=True, slots=True)
class SocketOwner:
    uid: int
    """User that created the socket."""
    inode: int
    """Number of the socket, as in the links of /proc/PID/fd."""


def find_socket_owner(local: Address, remote: Address) -> SocketOwner | None:
    """Owner of the socket at `local` that is connected to `remote`.

    None when no program has it open. Raises OSError where the kernel has no such information.
    """
    owner = (
        _ask_kernel(local, remote) if has_sock_diag() else find_in_tables(_TABLES, local, remote)
    )
    return owner if owner is not None and owner.inode else None


def has_open_socket(pid: int, inode: int) -> bool:
    """Whether the process has the socket open; False for a process that can't be inspected."""
    wanted = f"socket:[{inode}]"
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(link.readlink()) == wanted:
                    return True
    return False


# -- sock_diag


@cache
def has_sock_diag() -> bool:
    """Whether the kernel answers by sock_diag, tried with a connection of our own."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        try:
            return _ask_kernel(client.getsockname(), listener.getsockname()) is not None
        except OSError:
            return False


def _ask_kernel(local: Address, remote: Address) -> SocketOwner | None:
    """Owner of the connected socket, or with NO_REMOTE of the listening one. Raises OSError."""
    identity = _SOCKET_ID.pack(local[1], remote[1], _padded(local[0]), _padded(remote[0]))
    request = _REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + identity
    request += _ANY_COOKIE
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as netlink:
        size = _NETLINK_HEADER.size + len(request)
        netlink.send(
            _NETLINK_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + request
        )
        return _parse_answer(netlink.recv(_ANSWER_BYTES), identity)


def _padded(host: str) -> bytes:
    return socket.inet_aton(host) + bytes(12)


def _parse_answer(answer: bytes, identity: bytes) -> SocketOwner | None:
    """Raises OSError for an error other than "no such socket"."""
    _, kind, *_ = _NETLINK_HEADER.unpack_from(answer)
    if kind != _SOCK_DIAG_BY_FAMILY:
        (code,) = struct.unpack_from("=i", answer, _NETLINK_HEADER.size)
        if -code == errno.ENOENT:
            return None
        raise OSError(-code, "the kernel does not tell the owner of a socket")
    # Without a connection, the kernel finds a socket that listens at the local address, or at all.
    wants_listener = _SOCKET_ID.unpack(identity)[1] == NO_REMOTE[1]
    found = answer[_ID_OFFSET : _ID_OFFSET + _SOCKET_ID.size]
    if not wants_listener and not _is_same_connection(found, identity):
        return None
    return SocketOwner(*_OWNER.unpack_from(answer, _OWNER_OFFSET))


def _is_same_connection(found: bytes, wanted: bytes) -> bool:
    """Compare ports and addresses; an IPv6 socket has the IPv4 address at the end of 16 bytes."""
    ports, local, remote = slice(0, 4), slice(4, 20), slice(20, 36)

    def host(address: bytes) -> bytes:
        return address[12:] if address[:12] == b"\0" * 10 + b"\xff\xff" else address[:4]

    return found[ports] == wanted[ports] and all(
        host(found[part]) == wanted[part][:4] for part in (local, remote)
    )


# -- /proc/net/tcp


def find_in_tables(tables: tuple[Path, ...], local: Address, remote: Address) -> SocketOwner | None:
    """Look the connection up in files like /proc/net/tcp and tcp6. Raises OSError without any."""
    existing = [table for table in tables if table.exists()]
    if not existing:
        raise OSError(errno.ENOENT, "the kernel does not tell the owner of a socket")
    for table in existing:
        for found_local, found_remote, owner in _read_table(table):
            if (found_local, found_remote) == (local, remote):
                return owner
    return None


def find_listening_user(host: str, port: int) -> int | None:
    """User of a socket that listens at the address, or at its port of every address.

    None when nobody does. Raises OSError where the kernel has no such information.
    """
    if has_sock_diag():
        owner = _ask_kernel((host, port), NO_REMOTE)
        return None if owner is None else owner.uid
    for found, _, owner in _read_table(_TABLES[0], listening=True):
        if found in ((host, port), ("0.0.0.0", port)):  # noqa: S104 - compared, never bound here
            return owner.uid
    return None


def find_udp_user(host: str, port: int) -> int | None:
    """User of a UDP socket at the address, or at its port of every address; None without one."""
    users = {local: owner.uid for local, _, owner in _read_table(_UDP_TABLE)}
    every_address = ("0.0.0.0", port)  # noqa: S104 - compared, never bound here
    return users.get((host, port), users.get(every_address))


def _read_table(
    table: Path, *, listening: bool = False
) -> Iterator[tuple[Address, Address, SocketOwner]]:
    with contextlib.suppress(OSError):
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if (fields[3] == "0A") == listening:
                owner = SocketOwner(int(fields[7]), int(fields[9]))
                yield _parse_address(fields[1]), _parse_address(fields[2]), owner


def _parse_address(text: str) -> Address:
    """`0100007F:1F90`: the last four bytes of the address in the machine's order, and the port."""
    host, _, port = text.partition(":")
    return str(IPv4Address(struct.pack("=I", int(host[-8:], 16)))), int(port, 16)
