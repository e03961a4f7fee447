"""Record sets of one name and type share one policy."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, record

COLLECTION = "0123abcd-0123-0123-0123-0123456789ab"
MEMBERS: dict[str, dict[str, Any]] = {
    "weighted": {"Weight": 1},
    "latency": {"Region": "eu-central-1"},
    "failover": {"Failover": "PRIMARY"},
    "geolocation": {"GeoLocation": {"ContinentCode": "EU"}},
    "geoproximity": {"GeoProximityLocation": {"AWSRegion": "eu-central-1"}},
    "multivalue": {"MultiValueAnswer": True},
}


def member(policy: str, identifier: str = "one", *values: str) -> dict[str, Any]:
    return record("a", *values, SetIdentifier=identifier, **MEMBERS[policy])


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


@pytest.fixture
def zone(service: FakeRoute53) -> str:
    return service.create_zone()


@pytest.mark.parametrize("policy", MEMBERS)
def test_a_simple_record_is_alone(service: FakeRoute53, zone: str, policy: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    service.change(zone, ("CREATE", member(policy)))

    assert service.refuse_change(zone, ("CREATE", record("a"))) == (
        "[RRSet with DNS name a.muster.test., type A cannot be created as other RRSets exist with "
        "the same name and type.]"
    )


@pytest.mark.parametrize("policy", MEMBERS)
def test_one_name_and_type_has_one_policy(service: FakeRoute53, zone: str, policy: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    other = "latency" if policy == "weighted" else "weighted"
    service.change(zone, ("CREATE", member(other, "other")))

    assert service.refuse_change(zone, ("CREATE", member(policy))) == (
        "[RRSet with DNS name a.muster.test., type A, SetIdentifier one cannot be created as a "
        f"non-{policy} set exists with the same name and type.]"
    )


@pytest.mark.parametrize(
    ("policy", "place", "noun"),
    [
        ("latency", "Region Name=eu-central-1", "region"),
        ("failover", "Failover=PRIMARY", "failover"),
        ("geolocation", "GeoLocation=EU", "geolocation"),
        ("geoproximity", "GeoProximityLocation=eu-central-1", "location"),
    ],
)
def test_a_place_has_one_record(
    service: FakeRoute53, zone: str, policy: str, place: str, noun: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    service.change(zone, ("CREATE", member(policy)))

    assert service.refuse_change(zone, ("CREATE", member(policy, "two"))) == (
        f"[RRSet with DNS name a.muster.test., type A, SetIdentifier two, and {place} cannot be "
        f"created because a {policy} RRSet with the same name, type and {noun} already exists.]"
    )


def test_weighted_records_have_one_ttl(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    service.change(zone, ("CREATE", member("weighted")))
    other = {**member("weighted", "two"), "TTL": 61}

    assert service.refuse_change(zone, ("CREATE", other)) == (
        "[RRSet with DNS name a.muster.test. and type A, SetIdentifier two cannot be created as "
        "weighted sets must contain the same TTL.]"
    )


@pytest.mark.parametrize("policy", ["weighted", "latency"])
def test_some_policies_take_one_value(service: FakeRoute53, zone: str, policy: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    given = member(policy, "one", "192.0.2.1", "192.0.2.2")

    assert "may have only one ResourceRecord" in service.refuse_change(zone, ("CREATE", given))


def test_policies_are_not_for_every_record(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    servers = {**member("weighted", "one", "ns.test"), "Type": "NS"}
    multivalue = {**member("multivalue", "one", "b.test"), "Type": "CNAME"}

    assert "type NS has no weighted RRSets" in service.refuse_change(zone, ("CREATE", servers))
    assert "type CNAME has no multivalue" in service.refuse_change(zone, ("CREATE", multivalue))


def test_a_multivalue_record_is_no_alias(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    given = member("multivalue")
    target = {"HostedZoneId": zone, "DNSName": "b.muster.test", "EvaluateTargetHealth": True}
    shown = {key: v for key, v in given.items() if key not in ("TTL", "ResourceRecords")}

    told = service.refuse_change(
        zone, ("CREATE", record("b")), ("CREATE", {**shown, "AliasTarget": target})
    )

    assert "a multivalue RRSet can't be an alias" in told


def test_a_group_has_at_most_100_members(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    changes = [("CREATE", member("weighted", f"n{n}")) for n in range(101)]

    assert "only 100 weighted RRSets" in service.refuse_change(zone, *changes)
    service.change(zone, *changes[1:])
