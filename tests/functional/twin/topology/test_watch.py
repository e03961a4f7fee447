"""How a process follows the Topology."""

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


class AppliedVersions:
    """A callback that records the versions put in force."""

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.may_finish = asyncio.Event()
        self.may_finish.set()

    async def apply(self, topology: Topology) -> None:
        self.versions.append(topology.version)
        await self.may_finish.wait()

    async def become(self, *versions: int) -> None:
        async def equal() -> bool:
            return self.versions == list(versions)

        await async_eventually(equal)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, claim_instance())


def store(instance: Instance, text: str) -> None:
    instance.topology_path.parent.mkdir(parents=True)
    instance.topology_path.write_text(text)


@contextlib.asynccontextmanager
async def watching(instance: Instance) -> AsyncIterator[AppliedVersions]:
    applied = AppliedVersions()
    watch = watch_topology(instance, "edge", SystemClock(), applied.apply)
    task = asyncio.get_running_loop().create_task(watch)
    try:
        yield applied
        assert not task.done()
    finally:
        task.cancel()


async def test_the_stored_topology_is_in_force_without_control(instance: Instance) -> None:
    store(instance, codec.dumps(Topology(version=7)))
    async with watching(instance) as applied:
        await applied.become(7)


async def test_each_version_is_acknowledged_once_it_is_in_force(instance: Instance) -> None:
    async with FakeControl().serving_at(instance) as control, watching(instance) as applied:
        applied.may_finish.clear()
        control.publish(Topology(version=1))
        await applied.become(1)
        assert control.polls == [("edge", 0)]

        applied.may_finish.set()

        async def acknowledged() -> bool:
            return control.polls == [("edge", 0), ("edge", 1)]

        await async_eventually(acknowledged)
        control.publish(Topology(version=2))
        await applied.become(1, 2)


async def test_a_control_that_comes_back_is_noticed_within_a_second(instance: Instance) -> None:
    async with watching(instance) as applied:
        async with FakeControl().serving_at(instance) as control:
            control.publish(Topology(version=1))
            await applied.become(1)
        async with FakeControl().serving_at(instance) as control:
            control.publish(Topology(version=2))
            await asyncio.wait_for(applied.become(1, 2), 1.5)


async def test_a_lower_version_of_control_is_applied(instance: Instance) -> None:
    store(instance, codec.dumps(Topology(version=7)))
    async with FakeControl().serving_at(instance) as control, watching(instance) as applied:
        control.publish(Topology(version=3))
        await applied.become(7, 3)


@pytest.mark.parametrize("text", ["", "{", '{"version": "seven"}'])
async def test_an_unreadable_stored_topology_is_ignored(
    instance: Instance, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    store(instance, text)
    async with FakeControl().serving_at(instance) as control, watching(instance) as applied:
        control.publish(Topology(version=1))
        await applied.become(1)

    assert f"{instance.topology_path} can't be read" in caplog.text


async def test_a_folder_in_the_stored_topology_s_place_is_ignored(instance: Instance) -> None:
    instance.topology_path.mkdir(parents=True)
    async with FakeControl().serving_at(instance) as control, watching(instance) as applied:
        control.publish(Topology(version=3))
        await applied.become(3)


async def test_a_garbage_answer_is_asked_for_again(instance: Instance) -> None:
    async with FakeControl().serving_at(instance) as control, watching(instance) as applied:
        control.answers_garbage = True
        control.publish(Topology(version=1))

        async def asked_again() -> bool:
            return len(control.polls) > 2

        await async_eventually(asked_again)
        control.answers_garbage = False
        await applied.become(1)
