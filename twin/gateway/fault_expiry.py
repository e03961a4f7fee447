"""Ends the faults of processes in time: what was killed, stopped or frozen for a while.

Somebody has to live to start what is dead. That is the gateway, because it lives as long as the
twin does: it is the first process up and the first one down. When it is itself gone, such a fault
lasts until it is back, or until somebody starts the process by hand.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from common.clock import Clock
from twin.core.faults import Fault, Faults
from twin.errors import TwinError
from twin.faults.store import read_faults, update_faults
from twin.runtime.instance import Instance

log = logging.getLogger(__name__)

CHECK_EVERY_S = 0.2
RETRY_S = 2.0


class Starting(Protocol):
    """Who starts a process, and thaws a frozen one. Blocks."""

    def start(self, role: str) -> None:
        """Start it and wait until it answers. Raises StartFailed."""
        ...


class FaultExpiry:
    """Watches the faults of processes."""

    def __init__(
        self, instance: Instance, starting: Starting, clock: Clock, ended: Callable[[str], object]
    ) -> None:
        """`ended` hears which role runs again."""
        self._instance = instance
        self._starting = starting
        self._clock = clock
        self._ended = ended
        self._faults = Faults()
        self._tried_at: dict[Fault, float] = {}

    def follow_faults(self, faults: Faults) -> None:
        """These hold from now on."""
        self._faults = faults

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await self._clock.sleep(CHECK_EVERY_S)

    async def look(self) -> None:
        """End what is over."""
        over = self._faults.expired_process_faults(self._clock.now())
        self._tried_at = {fault: at for fault, at in self._tried_at.items() if fault in over}
        now = self._clock.monotonic()
        due = [f for f in over if now - self._tried_at.get(f, -RETRY_S) >= RETRY_S]
        await asyncio.gather(*map(self._end, due))

    async def _end(self, fault: Fault) -> None:
        self._tried_at[fault] = self._clock.monotonic()
        try:
            if fault not in read_faults(self._instance).faults:
                return  # it was ended, or begun anew, a moment ago
            log.info("%s of %s is over", fault.name, fault.role)
            await asyncio.to_thread(self._starting.start, fault.role)
            after = update_faults(self._instance, lambda faults: faults.without_fault(fault))
        except TwinError as exc:
            log.error("%s of %s should be over, and is not: %s", fault.name, fault.role, exc)
            return
        self._faults = after
        self._ended(fault.role)
