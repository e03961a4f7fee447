"""When a change of a resource is deployed: its process has it, and a delay is over.

Accelerators are IN_PROGRESS until then, changes of Route 53 PENDING. While the process does not run
they stay so. Route 53's process waits for its name servers itself, so its delay here is 0.
"""

import logging
from collections.abc import Callable

from common.clock import Clock
from twin.control.topology_publisher import TopologyPublisher

log = logging.getLogger(__name__)

RETRY_S = 1.0


class DeploymentTracker:
    """Resources whose last change is not deployed yet."""

    def __init__(
        self,
        publisher: TopologyPublisher,
        clock: Clock,
        *,
        role: str,
        delay_s: float,
        finish: Callable[[str], None],
    ) -> None:
        """`finish` takes the resource's id once its change is deployed; it may raise OSError."""
        self._publisher = publisher
        self._clock = clock
        self._role = role
        self._delay_s = delay_s
        self._mark_finished = finish
        self._pending: dict[str, int] = {}
        """Id -> Topology version that carries its last change."""

    def track(self, resource: str, version: int) -> None:
        """The resource has changed; this Topology version carries the change."""
        self._pending[resource] = version
        self._publisher.wake()

    def forget(self, resource: str) -> None:
        """The resource was deleted."""
        self._pending.pop(resource, None)

    async def run(self) -> None:
        """Finish the changes that are deployed, for ever."""
        while True:
            acknowledged = self._publisher.acknowledged.get(self._role, 0)
            ready = {id_: v for id_, v in self._pending.items() if v <= acknowledged}
            if not ready:
                await self._publisher.wait_for_event()
                continue
            await self._clock.sleep(self._delay_s)
            for resource, version in ready.items():
                # A change during the delay has a later version, and waits for that.
                if self._pending.get(resource) == version:
                    await self._finish(resource)

    async def _finish(self, resource: str) -> None:
        """Finish one; if that can't be saved, it stays pending and is tried again."""
        try:
            self._mark_finished(resource)
        except OSError as exc:
            log.error("%s can't be saved as deployed: %s", resource, exc)
            await self._clock.sleep(RETRY_S)
        else:
            del self._pending[resource]
