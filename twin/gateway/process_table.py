"""The processes behind the gateway: their states, and the first start of a Region.

The gateway starts only a Region that never ran. A Region that died stays dead until the `twin`
command starts it, because drills depend on that.
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
"""Maximum age of a cached state."""


class Processes(Protocol):
    """twin.runtime.processes of one twin. Both calls may block."""

    def state(self, role: str) -> ProcessState: ...

    def start(self, role: str) -> None:
        """Start the role's process and wait until it answers. Raises StartFailed."""


class ProcessTable:
    """Cached states of the twin's processes."""

    def __init__(self, processes: Processes, clock: Clock) -> None:
        self.clock = clock
        self._processes = processes
        self._states: dict[str, tuple[float, ProcessState]] = {}
        """Role -> (monotonic time of the check, state)."""
        self._start_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def state(self, role: str) -> ProcessState:
        """The process's state, at most STATE_CACHE_S old."""
        now = self.clock.monotonic()
        cached = self._states.get(role)
        if cached is None or now - cached[0] > STATE_CACHE_S:
            cached = self._states[role] = (now, self._processes.state(role))
        return cached[1]

    def refresh_state(self, role: str) -> ProcessState:
        """The process's state, checked now."""
        self._states.pop(role, None)
        return self.state(role)

    async def start_if_absent(self, region: str) -> ProcessState:
        """Start a Region that never ran, once for concurrent calls; its state afterwards.

        Raises StartFailed.
        """
        role = roles.region_role(region)
        async with self._start_locks[region]:
            if self.refresh_state(role) is ProcessState.ABSENT:
                log.info("%s is started for the first time", region)
                await asyncio.to_thread(self._processes.start, role)
            return self.refresh_state(role)

    def is_starting(self, role: str) -> bool:
        """Whether the role's first start is in progress."""
        region = roles.region_of(role)
        return region is not None and self._start_locks[region].locked()

    async def wait_for_first_start(self, role: str) -> None:
        """Wait until a first start in progress has ended."""
        if self.is_starting(role):
            async with self._start_locks[role.removeprefix(roles.REGION_PREFIX)]:
                return
