"""Which ports the edge opens."""

from twin.edge.ports import MAX_PORTS_PER_LISTENER, plan_ports
from twin.topology.model import Accelerator, AcceleratorListener, EndpointGroup, PortRange, Topology

IPS = ("127.89.2.106", "127.113.19.244")


def listener(*ranges: tuple[int, int], arn: str = "l", **other: object) -> AcceleratorListener:
    ports = tuple(PortRange(from_port=a, to_port=b) for a, b in ranges)
    return AcceleratorListener(arn=arn, port_ranges=ports, **other)  # type: ignore[arg-type]  # by name


def topology(*listeners: AcceleratorListener, enabled: bool = True) -> Topology:
    accelerator = Accelerator(arn="a", name="a", enabled=enabled, ips=IPS, listeners=listeners)
    return Topology(accelerators=(accelerator,))


def test_each_address_gets_each_port_of_each_range() -> None:
    plan = plan_ports(topology(listener((80, 80)), listener((8000, 8001), (9000, 9000), arn="m")))

    assert plan.places == {
        (ip, port): arn
        for ip in IPS
        for port, arn in ((80, "l"), (8000, "m"), (8001, "m"), (9000, "m"))
    }
    assert plan.problems == {}


def test_a_disabled_accelerator_opens_nothing() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    assert plan_ports(topology(listener((80, 80)), enabled=False)).places == {}


def test_udp_is_told_to_be_missing() -> None:
    plan = plan_ports(topology(listener((53, 53), protocol="UDP")))

    assert plan.places == {}
    assert plan.problems == {"l": "the twin forwards TCP only, not UDP"}


def test_a_huge_range_is_cut_and_says_so() -> None:
    plan = plan_ports(topology(listener((1, 65535))))

    assert len(plan.places) == 2 * MAX_PORTS_PER_LISTENER
    assert plan.problems == {"l": "only the first 1000 of its 65535 ports are open"}


def test_a_group_in_a_region_that_nobody_knows_is_named() -> None:
    group = EndpointGroup(arn="g", region="eu-moon-1")

    plan = plan_ports(topology(listener((80, 80), groups=(group,))))

    assert plan.problems == {"l": "no Region that the twin knows: eu-moon-1"}
    assert len(plan.places) == 2
