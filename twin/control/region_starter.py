"""Starts the process of each Region with something to serve, once.

A Region that has run has a state folder. Whether its process runs after that is the operator's
decision (drills stop Regions), so control asks the gateway for a Region's first start only.
"""

from collections.abc import Awaitable, Callable

from common.clock import Clock
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance

RETRY_S = 0.5


class RegionStarter:
    """Asks for a first start of the Regions in the Topology."""

    def __init__(
        self,
        instance: Instance,
        publisher: TopologyPublisher,
        start_region: Callable[[str], Awaitable[bool]],
        clock: Clock,
    ) -> None:
        """`start_region` is False when the gateway can't be asked just now."""
        self._instance = instance
        self._publisher = publisher
        self._start_region = start_region
        self._clock = clock
        self._requested: set[str] = set()

    async def run(self) -> None:
        """Ask for each Region that has never been started, for ever."""
        while True:
            missing = self._missing_regions()
            if not missing:
                await self._publisher.wait_for_event()
                continue
            for region in missing:
                if await self._start_region(region):
                    self._requested.add(region)
                else:
                    await self._clock.sleep(RETRY_S)

    def _missing_regions(self) -> list[str]:
        return [
            region
            for region in self._publisher.current.regions
            if region not in self._requested and not self._instance.region_state(region).exists()
        ]
