"""What a Topology holds, when it gets a new version, and which poll gets it."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.full_disk import file_size_limit
from twin import codec
from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.control.topology_publisher import TopologyPublisher, build_topology, load_balancers_by_arn
from twin.runtime.instance import Instance
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    LoadBalancer,
    PortOverride,
    PortRange,
    RegionTopology,
    Topology,
)

EMPTY = Topology()
ONE = Topology(accelerators=(Accelerator(arn="a", name="a", enabled=True, ips=("127.0.0.2",)),))

UNUSABLE = Topology(accelerators=(replace(ONE.accelerators[0], ips=(1,)),))  # type: ignore[arg-type]


def on_disk(instance: Instance) -> Topology:
    """The Topology that edge and Regions would start with."""
    return codec.loads(Topology, instance.topology_path.read_bytes())


async def test_the_first_publication_is_version_1_even_when_empty(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)

    version = TopologyPublisher(instance).publish(EMPTY, {})

    assert version == 1
    assert on_disk(instance) == Topology(version=1)


async def test_the_same_content_is_published_once(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))

    versions = [publisher.publish(content, {}) for content in (EMPTY, EMPTY, ONE, ONE, EMPTY)]

    assert versions == [1, 1, 2, 2, 3]


async def test_a_topology_whose_code_can_not_be_written_is_published_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    instance = Instance(tmp_path, 11)
    publisher = TopologyPublisher(instance)
    publisher.publish(EMPTY, {})
    codes = {"5a" * 32: bytes(1_000_000)}

    with file_size_limit(100_000):
        assert publisher.publish(ONE, codes) == 1
    assert on_disk(instance) == Topology(version=1)
    assert "Topology 1 stays in force until the next change: [Errno 27]" in caplog.text
    assert list(instance.code_path("").parent.iterdir()) == []

    assert publisher.publish(ONE, codes) == 2
    assert instance.code_path("5a" * 32).read_bytes() == bytes(1_000_000)


async def test_a_topology_that_can_not_be_stored_is_served_from_memory(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    publisher = TopologyPublisher(instance)
    publisher.publish(EMPTY, {})
    instance.topology_path.unlink()
    instance.topology_path.mkdir()  # no file can be renamed to it

    version = publisher.publish(ONE, {})

    assert await publisher.wait_for_newer(version - 1, 1.0) == replace(ONE, version=2)


async def test_the_text_is_that_of_the_current_topology(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    publisher = TopologyPublisher(instance)

    for change in (
        lambda: publisher.publish(ONE, {}),
        lambda: publisher.acknowledge("edge", 41),
        lambda: publisher.publish(UNUSABLE, {}),
    ):
        change()
        assert publisher.text == codec.dumps(publisher.current)
    assert TopologyPublisher(instance).text == publisher.text
    assert publisher.current == replace(ONE, version=42)


async def test_versions_go_on_after_a_restart(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    TopologyPublisher(instance).publish(ONE, {})

    again = TopologyPublisher(instance)

    assert again.publish(ONE, {}) == 1
    assert again.publish(EMPTY, {}) == 2


async def test_code_is_there_before_the_topology_that_names_it(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    sha = hashlib.sha256(b"zip").hexdigest()

    TopologyPublisher(instance).publish(EMPTY, {sha: b"zip"})

    assert instance.code_path(sha).read_bytes() == b"zip"


@pytest.mark.parametrize("damage", [b"", b"zap", None])
async def test_a_restart_writes_damaged_code_again(tmp_path: Path, damage: bytes | None) -> None:
    instance = Instance(tmp_path, 11)
    sha = hashlib.sha256(b"zip").hexdigest()
    TopologyPublisher(instance).publish(ONE, {sha: b"zip"})
    path = instance.code_path(sha)
    path.unlink() if damage is None else path.write_bytes(damage)

    assert TopologyPublisher(instance).publish(ONE, {sha: b"zip"}) == 1

    assert path.read_bytes() == b"zip"


async def test_a_poll_gets_what_is_newer_at_once(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    publisher.publish(ONE, {})

    assert (await publisher.wait_for_newer(0, 5.0)) == publisher.current


async def test_a_poll_without_news_ends(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    publisher.publish(ONE, {})

    assert await publisher.wait_for_newer(1, 0.01) is None


async def test_a_waiting_poll_gets_the_next_version(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    publisher.publish(EMPTY, {})

    async with asyncio.TaskGroup() as tasks:
        polls = [tasks.create_task(publisher.wait_for_newer(1, 5.0)) for _ in range(3)]
        await asyncio.sleep(0)
        publisher.acknowledge("edge", 1)  # an acknowledgement is no publication
        await asyncio.sleep(0)
        publisher.publish(ONE, {})

    assert [poll.result() for poll in polls] == [publisher.current] * 3


async def test_closing_ends_all_polls(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    publisher.publish(EMPTY, {})

    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(publisher.wait_for_newer(1, 60.0))
        await asyncio.sleep(0)
        publisher.close()

    assert poll.result() is None


async def test_a_running_role_is_waited_for_until_it_has_a_version(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    version = publisher.publish(EMPTY, {})
    publisher.acknowledge("region/a", 0)

    await publisher.wait_for_role("region/never-heard-of", version, 60.0)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(publisher.wait_for_role("region/a", version, 60.0))
        await asyncio.sleep(0)
        assert not waiting.done()
        publisher.acknowledge("region/a", version)


async def test_a_role_that_does_not_follow_counts_as_not_running(tmp_path: Path) -> None:
    publisher = TopologyPublisher(Instance(tmp_path, 11))
    version = publisher.publish(EMPTY, {})
    publisher.acknowledge("region/a", 0)

    await publisher.wait_for_role("region/a", version, 0.01)

    assert publisher.acknowledged == {}


async def test_a_poller_ahead_of_control_lifts_the_version(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    publisher = TopologyPublisher(instance)
    publisher.publish(ONE, {})

    publisher.acknowledge("edge", 41)

    assert publisher.current.version == 42
    assert on_disk(instance) == publisher.current
    assert publisher.acknowledged == {}


async def test_a_broken_file_is_published_anew(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    instance.topology_path.parent.mkdir(parents=True)
    instance.topology_path.write_text("{")

    assert TopologyPublisher(instance).publish(ONE, {}) == 1
    assert on_disk(instance).accelerators == ONE.accelerators


async def test_a_broken_file_is_replaced_when_nothing_is_left_to_publish(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 11)
    instance.topology_path.parent.mkdir(parents=True)
    instance.topology_path.write_bytes(b"\xa7\xff")

    TopologyPublisher(instance).publish(EMPTY, {})

    assert on_disk(instance) == Topology(version=1)


ENDPOINT = EndpointConfiguration(id="lb", weight=7, client_ip_preservation=False)
OVERRIDE = PortOverride(listener_port=80, endpoint_port=8080)
GROUP = EndpointGroup(
    arn="g", region="eu-central-1", endpoints=(ENDPOINT,), dial=12.5, port_overrides=(OVERRIDE,)
)
LISTENER = AcceleratorListener(
    arn="l",
    port_ranges=(PortRange(from_port=80, to_port=81),),
    client_affinity="SOURCE_IP",
    groups=(GROUP,),
)
ACCELERATOR = AcceleratorRecord(
    arn="a",
    name="mine",
    enabled=False,
    ordinal=3,
    dns_name="a.awsglobalaccelerator.com",
    created=1.0,
    modified=2.0,
    listeners=(LISTENER,),
)
BALANCER = LoadBalancer(arn="lb", name="lb", address="127.131.9.1", scheme="internet-facing")
REGIONS = {"eu-central-1": RegionTopology(load_balancers=(BALANCER,))}


def test_everything_that_routes_is_in_the_topology() -> None:
    built = build_topology(
        "123456789012",
        REGIONS,
        ServiceState(accelerators=(ACCELERATOR,)),
        lambda ordinal: (f"127.75.0.{ordinal}", f"127.99.0.{ordinal}"),
    )

    accelerator = built.accelerators[0]
    assert (accelerator.name, accelerator.enabled) == ("mine", False)
    assert accelerator.ips == ("127.75.0.3", "127.99.0.3")
    listener = accelerator.listeners[0]
    assert listener.port_ranges == LISTENER.port_ranges
    assert listener.client_affinity == "SOURCE_IP"
    group = listener.groups[0]
    assert (group.region, group.dial) == ("eu-central-1", 12.5)
    assert group.endpoints == (ENDPOINT,)
    assert group.port_overrides == (OVERRIDE,)
    assert built.regions == REGIONS


def test_load_balancers_are_found_by_arn() -> None:
    load_balancers = load_balancers_by_arn(REGIONS)

    facts = load_balancers["lb"]
    assert (facts.region, facts.scheme) == ("eu-central-1", "internet-facing")
    assert "other" not in load_balancers
