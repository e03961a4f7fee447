"""An accelerator settles once the edge has its change and the delay is over."""

import asyncio
from pathlib import Path

from twin.control.deployments import DeploymentTracker
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance
from twin.topology.model import Accelerator, Topology


class AlarmClock:
    """A clock whose sleepers wake when a test says so."""

    def __init__(self) -> None:
        """Nobody sleeps."""
        self.sleeps: list[float] = []
        self._wake = asyncio.Event()

    def monotonic(self) -> float:
        """Not asked."""
        return 0.0

    def now(self) -> float:
        """Not asked."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Until `pass_time`."""
        self.sleeps.append(seconds)
        self._wake.clear()
        await self._wake.wait()

    async def pass_time(self) -> None:
        """Wake the sleepers and let them work."""
        self._wake.set()
        await turns()


async def turns() -> None:
    """Let everything that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


class Spreading:
    """Deployments at work, with a publisher and a clock moved by hand."""

    def __init__(self, home: Path) -> None:
        """Nothing is spreading."""
        self.clock = AlarmClock()
        self.publisher = TopologyPublisher(Instance(home, 11))
        self.settled: list[str] = []
        self.deployments = DeploymentTracker(self.publisher, self.clock, 0.3, self.settled.append)
        self._number = 0

    async def __aenter__(self) -> "Spreading":
        """Run."""
        self._task = asyncio.get_running_loop().create_task(self.deployments.run())
        await turns()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        self._task.cancel()

    async def change(self, arn: str) -> int:
        """A change that makes a new version."""
        self._number += 1
        named = Accelerator(arn=arn, name=str(self._number), enabled=True, ips=())
        version = self.publisher.publish(Topology(accelerators=(named,)), {})
        self.deployments.changed(arn, version)
        await turns()
        return version

    async def acknowledge(self, version: int, role: str = "edge") -> None:
        """A role has this version."""
        self.publisher.acknowledge(role, version)
        await turns()


async def test_it_waits_for_the_edge_then_for_the_delay(tmp_path: Path) -> None:
    async with Spreading(tmp_path) as world:
        version = await world.change("a")
        await world.acknowledge(version, "region/eu-central-1")
        assert world.clock.sleeps == []

        await world.acknowledge(version)
        assert (world.clock.sleeps, world.settled) == ([0.3], [])

        await world.clock.pass_time()
        assert world.settled == ["a"]


async def test_an_older_acknowledgement_does_not_count(tmp_path: Path) -> None:
    async with Spreading(tmp_path) as world:
        first = await world.change("a")
        await world.change("a")

        await world.acknowledge(first)
        await world.clock.pass_time()

        assert world.settled == []


async def test_a_change_during_the_delay_starts_over(tmp_path: Path) -> None:
    async with Spreading(tmp_path) as world:
        await world.acknowledge(await world.change("a"))
        second = await world.change("a")
        await world.clock.pass_time()
        assert world.settled == []

        await world.acknowledge(second)
        await world.clock.pass_time()
        assert world.settled == ["a"]


async def test_a_change_that_the_topology_does_not_show_settles_too(tmp_path: Path) -> None:
    async with Spreading(tmp_path) as world:
        version = await world.change("a")
        await world.acknowledge(version)
        await world.clock.pass_time()

        world.deployments.changed("a", version)
        await turns()
        await world.clock.pass_time()

        assert world.settled == ["a", "a"]


async def test_a_deleted_accelerator_never_settles(tmp_path: Path) -> None:
    async with Spreading(tmp_path) as world:
        await world.acknowledge(await world.change("a"))
        world.deployments.forget("a")

        await world.clock.pass_time()

        assert world.settled == []


async def test_what_can_not_be_saved_is_tried_again(tmp_path: Path) -> None:
    full = [True]

    def settled(arn: str) -> None:
        if full:
            raise OSError(28, "No space left on device")
        world.settled.append(arn)

    world = Spreading(tmp_path)
    world.deployments = DeploymentTracker(world.publisher, world.clock, 0.3, settled)
    async with world:
        await world.acknowledge(await world.change("a"))
        await world.clock.pass_time()
        full.clear()
        await world.clock.pass_time()
        await world.clock.pass_time()

        assert world.settled == ["a"]
