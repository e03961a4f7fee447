"""The Topology on disk."""

from pathlib import Path

import pytest

from twin import codec
from twin.errors import CodecError
from twin.runtime.instance import Instance
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    PortRange,
    RegionTopology,
    TargetGroup,
    TargetHealthCheck,
    Topology,
)
from twin.topology.store import read_topology, write_topology

CHECK = TargetHealthCheck(
    enabled=True,
    path="/health",
    interval_s=5.0,
    timeout_s=2.0,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200-299",
)
TOPOLOGY = Topology(
    version=7,
    accelerators=(
        Accelerator(
            arn="a",
            name="ü",
            enabled=True,
            ips=("127.75.0.1", "127.99.0.1"),
            listeners=(
                AcceleratorListener(arn="l", port_ranges=(PortRange(from_port=1, to_port=2),)),
            ),
        ),
    ),
    regions={
        "eu-central-1": RegionTopology(
            target_groups=(
                TargetGroup(arn="g", name="g", target_type="lambda", health_check=CHECK),
            )
        )
    },
)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "home", 11)


def test_before_the_first_publication_there_is_none(instance: Instance) -> None:
    assert read_topology(instance) is None


def test_what_was_written_is_read(instance: Instance) -> None:
    write_topology(instance, codec.dumps(Topology(version=6)))
    write_topology(instance, codec.dumps(TOPOLOGY))

    assert read_topology(instance) == TOPOLOGY
    assert [path.name for path in instance.topology_path.parent.iterdir()] == [
        instance.topology_path.name
    ]


@pytest.mark.parametrize("text", ["", "{", '{"version": "seven"}'])
def test_a_broken_file_is_an_error(instance: Instance, text: str) -> None:
    instance.topology_path.parent.mkdir(parents=True)
    instance.topology_path.write_text(text)

    with pytest.raises(CodecError):
        read_topology(instance)
