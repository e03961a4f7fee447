"""Zones of AWS's own names."""

import pytest

from twin.core.dns.hosted_zone_ids import API_GATEWAY_ZONES, may_be_alias_target
from twin.geography import REGIONS


@pytest.mark.parametrize(
    ("zone", "name", "may_be"),
    [
        ("Z1U9ULNL0V5AJ3", "d-1.execute-api.eu-central-1.amazonaws.com.", True),
        ("Z1U9ULNL0V5AJ3", "d-1.execute-api.us-west-2.amazonaws.com.", False),
        ("Z2BJ6XQ5FK7U4H", "a.awsglobalaccelerator.com.", True),
        ("Z215JYRZR1TBD5", "lb-1.eu-central-1.elb.amazonaws.com.", True),
        ("Z215JYRZR1TBD5", "127.120.9.1.", True),
        ("Z1U9ULNL0V5AJ3", "127.140.9.3.", False),
        ("Z0", "a.awsglobalaccelerator.com.", False),
    ],
)
def test_a_zone_has_the_names_of_its_service(zone: str, name: str, may_be: bool) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/elb.html"""
    assert may_be_alias_target(zone, name) is may_be


def test_every_region_has_a_zone_of_api_gateway_of_its_own() -> None:
    """https://docs.aws.amazon.com/general/latest/gr/apigateway.html"""
    found = {region.name: API_GATEWAY_ZONES[region.name] for region in REGIONS}

    assert found["us-west-2"] == "Z2OJLYMUO9EFXC"
    assert len(set(found.values())) == len(REGIONS)
    assert all(zone.isalnum() and len(zone) <= 32 for zone in found.values())
    assert all(
        may_be_alias_target(zone, f"d-1.execute-api.{region}.amazonaws.com.")
        for region, zone in found.items()
    )
