"""The owners of sockets, as the kernel knows them."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.functional.twin.strangers import STRANGER, connect_as_stranger
from twin.runtime import socket_owner
from twin.runtime.socket_owner import (
    Address,
    SocketOwner,
    find_in_tables,
    find_listening_user,
    find_socket_owner,
    find_udp_user,
    has_open_socket,
)

PROC = (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6"))
FindOwner = Callable[[Address, Address], SocketOwner | None]


def read_proc(local: Address, remote: Address) -> SocketOwner | None:
    return find_in_tables(PROC, local, remote)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.98", 0)) as listening:
        yield listening


def inode_of(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


@pytest.mark.parametrize("find", [find_socket_owner, read_proc])
def test_a_callers_socket_is_found(find: FindOwner, listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as caller:
        owner = find(caller.getsockname(), listener.getsockname())

    assert owner is not None
    assert owner.uid == os.geteuid()


@pytest.mark.parametrize("find", [find_socket_owner, read_proc])
def test_it_is_that_of_the_callers_end(find: FindOwner, listener: socket.socket) -> None:
    with connect_as_stranger(listener.getsockname()) as caller:
        accepted, _ = listener.accept()
        with accepted:
            found = find(caller.getsockname(), listener.getsockname())

        assert found == SocketOwner(
            STRANGER if os.geteuid() == 0 else os.geteuid(), inode_of(caller)
        )


@pytest.mark.parametrize("find", [find_socket_owner, read_proc])
def test_a_caller_with_an_ipv6_socket_is_found(find: FindOwner, listener: socket.socket) -> None:
    """Java's sockets are such, whatever they connect to."""
    host, port = listener.getsockname()
    with socket.socket(socket.AF_INET6) as caller:
        caller.connect((f"::ffff:{host}", port))
        accepted, seen_as = listener.accept()
        with accepted:
            owner = find(seen_as, (host, port))

        assert owner is not None
        assert owner.inode == inode_of(caller)


def test_a_closed_socket_is_nobodys(listener: socket.socket) -> None:
    """The kernel would report user 0 for it."""
    with socket.create_connection(listener.getsockname()) as caller:
        address = caller.getsockname()
    accepted, _ = listener.accept()
    with accepted:
        assert find_socket_owner(address, listener.getsockname()) is None


def test_a_half_closed_socket_still_has_its_owner(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as caller:
        caller.shutdown(socket.SHUT_WR)

        assert find_socket_owner(caller.getsockname(), listener.getsockname()) is not None


def test_a_listening_socket_is_not_taken_for_a_caller(listener: socket.socket) -> None:
    assert find_socket_owner(listener.getsockname(), ("127.0.0.5", 9)) is None


def test_without_sock_diag_the_table_is_read(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as caller:
        ends = caller.getsockname(), listener.getsockname()
        assert socket_owner.has_sock_diag() in (True, False)
        assert read_proc(*ends) == find_socket_owner(*ends)


def test_without_any_table_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="does not tell the owner"):
        find_in_tables((tmp_path / "tcp",), ("127.0.0.1", 1), ("127.0.0.1", 2))


def test_a_process_has_its_own_sockets_only(listener: socket.socket) -> None:
    inode = inode_of(listener)

    assert has_open_socket(os.getpid(), inode)
    assert not has_open_socket(os.getpid(), inode + 1_000_000_000)
    assert not has_open_socket(os.getppid(), inode)
    assert not has_open_socket(2**22 + 1, inode)


def test_the_user_of_a_listening_socket_is_found(listener: socket.socket) -> None:
    host, port = listener.getsockname()

    assert find_listening_user(host, port) == os.geteuid()
    assert find_listening_user("127.0.0.97", port) is None


@pytest.mark.parametrize("bound_to", ["127.0.0.98", "0.0.0.0"])  # noqa: S104 - one of its cases
def test_the_user_who_takes_datagrams_at_an_address_is_found(bound_to: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((bound_to, 0))
        _, port = server.getsockname()

        assert find_udp_user("127.0.0.98", port) == os.geteuid()
    assert find_udp_user("127.0.0.98", port) is None
