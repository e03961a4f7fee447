"""Checks who has the other end of each new connection to a port of the twin.

Whoever can call the twin can have code run as its user. So each connection is checked once, when it
is accepted: its other end must belong to a program of this user (twin.runtime.own_user). The
protocol that serves the port never sees another connection; a stranger's is answered by a protocol
of its own that only refuses, and is closed after a few seconds, whatever the stranger does.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from weakref import WeakSet

from aiohttp import web

from common.log_pause import LogPause
from twin.internal_api.broken_requests import server_log
from twin.runtime.own_user import NOBODY, FindRefusal, refuse_other_users
from twin.runtime.socket_owner import Address, SocketOwner, find_socket_owner

log = logging.getLogger(__name__)

REFUSAL_TIME_S = 5.0
"""How long a refused connection may stay open; real time, never scaled."""
MAX_REFUSED = 64
"""So many refused connections may be open, to read the reason; others are closed at once."""
LOG_PAUSE_S = 5.0
"""Least time between two log lines, so that strangers can't fill the log."""

ProtocolFactory = Callable[[], asyncio.BaseProtocol]
RefusingFactory = Callable[[str], asyncio.BaseProtocol]
"""Gets the reason of the refusal."""
FindOwner = Callable[[Address, Address], SocketOwner | None]
"""(The caller's address, the address that it called) -> owner. Raises OSError."""


def guard_connections(
    own: ProtocolFactory,
    refusing: RefusingFactory,
    *,
    find_refusal: FindRefusal = refuse_other_users,
    find_owner: FindOwner = find_socket_owner,
    refusal_time_s: float = REFUSAL_TIME_S,
) -> ProtocolFactory:
    """A factory for loop.create_server: `own` for admitted connections, `refusing` for others."""
    gate = _Gate(own, refusing, find_refusal, find_owner, refusal_time_s)
    return lambda: _Doorkeeper(gate)


@dataclass(slots=True)
class _Gate:
    """Chooses the protocol of each connection."""

    own: ProtocolFactory
    refusing: RefusingFactory
    find_refusal: FindRefusal
    find_owner: FindOwner
    refusal_time_s: float
    log_pause: LogPause = field(default_factory=partial(LogPause, LOG_PAUSE_S))
    refused: WeakSet[asyncio.Transport] = field(default_factory=WeakSet)
    """Transports of refused connections; those that are open count."""

    def choose_protocol(self, transport: asyncio.Transport) -> asyncio.BaseProtocol:
        refusal = self._check(transport)
        if refusal is None:
            return self.own()
        loop = asyncio.get_running_loop()
        if sum(not transport.is_closing() for transport in self.refused) >= MAX_REFUSED:
            transport.abort()
            return asyncio.Protocol()
        self.refused.add(transport)
        loop.call_later(self.refusal_time_s, transport.abort)
        if refusal != NOBODY and self.log_pause.is_over("refusals", loop.time()):
            log.warning("a connection is refused: %s", refusal)
        return self.refusing(refusal)

    def _check(self, transport: asyncio.Transport) -> str | None:
        caller, called = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        try:
            owner = self.find_owner(tuple(caller[:2]), tuple(called[:2]))
        except OSError as exc:
            return f"the user who calls can't be found out: {exc.strerror or exc}"
        return self.find_refusal(owner)


class _Doorkeeper(asyncio.Protocol):
    """Hands a new connection over to its protocol."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            protocol = self._gate.choose_protocol(transport)
            transport.set_protocol(protocol)
            protocol.connection_made(transport)


def refuse_by_http(refusal: str) -> asyncio.BaseProtocol:
    """Answers each request with 403 and the reason."""

    async def refuse(_: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(status=403, text=f"The twin refuses this request: {refusal}.\n")
        response.force_close()
        return response

    return web.Server(refuse, access_log=None, logger=server_log)()
