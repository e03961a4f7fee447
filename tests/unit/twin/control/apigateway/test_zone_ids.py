"""Hosted zone ids of API Gateway."""

from twin.control.apigateway.zone_ids import hosted_zone_id
from twin.geography import REGIONS


def test_every_region_has_a_zone_id_of_its_own() -> None:
    """https://docs.aws.amazon.com/general/latest/gr/apigateway.html"""
    found = {region.name: hosted_zone_id(region.name) for region in REGIONS}

    assert found["us-west-2"] == "Z2OJLYMUO9EFXC"
    assert len(set(found.values())) == len(REGIONS)
    assert all(zone.isalnum() and len(zone) <= 32 for zone in found.values())
