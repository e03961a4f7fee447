"""Whom the twin's processes talk to."""

import os
import socket

import pytest

from tests.functional.twin.strangers import listen_as_stranger, take_datagrams_as_stranger
from twin.runtime.own_user import (
    find_refusal_of_user,
    require_own_listener,
    require_own_udp_server,
)
from twin.runtime.socket_owner import SocketOwner


@pytest.mark.parametrize(
    ("owner", "own_uid", "admitted"),
    [
        (SocketOwner(1000, 5), 1000, True),
        (SocketOwner(0, 5), 1000, True),
        (SocketOwner(1001, 5), 1000, False),
        (SocketOwner(1000, 5), 0, False),
        (None, 1000, False),
        (None, 0, False),
    ],
)
def test_the_twins_user_and_root_are_admitted(
    owner: SocketOwner | None, own_uid: int, admitted: bool
) -> None:
    assert (find_refusal_of_user(owner, own_uid) is None) is admitted


def test_an_own_programs_address_may_be_called() -> None:
    with socket.create_server(("127.0.0.120", 0)) as listener:
        require_own_listener(listener.getsockname())
        address = listener.getsockname()
    require_own_listener(address)  # nobody listens: connecting fails by itself


def test_an_address_that_another_user_has_taken_is_not_called() -> None:
    """Only root can act as another user; the root user's own programs are trusted by all."""
    with listen_as_stranger(("127.0.0.120", 0)) as listener:
        if os.geteuid() != 0:
            require_own_listener(listener.getsockname())
            return
        with pytest.raises(ConnectionRefusedError, match="user 65534 has taken this address"):
            require_own_listener(listener.getsockname())


def test_another_users_program_is_sent_no_datagram() -> None:
    with take_datagrams_as_stranger(("127.0.0.120", 0)) as server:
        if os.geteuid() != 0:
            require_own_udp_server(server.getsockname())
            return
        with pytest.raises(ConnectionRefusedError, match="user 65534 has taken this address"):
            require_own_udp_server(server.getsockname())
