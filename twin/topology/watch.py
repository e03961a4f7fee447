"""How edge and Regions come by the Topology, and how they live without control.

The last one lies on disk: a process starts on it at once, whether control is there or not. From
then on a long poll at control brings each newer one. Asking for `after=V` tells control that V is
in force here, so V is only ever asked for once `on_topology` has returned. What a Topology means is
not known here.
"""

import logging
from collections.abc import Awaitable, Callable

import aiohttp

from common.clock import Clock
from twin import codec
from twin.errors import CodecError
from twin.runtime.instance import Instance, internal_url
from twin.topology.model import Topology

log = logging.getLogger(__name__)

TopologyCallback = Callable[[Topology], Awaitable[None] | None]

POLL_LASTS_S = 20.0
"""Control answers 204 after this long when nothing changed."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
"""Control that comes back is noticed within this time."""
_TIMEOUT = aiohttp.ClientTimeout(total=POLL_LASTS_S + 10.0, sock_connect=2.0)


async def watch_topology(
    instance: Instance, role: str, clock: Clock, on_topology: TopologyCallback
) -> None:
    """Hand each Topology to `on_topology`, one at a time, the one on disk first. Runs for ever.

    Any version other than the held one is taken, a lower one too: control may have been given an
    older state, and what it publishes is the truth. `role` names this process to control.
    """
    held = await _from_disk(instance, on_topology)
    pause_s = FIRST_PAUSE_S
    quiet = False
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        while True:
            try:
                asked_at = clock.monotonic()
                found = await _ask(session, instance, role, held)
            except (aiohttp.ClientError, TimeoutError, OSError, CodecError) as exc:
                if not quiet:
                    log.warning(
                        "control gives no Topology, going on with version %d: %s", held, exc
                    )
                quiet = True
                await clock.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                continue
            quiet, pause_s = False, FIRST_PAUSE_S
            if found is not None and found.version != held:
                await _hand_over(found, on_topology)
                held = found.version
            elif clock.monotonic() - asked_at < FIRST_PAUSE_S:
                await clock.sleep(
                    FIRST_PAUSE_S
                )  # an answer that did not wait must not make us spin


async def _from_disk(instance: Instance, on_topology: TopologyCallback) -> int:
    """Put the stored Topology in force; its version, 0 when there is none to use."""
    path = instance.topology_path
    try:
        stored = codec.loads(Topology, path.read_bytes())
    except FileNotFoundError:
        return 0
    except CodecError as exc:
        log.error("%s can't be read, waiting for control: %s", path, exc)
        return 0
    await _hand_over(stored, on_topology)
    return stored.version


async def _ask(
    session: aiohttp.ClientSession, instance: Instance, role: str, held: int
) -> Topology | None:
    """Control's answer to one long poll; None when there is nothing newer."""
    query = {"after": str(held), "role": role}
    async with session.get(
        internal_url(instance.control_address, "/_twin/topology"), params=query
    ) as response:
        if response.status == 204:
            return None
        response.raise_for_status()
        return codec.loads(Topology, await response.read())


async def _hand_over(topology: Topology, on_topology: TopologyCallback) -> None:
    waiting = on_topology(topology)
    if waiting is not None:
        await waiting
    log.info("Topology version %d is in force", topology.version)
