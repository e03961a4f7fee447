"""Record sets of one name and type, and their policy."""

import pytest

from tests.unit.twin.core.dns.zone_setup import RecordFields, a_record
from twin.core.dns.record_groups import RoutingPolicy, group_records, policy_of
from twin.topology.route53 import CidrLocation, GeoLocation, GeoProximity


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        ({}, RoutingPolicy.SIMPLE),
        ({"weight": 0}, RoutingPolicy.WEIGHTED),
        ({"region": "us-west-2"}, RoutingPolicy.LATENCY),
        ({"failover": "PRIMARY"}, RoutingPolicy.FAILOVER),
        ({"geo": GeoLocation(country="*")}, RoutingPolicy.GEOLOCATION),
        ({"proximity": GeoProximity(region="us-west-2")}, RoutingPolicy.GEOPROXIMITY),
        ({"multivalue": True}, RoutingPolicy.MULTIVALUE),
        ({"cidr": CidrLocation(collection_id="c", name="*")}, RoutingPolicy.IP_BASED),
    ],
    ids=lambda value: value.name if isinstance(value, RoutingPolicy) else "",
)
def test_the_policy_follows_from_the_member(fields: RecordFields, policy: RoutingPolicy) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html"""
    assert policy_of(a_record("192.0.2.1", **fields)) is policy


def test_records_are_grouped_by_name_and_type() -> None:
    groups = group_records(
        [
            a_record("192.0.2.1", "a.test.", weight=1),
            a_record("192.0.2.2", "A.test", weight=2),
            a_record("::1", "a.test.", type="AAAA"),
            a_record("192.0.2.3", "b.test."),
        ]
    )

    found = {(name, kind): len(g.members) for name, of in groups.items() for kind, g in of.items()}
    assert found == {
        ((b"a", b"test"), "A"): 2,
        ((b"a", b"test"), "AAAA"): 1,
        ((b"b", b"test"), "A"): 1,
    }
