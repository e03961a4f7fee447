"""Connections between the twin's processes, for programs with an event loop."""

import socket

import aiohttp
from aiohttp.connector import AddrInfoType

from twin.runtime.own_user import require_own_listener


def own_user_connector() -> aiohttp.TCPConnector:
    """For an aiohttp.ClientSession that connects to programs of this user only.

    So nobody can answer in the name of a dead process.
    """
    return aiohttp.TCPConnector(limit=0, socket_factory=_create_socket)


def _create_socket(address_info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = address_info
    require_own_listener((str(address[0]), int(address[1])))
    return socket.socket(family, kind, protocol)
