"""Finding the zone and the name of a query."""

import pytest

from tests.unit.twin.core.dns.zone_setup import NS, SOA, ZONE, a_record, hosted_zone
from twin.core.dns.names import parse_domain_name
from twin.core.dns.zones import IndexedZone, build_dns_index, index_zone
from twin.topology.route53 import HostedZone, ResourceRecordSet, Route53Topology


def found(zone: IndexedZone, name: str) -> list[str] | None:
    """Values of the A records of the name; None if the name does not exist."""
    groups = zone.find(parse_domain_name(name))
    if groups is None:
        return None
    return [v for record in groups["A"].members for v in record.values] if "A" in groups else []


def test_a_wildcard_answers_below_its_parent_at_every_depth_and_not_for_it() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    zone = index_zone(hosted_zone(a_record("192.0.2.1", r"\052.z.muster.test.")))

    assert found(zone, "a.z.muster.test") == ["192.0.2.1"]
    assert found(zone, "b.a.z.muster.test") == ["192.0.2.1"]
    assert found(zone, "z.muster.test") == []
    assert found(zone, "a.muster.test") is None


def test_a_name_with_records_of_any_type_is_not_covered_by_a_wildcard() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    zone = index_zone(
        hosted_zone(
            a_record("192.0.2.1", "*.z.muster.test."),
            ResourceRecordSet(name="a.z.muster.test.", type="TXT", ttl_s=60, values=('"x"',)),
        )
    )

    assert found(zone, "a.z.muster.test") == []
    assert found(zone, "b.a.z.muster.test") is None
    assert found(zone, "c.z.muster.test") == ["192.0.2.1"]


def test_a_star_inside_a_name_is_a_character_like_others() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    zone = index_zone(hosted_zone(a_record("192.0.2.1", "a.*.muster.test.")))

    assert found(zone, "a.b.muster.test") is None
    assert found(zone, "a.*.muster.test") == ["192.0.2.1"]


def test_a_name_that_only_has_names_below_it_exists() -> None:
    """https://www.rfc-editor.org/rfc/rfc4592#section-2.2.2"""
    zone = index_zone(
        hosted_zone(
            a_record("192.0.2.1", "a.b.c.muster.test."), a_record("192.0.2.2", "*.muster.test.")
        )
    )

    assert found(zone, "b.c.muster.test") == []
    assert found(zone, "c.muster.test") == []
    assert found(zone, "x.c.muster.test") is None
    assert found(zone, "x.muster.test") == ["192.0.2.2"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("muster.test", "Z1"),
        ("a.muster.test", "Z1"),
        ("sub.muster.test", "Z2"),
        ("a.b.sub.muster.test", "Z2"),
        ("xsub.muster.test", "Z1"),
    ],
)
def test_the_zone_with_the_longest_name_answers(name: str, expected: str) -> None:
    zones = (
        HostedZone(id="Z1", name="muster.test."),
        HostedZone(id="Z2", name="sub.muster.test."),
    )
    zone = build_dns_index(Route53Topology(zones=zones)).find_zone(parse_domain_name(name))

    assert zone is not None
    assert zone.id == expected


def test_a_name_outside_of_all_zones_has_none() -> None:
    index = build_dns_index(Route53Topology(zones=(HostedZone(id="Z1", name="muster.test."),)))

    assert index.find_zone(parse_domain_name("test")) is None
    assert index.find_zone(parse_domain_name("notmuster.test")) is None


def test_of_two_zones_with_one_name_the_first_answers() -> None:
    zones = (HostedZone(id="Z1", name=ZONE), HostedZone(id="Z2", name=ZONE))
    index = build_dns_index(Route53Topology(zones=zones))

    assert index.zones[(b"muster", b"test")].id == "Z1"
    assert set(index.zones_by_id) == {"Z1", "Z2"}


@pytest.mark.parametrize(("ttl_s", "expected"), [(900, 900), (100000, 86400), (5, 5)])
def test_a_denial_is_kept_for_the_lower_of_ttl_and_minimum(ttl_s: int, expected: int) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    soa = ResourceRecordSet(name=ZONE, type="SOA", ttl_s=ttl_s, values=SOA.values)
    denial = index_zone(HostedZone(id="Z", name=ZONE, records=(soa, NS))).denial

    assert denial is not None
    assert denial.ttl_s == expected


def test_a_zone_without_records_has_its_apex() -> None:
    zone = index_zone(HostedZone(id="Z", name=ZONE))

    assert zone.find((b"muster", b"test")) == {}
    assert zone.denial is None
    assert zone.name_servers is None


def test_the_highest_delegation_counts() -> None:
    def delegation(name: str) -> ResourceRecordSet:
        return ResourceRecordSet(name=name, type="NS", ttl_s=60, values=("ns.other.test.",))

    zone = index_zone(hosted_zone(delegation("sub.muster.test."), delegation("a.sub.muster.test.")))

    assert zone.find_cut(parse_domain_name("x.a.sub.muster.test")) == (b"sub", b"muster", b"test")
    assert zone.find_cut(parse_domain_name("muster.test")) is None
