"""An accelerator is DEPLOYED once the edge has its change and the delay is over."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from twin.control.deployment_tracker import DeploymentTracker
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance
from twin.topology.model import Accelerator, Topology


class AlarmClock:
    """A clock whose sleepers wake when a test calls `pass_time`."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self._wake = asyncio.Event()

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Wait for `pass_time`."""
        self.sleeps.append(seconds)
        self._wake.clear()
        await self._wake.wait()

    async def pass_time(self) -> None:
        """Wake the sleepers and let them work."""
        self._wake.set()
        await run_tasks()


async def run_tasks() -> None:
    """Let all tasks run until they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


def make_tracker(
    publisher: TopologyPublisher, clock: AlarmClock, finish: Callable[[str], None]
) -> DeploymentTracker:
    """A tracker of what the edge has."""
    return DeploymentTracker(publisher, clock, role="edge", delay_s=0.3, finish=finish)


class RunningTracker:
    """A running DeploymentTracker, with a publisher and a clock moved by hand."""

    def __init__(self, home: Path) -> None:
        self.clock = AlarmClock()
        self.publisher = TopologyPublisher(Instance(home, 11))
        self.deployed: list[str] = []
        self.tracker = make_tracker(self.publisher, self.clock, self.deployed.append)
        self._number = 0

    async def __aenter__(self) -> "RunningTracker":
        self._task = asyncio.get_running_loop().create_task(self.tracker.run())
        await run_tasks()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def change(self, arn: str) -> int:
        """Publish a change of the accelerator; its version."""
        self._number += 1
        named = Accelerator(arn=arn, name=str(self._number), enabled=True, ips=())
        version = self.publisher.publish(Topology(accelerators=(named,)), {})
        self.tracker.track(arn, version)
        await run_tasks()
        return version

    async def acknowledge(self, version: int, role: str = "edge") -> None:
        """The role has this version in force."""
        self.publisher.acknowledge(role, version)
        await run_tasks()


async def test_it_waits_for_the_edge_then_for_the_delay(tmp_path: Path) -> None:
    async with RunningTracker(tmp_path) as tracker:
        version = await tracker.change("a")
        await tracker.acknowledge(version, "region/eu-central-1")
        assert tracker.clock.sleeps == []

        await tracker.acknowledge(version)
        assert (tracker.clock.sleeps, tracker.deployed) == ([0.3], [])

        await tracker.clock.pass_time()
        assert tracker.deployed == ["a"]


async def test_an_older_acknowledgement_does_not_count(tmp_path: Path) -> None:
    async with RunningTracker(tmp_path) as tracker:
        first = await tracker.change("a")
        await tracker.change("a")

        await tracker.acknowledge(first)
        await tracker.clock.pass_time()

        assert tracker.deployed == []


async def test_a_change_during_the_delay_starts_over(tmp_path: Path) -> None:
    async with RunningTracker(tmp_path) as tracker:
        await tracker.acknowledge(await tracker.change("a"))
        second = await tracker.change("a")
        await tracker.clock.pass_time()
        assert tracker.deployed == []

        await tracker.acknowledge(second)
        await tracker.clock.pass_time()
        assert tracker.deployed == ["a"]


async def test_a_change_without_a_new_version_is_deployed_too(tmp_path: Path) -> None:
    async with RunningTracker(tmp_path) as tracker:
        version = await tracker.change("a")
        await tracker.acknowledge(version)
        await tracker.clock.pass_time()

        tracker.tracker.track("a", version)
        await run_tasks()
        await tracker.clock.pass_time()

        assert tracker.deployed == ["a", "a"]


async def test_a_deleted_accelerator_is_not_marked(tmp_path: Path) -> None:
    async with RunningTracker(tmp_path) as tracker:
        await tracker.acknowledge(await tracker.change("a"))
        tracker.tracker.forget("a")

        await tracker.clock.pass_time()

        assert tracker.deployed == []


async def test_a_status_that_can_not_be_saved_is_tried_again(tmp_path: Path) -> None:
    disk_is_full = [True]

    def mark_deployed(arn: str) -> None:
        if disk_is_full:
            raise OSError(28, "No space left on device")
        tracker.deployed.append(arn)

    tracker = RunningTracker(tmp_path)
    tracker.tracker = make_tracker(tracker.publisher, tracker.clock, mark_deployed)
    async with tracker:
        await tracker.acknowledge(await tracker.change("a"))
        await tracker.clock.pass_time()
        disk_is_full.clear()
        await tracker.clock.pass_time()
        await tracker.clock.pass_time()

        assert tracker.deployed == ["a"]
