"""Whom the twin's processes talk to: programs of their own user, and of root.

Loopback ports are open to every user of the machine, both ways: another user's program can call the
twin, and where a process of the twin is dead, it can take its address and answer in its name. Root
can do everything anyway.
"""

import errno
import os
from collections.abc import Callable

from twin.runtime.socket_owner import (
    Address,
    SocketOwner,
    find_listening_user,
    find_udp_user,
)

ROOT_UID = 0
NOBODY = "the program that opened the connection has closed it already, so its user is not known"

FindRefusal = Callable[[SocketOwner | None], str | None]
"""Owner of the caller's socket -> why the connection is refused, if it is."""


def find_refusal_of_user(owner: SocketOwner | None, own_uid: int) -> str | None:
    """Why a caller is not one of this user's programs; None if it is."""
    if owner is None:
        return NOBODY
    if owner.uid in (own_uid, ROOT_UID):
        return None
    return f"it comes from user {owner.uid} of this machine, and the twin belongs to user {own_uid}"


def refuse_other_users(owner: SocketOwner | None) -> str | None:
    return find_refusal_of_user(owner, os.geteuid())


def admit_everybody(_: SocketOwner | None) -> str | None:
    """For a port that is shared on purpose."""
    return None


def require_own_listener(address: Address) -> None:
    """Raise ConnectionRefusedError if a program of another user listens at the address.

    Call it before connecting. It says nothing about an address where nobody listens.
    """
    _require_own(find_listening_user(*address))


def require_own_udp_server(address: Address) -> None:
    """The same for a program that takes datagrams at the address."""
    _require_own(find_udp_user(*address))


def _require_own(uid: int | None) -> None:
    if uid is not None and uid not in (os.geteuid(), ROOT_UID):
        raise ConnectionRefusedError(
            errno.ECONNREFUSED, f"a program of user {uid} has taken this address"
        )
