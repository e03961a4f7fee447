"""Control asks for the start of each Region once."""

import asyncio
from pathlib import Path

from twin.control.process_client import RegionStarter
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance
from twin.topology.model import RegionTopology, Topology


class FakeGateway:
    """Notes the Regions that it is asked to start."""

    def __init__(self, *, away_for: int = 0) -> None:
        """Without an answer to the first `away_for` requests."""
        self.requested: list[str] = []
        self._away_for = away_for

    async def start_region(self, region: str) -> bool:
        self.requested.append(region)
        return len(self.requested) > self._away_for


class EagerClock:
    """Sleeping takes no time."""

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


async def requested_regions(instance: Instance, gateway: FakeGateway, *regions: str) -> list[str]:
    """Publish a Topology with these Regions twice; the Regions that control asked for."""
    publisher = TopologyPublisher(instance)
    starter = RegionStarter(instance, publisher, gateway.start_region, EagerClock())
    task = asyncio.get_running_loop().create_task(starter.run())
    for account in ("1", "2"):
        content = {region: RegionTopology() for region in regions}
        publisher.publish(Topology(account=account, regions=content), {})
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()
    return gateway.requested


async def test_a_region_is_asked_for_once(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)

    requested = await requested_regions(instance, FakeGateway(), "eu-central-1", "us-west-2")

    assert requested == ["eu-central-1", "us-west-2"]


async def test_a_region_that_has_run_before_is_left_alone(tmp_path: Path) -> None:
    """A killed Region stays dead until the operator starts it."""
    instance = Instance(tmp_path, 11)
    instance.region_state("us-west-2").mkdir(parents=True)

    assert await requested_regions(instance, FakeGateway(), "us-west-2") == []


async def test_a_gateway_that_is_away_is_asked_again(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)

    requested = await requested_regions(instance, FakeGateway(away_for=2), "us-west-2")

    assert requested == ["us-west-2"] * 3


async def test_a_region_that_was_empty_meanwhile_is_asked_for_again(tmp_path: Path) -> None:
    """`make up` ends the process of a Region with nothing in it."""
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    gateway = FakeGateway()
    starter = RegionStarter(Instance(tmp_path, 11), publisher, gateway.start_region, EagerClock())
    task = asyncio.get_running_loop().create_task(starter.run())
    for regions in (["us-west-2"], [], ["us-west-2"]):
        publisher.publish(Topology(regions={one: RegionTopology() for one in regions}), {})
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()

    assert gateway.requested == ["us-west-2", "us-west-2"]
