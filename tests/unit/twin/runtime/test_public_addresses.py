"""A SOCKS entrance leads to what serves everybody, and to nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.runtime.instance import Instance
from twin.runtime.public_addresses import is_public_address
from twin.runtime.roles import CORE_ROLES, internal_address

INSTANCE = Instance(Path("home"), 3)
REGION = "eu-central-1"


@pytest.mark.parametrize(
    "address",
    [
        *INSTANCE.static_ips(0),
        INSTANCE.load_balancer_address(REGION, 1),
        INSTANCE.api_gateway_address(REGION),
        *(host for host, _ in INSTANCE.name_server_addresses),
        INSTANCE.resolver_address(7)[0],
    ],
)
def test_what_serves_everybody_is_public(address: str) -> None:
    assert is_public_address(INSTANCE, address)


@pytest.mark.parametrize(
    "address",
    [
        *(internal_address(INSTANCE, role)[0] for role in CORE_ROLES),
        INSTANCE.region_address(REGION)[0],
        INSTANCE.runtime_api_address(REGION)[0],
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "",
        "127.0.0.1",
        "0177.0.0.1",
    ],
)
def test_what_serves_its_owner_or_is_elsewhere_is_not(address: str) -> None:
    assert not is_public_address(INSTANCE, address)


@given(st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_address_is_that_of_two_twins(address: object) -> None:
    other = Instance(Path("other"), 4)
    of_both = [is_public_address(twin, str(address)) for twin in (INSTANCE, other)]

    assert not all(of_both)
