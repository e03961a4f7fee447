"""Each Region that has something to serve is asked for once."""

import asyncio
from pathlib import Path

from twin.control.region_starter import RegionStarter
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance
from twin.topology.model import RegionTopology, Topology


class FakeGateway:
    """Starts Regions, or is away."""

    def __init__(self, *, away_for: int = 0) -> None:
        """It does not answer the first `away_for` times."""
        self.asked: list[str] = []
        self._away_for = away_for

    async def start_region(self, region: str) -> bool:
        """Note it."""
        self.asked.append(region)
        return len(self.asked) > self._away_for


class EagerClock:
    """Sleeping takes no time."""

    def monotonic(self) -> float:
        """Not asked."""
        return 0.0

    def now(self) -> float:
        """Not asked."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Just let others run."""
        await asyncio.sleep(0)


async def asked_for(instance: Instance, gateway: FakeGateway, *regions: str) -> list[str]:
    """Publish a Topology with these Regions twice; what the gateway was asked."""
    publisher = TopologyPublisher(instance)
    starter = RegionStarter(instance, publisher, gateway, EagerClock())
    task = asyncio.get_running_loop().create_task(starter.run())
    for account in ("1", "2"):
        named = {region: RegionTopology() for region in regions}
        publisher.publish(Topology(account=account, regions=named), {})
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()
    return gateway.asked


async def test_a_region_is_asked_for_once(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)

    asked = await asked_for(instance, FakeGateway(), "eu-central-1", "us-west-2")

    assert asked == ["eu-central-1", "us-west-2"]


async def test_a_region_that_has_run_before_is_left_alone(tmp_path: Path) -> None:
    """A killed Region stays dead until the operator starts it."""
    instance = Instance(tmp_path, 11)
    instance.region_state("us-west-2").mkdir(parents=True)

    assert await asked_for(instance, FakeGateway(), "us-west-2") == []


async def test_a_gateway_that_is_away_is_asked_again(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)

    asked = await asked_for(instance, FakeGateway(away_for=2), "us-west-2")

    assert asked == ["us-west-2"] * 3
