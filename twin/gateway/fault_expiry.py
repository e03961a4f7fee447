"""End process faults (kill, stop, freeze) when their time is over, by starting the process again.

The gateway does this because it lives as long as the twin: it is the first process up and the last
one down. While the gateway itself is dead, such a fault lasts until the gateway is back or the
process is started by hand.
"""

import asyncio
import logging
from collections.abc import Callable

from common.clock import Clock
from twin.core.faults import Fault, Faults
from twin.errors import TwinError
from twin.faults.store import read_faults, update_faults
from twin.runtime.instance import Instance
from twin.runtime.threads import run_in_thread

log = logging.getLogger(__name__)

CHECK_EVERY_S = 0.2
RETRY_S = 2.0


class FaultExpiry:
    def __init__(
        self,
        instance: Instance,
        start_process: Callable[[str], None],
        clock: Clock,
        on_restarted: Callable[[str], object],
    ) -> None:
        """`start_process` starts or thaws a role's process, blocks, and raises StartFailed."""
        self._instance = instance
        self._start_process = start_process
        self._clock = clock
        self._on_restarted = on_restarted
        self._faults = Faults()
        self._tried_at: dict[Fault, float] = {}

    def apply_faults(self, faults: Faults) -> None:
        self._faults = faults

    async def run(self) -> None:
        """End expired faults until cancelled."""
        while True:
            await self.end_expired()
            await self._clock.sleep(CHECK_EVERY_S)

    async def end_expired(self) -> None:
        """End the faults that are over, each at most once in RETRY_S."""
        expired = self._faults.expired_process_faults(self._clock.now())
        self._tried_at = {fault: at for fault, at in self._tried_at.items() if fault in expired}
        now = self._clock.monotonic()
        due = [f for f in expired if now - self._tried_at.get(f, -RETRY_S) >= RETRY_S]
        await asyncio.gather(*map(self._end, due))

    async def _end(self, fault: Fault) -> None:
        self._tried_at[fault] = self._clock.monotonic()
        try:
            if fault not in read_faults(self._instance).faults:
                return  # ended or replaced since the last update of the faults
            log.info("%s of %s is over", fault.name, fault.role)
            await run_in_thread(self._start_process, fault.role)
            remaining = update_faults(self._instance, lambda faults: faults.without_fault(fault))
        except (TwinError, OSError) as exc:  # the latter of the file of faults
            log.error("%s of %s is over, but could not be ended: %s", fault.name, fault.role, exc)
            return
        self._faults = remaining
        self._on_restarted(fault.role)
