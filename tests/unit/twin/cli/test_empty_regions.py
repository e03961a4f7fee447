"""Regions with nothing in them lose their processes, and no other Region does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from common.clock import SystemClock
from twin import codec
from twin.cli.empty_regions import RegionEnder
from twin.cli.progress import Progress
from twin.internal_api.schemas import FunctionStatus, RegionStatus, TableStatus
from twin.runtime.instance import Instance
from twin.topology.model import RegionTopology, Topology
from twin.topology.store import write_topology

OHIO = "us-east-2"
EMPTY = RegionStatus(region=OHIO, topology_version=4)


def table_log(instance: Instance) -> Path:
    return instance.region_state(OHIO) / "tables" / "log-00000001"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A twin in which the Region has been started."""
    instance = Instance(tmp_path, 0)
    table_log(instance).parent.mkdir(parents=True)
    table_log(instance).write_text("header")
    publish(instance)
    return instance


def publish(instance: Instance, *regions: str) -> None:
    topology = Topology(version=4, regions={region: RegionTopology() for region in regions})
    write_topology(instance, codec.dumps(topology))


def end_if_empty(
    instance: Instance,
    status: RegionStatus | None,
    on_stop: Callable[[], object] = lambda: None,
) -> list[str]:
    """What was done and told."""
    done: list[str] = []

    def stop(role: str) -> None:
        done.append(f"stop {role}")
        on_stop()

    RegionEnder(
        instance,
        Progress(SystemClock(), write=lambda line: done.append(" ".join(line.split()))),
        read_status=lambda _region: status,
        stop=stop,
        start=lambda role: done.append(f"start {role}"),
    ).end_if_empty(OHIO)
    return done


def test_the_process_of_an_empty_region_is_ended_and_its_state_removed(instance: Instance) -> None:
    done = end_if_empty(instance, EMPTY)

    assert done == [
        "stop region/us-east-2",
        "region/us-east-2 ended: nothing is deployed there",
    ]
    assert not instance.region_state(OHIO).exists()


@pytest.mark.parametrize(
    "status",
    [
        None,
        RegionStatus(region=OHIO, topology_version=4, functions=(FunctionStatus(name="f"),)),
        RegionStatus(region=OHIO, topology_version=4, tables=(TableStatus(name="t", items=0),)),
    ],
)
def test_a_region_with_something_in_it_and_one_that_is_silent_are_left_alone(
    instance: Instance, status: RegionStatus | None
) -> None:
    assert end_if_empty(instance, status) == []
    assert table_log(instance).exists()


def test_a_region_that_control_deploys_to_is_left_alone(instance: Instance) -> None:
    """Its process may not have the resources yet."""
    publish(instance, OHIO)

    assert end_if_empty(instance, EMPTY) == []


def test_a_table_that_is_made_meanwhile_is_kept(instance: Instance) -> None:
    done = end_if_empty(
        instance, EMPTY, on_stop=lambda: table_log(instance).write_text("header, a table")
    )

    assert done == ["stop region/us-east-2", "start region/us-east-2"]
    assert table_log(instance).read_text() == "header, a table"
