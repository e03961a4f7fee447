"""How edge and Regions follow the Topology, and work on without control.

A process starts with the stored Topology at once, whether control runs or not. From then on a long
poll at control brings each newer version. Asking for `after=V` acknowledges version V, so a process
asks for V only after `on_topology` has put V in force.
"""

import logging
from collections.abc import Awaitable, Callable

import aiohttp

from common.clock import Clock
from twin import codec
from twin.errors import CodecError
from twin.internal_api.connector import own_user_connector
from twin.runtime.instance import Instance, internal_url
from twin.topology.model import Topology
from twin.topology.store import read_topology

log = logging.getLogger(__name__)

TopologyCallback = Callable[[Topology], Awaitable[None] | None]

LONG_POLL_S = 20.0
"""Control answers 204 after this time without a newer version."""
MIN_BACKOFF_S = 0.05
MAX_BACKOFF_S = 1.0
"""Control that comes back is noticed within this time."""
_TIMEOUT = aiohttp.ClientTimeout(total=LONG_POLL_S + 10.0, sock_connect=2.0)


async def watch_topology(
    instance: Instance, role: str, clock: Clock, on_topology: TopologyCallback
) -> None:
    """Call `on_topology` with each Topology, one at a time, the stored one first. Runs for ever.

    A lower version than the current one is taken too: control may have been given an older state,
    and what it publishes is the truth. `role` names this process to control.
    """
    current = await apply_stored(instance, on_topology)
    backoff_s = MIN_BACKOFF_S
    warned = False
    async with aiohttp.ClientSession(connector=own_user_connector(), timeout=_TIMEOUT) as session:
        while True:
            try:
                asked_at = clock.monotonic()
                answer = await _long_poll(session, instance, role, current)
            except (aiohttp.ClientError, TimeoutError, OSError, CodecError) as exc:
                if not warned:
                    log.warning(
                        "control gives no Topology, going on with version %d: %s", current, exc
                    )
                warned = True
                await clock.sleep(backoff_s)
                backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)
                continue
            warned, backoff_s = False, MIN_BACKOFF_S
            if answer is not None and answer.version != current:
                await _apply(answer, on_topology)
                current = answer.version
            elif clock.monotonic() - asked_at < MIN_BACKOFF_S:
                # Control answered without waiting: don't ask again in a busy loop.
                await clock.sleep(MIN_BACKOFF_S)


async def apply_stored(instance: Instance, on_topology: TopologyCallback) -> int:
    """Put the stored Topology in force; its version, 0 without a readable one."""
    try:
        stored = read_topology(instance)
    except (CodecError, OSError) as exc:
        log.error("%s can't be read, waiting for control: %s", instance.topology_path, exc)
        return 0
    if stored is None:
        return 0
    await _apply(stored, on_topology)
    return stored.version


async def _long_poll(
    session: aiohttp.ClientSession, instance: Instance, role: str, current: int
) -> Topology | None:
    """Ask control for a version after `current`; None when there is none."""
    query = {"after": str(current), "role": role}
    url = internal_url(instance.control_address, "/_twin/topology")
    async with session.get(url, params=query) as response:
        if response.status == 204:
            return None
        response.raise_for_status()
        return codec.loads(Topology, await response.read())


async def _apply(topology: Topology, on_topology: TopologyCallback) -> None:
    result = on_topology(topology)
    if result is not None:
        await result
    log.info("Topology version %d is in force", topology.version)
