"""Which doors a stack has, and where their requests go."""

from pathlib import Path
from typing import Any

import pytest

from tools.local.front_doors.service_doors import (
    DnsDoor,
    DomainDoor,
    StaticAddressDoor,
    open_doors,
)
from twin.runtime.instance import Instance

INSTANCE = Instance(Path("/home/somebody/.twin"), 3)
IPS = ["127.75.2.106", "127.99.19.244"]
BOTH: dict[str, Any] = {
    "url": "http://127.75.2.106",
    "static_ips": IPS,
    "home_region": "eu-central-1",
    "dns": {"url": "https://api.muster.test:8443"},
}


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.75.2.106", "http://127.75.2.106"),
        ("http://127.75.2.106:8080", "http://127.75.2.106:8080"),
    ],
)
def test_requests_go_to_the_first_static_ip_at_the_stacks_port(url: str, base: str) -> None:
    assert StaticAddressDoor({"url": url, "static_ips": IPS}).base == base


def test_a_stack_with_a_domain_is_called_by_its_name_at_its_static_ip() -> None:
    (door,) = open_doors(INSTANCE, {**BOTH, "url": "https://www.muster.test", "dns": None})

    assert isinstance(door, DomainDoor)
    assert (door.base, door.address) == ("https://www.muster.test", IPS[0])


def test_the_accelerator_comes_first() -> None:
    first, second = open_doors(INSTANCE, BOTH)

    assert isinstance(first, StaticAddressDoor)
    assert isinstance(second, DnsDoor)


@pytest.mark.parametrize("without", ["dns", "static_ips"])
def test_a_door_that_the_stack_has_not_is_not_used(without: str) -> None:
    for outputs in ({**BOTH, without: None}, {k: v for k, v in BOTH.items() if k != without}):
        (door,) = open_doors(INSTANCE, outputs)
        assert isinstance(door, DnsDoor if without == "static_ips" else StaticAddressDoor)


def test_the_name_is_asked_from_a_city_near_the_home_region() -> None:
    door = DnsDoor(INSTANCE, BOTH)

    assert door.base == "https://api.muster.test:8443"
    assert door.proxy == INSTANCE.socks_address(1)
