"""Which ports the edge opens, and the problems of ports that can't be opened."""

import errno
import os

import pytest

from twin.edge.ports import (
    MAX_PORTS_PER_LISTENER,
    OpenPort,
    Ports,
    explain_open_failure,
    plan_ports,
)
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointGroup,
    PortRange,
    Topology,
)

IPS = ("127.89.2.106", "127.113.19.244")


def listener(*ranges: tuple[int, int], arn: str = "l", **other: object) -> AcceleratorListener:
    ports = tuple(PortRange(from_port=a, to_port=b) for a, b in ranges)
    return AcceleratorListener(arn=arn, port_ranges=ports, **other)  # type: ignore[arg-type]  # by name


def topology(*listeners: AcceleratorListener, enabled: bool = True) -> Topology:
    accelerator = Accelerator(arn="a", name="a", enabled=enabled, ips=IPS, listeners=listeners)
    return Topology(accelerators=(accelerator,))


def test_each_address_gets_each_port_of_each_range() -> None:
    plan = plan_ports(topology(listener((80, 80)), listener((8000, 8001), (9000, 9000), arn="m")))

    assert plan.listeners == {
        (ip, port): arn
        for ip in IPS
        for port, arn in ((80, "l"), (8000, "m"), (8001, "m"), (9000, "m"))
    }
    assert plan.problems == {}


def test_a_disabled_accelerator_opens_nothing() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    assert plan_ports(topology(listener((80, 80)), enabled=False)).listeners == {}


def test_a_udp_listener_is_a_problem() -> None:
    plan = plan_ports(topology(listener((53, 53), protocol="UDP")))

    assert plan.listeners == {}
    assert plan.problems == {"l": "the twin forwards TCP only, not UDP"}


def test_a_huge_port_range_is_truncated_with_a_problem() -> None:
    plan = plan_ports(topology(listener((1, 65535))))

    assert len(plan.listeners) == 2 * MAX_PORTS_PER_LISTENER
    assert plan.problems == {"l": "only the first 1000 of its 65535 ports are open"}


def test_a_group_in_an_unknown_region_is_a_problem() -> None:
    group = EndpointGroup(arn="g", region="eu-moon-1")

    plan = plan_ports(topology(listener((80, 80), groups=(group,))))

    assert plan.problems == {"l": "no Region that the twin knows: eu-moon-1"}
    assert len(plan.listeners) == 2


@pytest.mark.parametrize(
    ("number", "explanation"),
    [
        (errno.EACCES, "this user may not open port 80; choose a listener port from 1024 up"),
        (errno.EADDRINUSE, "another program has this address open"),
        (errno.EMFILE, "Too many open files"),
    ],
)
def test_the_problem_of_a_port_names_the_remedy(number: int, explanation: str) -> None:
    assert explain_open_failure(OSError(number, os.strerror(number)), 80) == explanation


def test_only_loopback_addresses_are_opened() -> None:
    opened: list[OpenPort] = []
    ports = Ports(on_opened=opened.append, on_closing=opened.remove)

    ports.set_wanted({("0.0.0.0", 8080): "l"})  # noqa: S104 - expected to be refused

    assert opened == []
    assert ports.problem("l") == "0.0.0.0:8080: the twin opens loopback addresses only"
