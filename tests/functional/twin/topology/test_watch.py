"""How a process comes by the Topology."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.fake_control import FakeControl
from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin import codec
from twin.runtime.instance import Instance
from twin.topology.model import Topology
from twin.topology.watch import watch_topology


class Held:
    """The versions that were put in force."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.may_finish = asyncio.Event()
        self.may_finish.set()

    async def take(self, topology: Topology) -> None:
        self.versions.append(topology.version)
        await self.may_finish.wait()

    async def has(self, *versions: int) -> None:
        async def same() -> bool:
            return self.versions == list(versions)

        await async_eventually(same)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, claim_instance())


def store(instance: Instance, text: str) -> None:
    instance.topology_path.parent.mkdir(parents=True)
    instance.topology_path.write_text(text)


@contextlib.asynccontextmanager
async def following(instance: Instance) -> AsyncIterator[Held]:
    held = Held()
    feed = watch_topology(instance, "edge", SystemClock(), held.take)
    task = asyncio.get_running_loop().create_task(feed)
    try:
        yield held
        assert not task.done()
    finally:
        task.cancel()


async def test_the_stored_one_is_in_force_without_control(instance: Instance) -> None:
    store(instance, codec.dumps(Topology(version=7)))
    async with following(instance) as held:
        await held.has(7)


async def test_each_version_is_acknowledged_once_it_is_in_force(instance: Instance) -> None:
    async with FakeControl().at(instance) as control, following(instance) as held:
        held.may_finish.clear()
        control.declare(Topology(version=1))
        await held.has(1)
        assert control.asked == [("edge", 0)]

        held.may_finish.set()

        async def acknowledged() -> bool:
            return control.asked == [("edge", 0), ("edge", 1)]

        await async_eventually(acknowledged)
        control.declare(Topology(version=2))
        await held.has(1, 2)


async def test_a_control_that_comes_back_is_noticed_within_a_second(instance: Instance) -> None:
    async with following(instance) as held:
        async with FakeControl().at(instance) as control:
            control.declare(Topology(version=1))
            await held.has(1)
        async with FakeControl().at(instance) as control:
            control.declare(Topology(version=2))
            await asyncio.wait_for(held.has(1, 2), 1.5)


async def test_a_lower_version_is_taken_since_control_knows(instance: Instance) -> None:
    store(instance, codec.dumps(Topology(version=7)))
    async with FakeControl().at(instance) as control, following(instance) as held:
        control.declare(Topology(version=3))
        await held.has(7, 3)


@pytest.mark.parametrize("text", ["", "{", '{"version": "seven"}'])
async def test_a_stored_one_that_cannot_be_read_is_passed_over(
    instance: Instance, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    store(instance, text)
    async with FakeControl().at(instance) as control, following(instance) as held:
        control.declare(Topology(version=1))
        await held.has(1)

    assert f"{instance.topology_path} can't be read" in caplog.text


async def test_an_answer_that_makes_no_sense_is_asked_for_again(instance: Instance) -> None:
    async with FakeControl().at(instance) as control, following(instance) as held:
        control.garbage = True
        control.declare(Topology(version=1))

        async def asked_again() -> bool:
            return len(control.asked) > 2

        await async_eventually(asked_again)
        control.garbage = False
        await held.has(1)
