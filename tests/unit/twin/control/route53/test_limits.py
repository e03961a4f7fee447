"""Quotas."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53


@pytest.mark.parametrize(
    ("kind", "value", "count"),
    [
        ("MAX_HEALTH_CHECKS_BY_OWNER", 200, 1),
        ("MAX_HOSTED_ZONES_BY_OWNER", 500, 1),
        ("MAX_REUSABLE_DELEGATION_SETS_BY_OWNER", 100, 0),
        ("MAX_TRAFFIC_POLICIES_BY_OWNER", 50, 0),
        ("MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER", 5, 0),
    ],
)
def test_quotas_of_the_account_are_told(kind: str, value: int, count: int) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetAccountLimit.html"""
    service = FakeRoute53()
    service.create_zone()
    service.create_check()

    told = service.call("GetAccountLimit", Type=kind)

    assert told == {"Limit": {"Type": kind, "Value": value}, "Count": count}


def test_quotas_of_a_zone_are_told() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZoneLimit.html"""
    service = FakeRoute53()
    zone = service.create_zone()

    told = service.call("GetHostedZoneLimit", HostedZoneId=zone, Type="MAX_RRSETS_BY_ZONE")

    assert told == {"Limit": {"Type": "MAX_RRSETS_BY_ZONE", "Value": 10000}, "Count": 2}
    service.refuse(
        "HostedZoneNotPrivate",
        "GetHostedZoneLimit",
        HostedZoneId=zone,
        Type="MAX_VPCS_ASSOCIATED_BY_ZONE",
    )
