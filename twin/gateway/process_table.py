"""The processes behind the gateway: what they are doing, and the first start of a Region.

Only a Region that never ran is started here. One that died stays dead until somebody starts it:
that is what drills are about.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Protocol

from common.clock import Clock
from twin.runtime import roles
from twin.runtime.roles import ProcessState

log = logging.getLogger(__name__)

STATE_CACHE_S = 0.1
"""How old an answer of the process table may be."""


class Processes(Protocol):
    """What the gateway needs of twin.runtime.processes. Both calls may block."""

    def state(self, role: str) -> ProcessState:
        """What the role's process is doing."""
        ...

    def start(self, role: str) -> None:
        """Start it and wait until it answers. Raises StartFailed."""
        ...


class ProcessTable:
    """The twin's processes, as the gateway sees them."""

    def __init__(self, processes: Processes, clock: Clock) -> None:
        self.clock = clock
        self._processes = processes
        self._seen: dict[str, tuple[float, ProcessState]] = {}
        self._starting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def state(self, role: str) -> ProcessState:
        """What the role's process is doing, or was a moment ago."""
        now = self.clock.monotonic()
        seen = self._seen.get(role)
        if seen is None or now - seen[0] > STATE_CACHE_S:
            seen = self._seen[role] = (now, self._processes.state(role))
        return seen[1]

    def look_again(self, role: str) -> ProcessState:
        """What the role's process is doing at this moment."""
        self._seen.pop(role, None)
        return self.state(role)

    async def start_unborn(self, region: str) -> ProcessState:
        """Start a Region that never ran, once for all that ask; its state. Raises StartFailed."""
        role = roles.region_role(region)
        async with self._starting[region]:
            if self.look_again(role) is ProcessState.ABSENT:
                log.info("%s is started for the first time", region)
                await asyncio.to_thread(self._processes.start, role)
            return self.look_again(role)

    async def until_started(self, role: str) -> None:
        """Wait for a first start that is under way."""
        region = roles.region_of(role)
        if region is not None and self._starting[region].locked():
            async with self._starting[region]:
                return
