"""Sees to it that each Region with something to serve has its process, once.

A Region that has ever run has a folder of its own; what becomes of its process afterwards is the
operator's to decide (that is what drills are for), so control asks for a first start only.
"""

from typing import Protocol

from common.clock import Clock
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance

RETRY_S = 0.5


class Starter(Protocol):
    """Who starts a Region's process."""

    async def start_region(self, region: str) -> bool:
        """False when the one to ask does not answer just now."""
        ...


class RegionStarter:
    """Follows the Topology and asks for the Regions that it names."""

    def __init__(
        self, instance: Instance, publisher: TopologyPublisher, starter: Starter, clock: Clock
    ) -> None:
        """Ask `starter`."""
        self._instance = instance
        self._publisher = publisher
        self._starter = starter
        self._clock = clock
        self._asked: set[str] = set()

    async def run(self) -> None:
        """Ask for each Region that was never started, for ever."""
        while True:
            missing = self._missing()
            if not missing:
                await self._publisher.news()
                continue
            for region in missing:
                if await self._starter.start_region(region):
                    self._asked.add(region)
                else:
                    await self._clock.sleep(RETRY_S)

    def _missing(self) -> list[str]:
        return [
            region
            for region in self._publisher.current.regions
            if region not in self._asked and not self._instance.region_state(region).exists()
        ]
