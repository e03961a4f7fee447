"""A caller that belongs to another user of the machine.

The root user can make one: a socket belongs to the user that its process has when it is created.
Other users can't, so for their tests the twin belongs to another user instead of the caller.
"""

import asyncio
import os
import socket

from twin.runtime.own_user import find_refusal_of_user
from twin.runtime.socket_owner import SocketOwner

STRANGER = 65534


def connect_as_stranger(address: tuple[str, int]) -> socket.socket:
    caller = _create_socket()
    caller.settimeout(5)
    caller.connect(address)
    return caller


def listen_as_stranger(address: tuple[str, int]) -> socket.socket:
    listener = _create_socket()
    listener.bind(address)
    listener.listen()
    return listener


def take_datagrams_as_stranger(address: tuple[str, int]) -> socket.socket:
    server = _create_socket(socket.SOCK_DGRAM)
    server.bind(address)
    return server


def _create_socket(kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    if os.geteuid() != 0:
        return socket.socket(type=kind)
    os.seteuid(STRANGER)
    try:
        return socket.socket(type=kind)
    finally:
        os.seteuid(0)


async def exchange(caller: socket.socket, data: bytes) -> bytes:
    """Send, and read until the other end closes."""
    caller.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=caller)
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


def refuse_strangers(owner: SocketOwner | None) -> str | None:
    """The twin's own rule, for a twin that a `connect_as_stranger` is strange to."""
    own_uid = os.geteuid()
    return find_refusal_of_user(owner, own_uid if own_uid == 0 else own_uid + 1)
