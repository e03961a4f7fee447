"""Batches of changes: all or nothing, and what Route 53 says of each change that it refuses."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, alias, record


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


@pytest.fixture
def zone(service: FakeRoute53) -> str:
    return service.create_zone()


def test_one_bad_change_leaves_all_as_it_was(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    service.change(zone, ("CREATE", record("a")))

    told = service.refuse_change(zone, ("CREATE", record("b")), ("CREATE", record("a")))

    assert told == (
        "[Tried to create resource record set [name='a.muster.test.', type='A'] but it already "
        "exists]"
    )
    assert service.names(zone) == [("a.muster.test.", "A")]


def test_every_problem_is_told(service: FakeRoute53, zone: str) -> None:
    told = service.refuse_change(
        zone, ("CREATE", record("a", "192.0.2")), ("DELETE", record("b")), ("CREATE", record("b"))
    )

    assert told == (
        "[Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid "
        "IPv4 address) encountered with '192.0.2', Tried to delete resource record set "
        "[name='b.muster.test.', type='A'] but it was not found]"
    )


def test_upsert_creates_or_replaces(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_Change.html"""
    service.change(zone, ("UPSERT", record("a", "192.0.2.1")))
    service.change(zone, ("UPSERT", record("a", "192.0.2.2")))

    listed = service.call("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]
    assert [r["ResourceRecords"] for r in listed if r["Type"] == "A"] == [[{"Value": "192.0.2.2"}]]


@pytest.mark.parametrize(
    "given",
    [
        record("a", "192.0.2.1"),
        {**record("a", "192.0.2.1", "192.0.2.2"), "TTL": 61},
        record("a", "192.0.2.1", "192.0.2.2", HealthCheckId="other"),
    ],
)
def test_delete_repeats_every_value(service: FakeRoute53, zone: str, given: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_Change.html"""
    service.change(zone, ("CREATE", record("a", "192.0.2.1", "192.0.2.2")))

    told = service.refuse_change(zone, ("DELETE", given))

    assert told == (
        "[Tried to delete resource record set [name='a.muster.test.', type='A'] but the values "
        "provided do not match the current values]"
    )
    service.change(zone, ("DELETE", record("A", "192.0.2.2", "192.0.2.1")))
    assert service.names(zone) == []


def test_a_record_set_may_be_deleted_and_made_anew_in_one_batch(
    service: FakeRoute53, zone: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    service.change(zone, ("CREATE", record("a")))

    service.change(
        zone,
        ("DELETE", record("a")),
        ("CREATE", record("a", "b.muster.test", kind="CNAME")),
    )

    assert service.names(zone) == [("a.muster.test.", "CNAME")]


def test_a_record_set_is_not_changed_twice_in_a_batch(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    twice = [("UPSERT", record("a")), ("UPSERT", record("A", "192.0.2.2"))]

    assert service.refuse_change(zone, *twice) == (
        "[The request contains an invalid set of changes for a resource record set "
        "'A a.muster.test.']"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            record("", "a.test", kind="CNAME"),
            "RRSet of type CNAME with DNS name muster.test. is not permitted at apex in zone "
            "muster.test.",
        ),
        (
            {**record("a"), "Name": "a.other.test"},
            "RRSet with DNS name a.other.test. is not permitted in zone muster.test.",
        ),
        (
            {**record("a"), "Name": "notmuster.test"},
            "RRSet with DNS name notmuster.test. is not permitted in zone muster.test.",
        ),
        (
            record("a", "ns. admin. 1 2 3 4 5", kind="SOA"),
            "RRSet of type SOA with DNS name a.muster.test. is not permitted below the apex of "
            "zone muster.test.",
        ),
        (
            record("*", "ns.test", kind="NS"),
            "RRSet of type NS with DNS name \\052.muster.test. is not permitted as a wildcard in "
            "zone muster.test.",
        ),
        (
            record("a", "b.test", "c.test", kind="CNAME"),
            "RRSet of type CNAME with DNS name a.muster.test. may have only one value",
        ),
        (record("a", "192.0.2.1", "192.0.2.1"), "Duplicate Resource Record: '192.0.2.1'"),
        (
            {**record("a"), "Name": "a..muster.test"},
            "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with "
            "'a..muster.test'",
        ),
    ],
)
def test_a_record_has_its_place(
    service: FakeRoute53, zone: str, given: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html"""
    assert service.refuse_change(zone, ("CREATE", given)) == f"[{message}]"


@pytest.mark.parametrize("first", ["A", "CNAME"])
def test_a_cname_is_alone_at_its_name(service: FakeRoute53, zone: str, first: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat"""
    given = {"A": record("a"), "CNAME": record("a", "b.test", kind="CNAME")}
    service.change(zone, ("CREATE", given.pop(first)))
    ((kind, other),) = given.items()

    assert service.refuse_change(zone, ("CREATE", other)) == (
        f"[RRSet of type {kind} with DNS name a.muster.test. is not permitted as it conflicts with "
        "other records with the same DNS name in zone muster.test.]"
    )


def test_a_zone_keeps_its_soa_and_ns_records(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    own = service.call("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]

    told = service.refuse_change(zone, *(("DELETE", one) for one in own))

    assert told == (
        "[A HostedZone must contain exactly one SOA record., A HostedZone must contain at least "
        "one NS record for the zone itself.]"
    )
    service.change(zone, ("UPSERT", {**own[0], "TTL": 60}))


def test_an_alias_in_the_zone_has_its_target(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    wanted = alias("a", "b.muster.test", zone)

    assert service.refuse_change(zone, ("CREATE", wanted)) == (
        f"[Tried to create an alias that targets b.muster.test., type A in zone {zone}, but that "
        "target was not found]"
    )
    service.change(zone, ("CREATE", wanted), ("CREATE", record("b")))


@pytest.mark.parametrize(
    ("target", "zone_id", "message"),
    [
        ("b.other.test", None, "the alias target name does not lie within the target zone"),
        ("a.muster.test", None, "that is the record itself"),
        ("b.test", "Z1", "the alias target name does not lie within the target zone"),
        (
            "d-1.execute-api.eu-west-1.amazonaws.com",
            "Z1U9ULNL0V5AJ3",
            "the alias target name does not lie within the target zone",
        ),
    ],
)
def test_an_alias_leads_into_its_own_zone_or_to_a_service(
    service: FakeRoute53, zone: str, target: str, zone_id: str | None, message: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    told = service.refuse_change(zone, ("CREATE", alias("a", target, zone_id or zone)))

    assert told == (
        f"[Tried to create an alias that targets {target}., type A in zone {zone_id or zone}, but "
        f"{message}]"
    )


def test_an_alias_may_lead_to_services(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/general/latest/gr/apigateway.html"""
    api = alias("a", "d-1.execute-api.eu-central-1.amazonaws.com", "Z1U9ULNL0V5AJ3")
    accelerator = alias("b", "x.awsglobalaccelerator.com", "Z2BJ6XQ5FK7U4H")
    balancer = alias("c", "127.120.9.1", "Z2P70J7EXAMPLE")

    service.change(zone, ("CREATE", api), ("CREATE", accelerator), ("CREATE", balancer))

    assert len(service.names(zone)) == 3


def test_an_alias_does_not_lead_into_another_zone_of_the_account(
    service: FakeRoute53, zone: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    other = service.create_zone("other.test")

    told = service.refuse_change(zone, ("CREATE", alias("a", "other.test", other)))

    assert told.endswith("but only the zone of the record itself may be one of your own]")


@pytest.mark.parametrize(("action", "most"), [("CREATE", 1000), ("UPSERT", 500)])
def test_a_batch_has_at_most_1000_values(
    service: FakeRoute53, zone: str, action: str, most: int
) -> None:
    """An UPSERT counts twice.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets
    """
    changes = [(action, record(f"n{n}")) for n in range(most + 1)]

    told = service.refuse_change(zone, *changes)
    service.change(zone, *changes[1:])

    assert told == "[Number of records limit of 1000 exceeded.]"


def test_a_batch_has_at_most_32000_characters(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets"""
    values = [f'"{n:03d}{"x" * 195}"' for n in range(161)]

    told = service.refuse_change(zone, ("CREATE", record("a", *values, kind="TXT")))

    assert told == "[Number of characters limit of 32000 exceeded.]"


def test_a_record_set_has_at_most_400_values(service: FakeRoute53, zone: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-entities-records"""
    values = [f"192.0.{n // 250}.{n % 250}" for n in range(401)]

    assert "Number of values limit of 400" in service.refuse_change(
        zone, ("CREATE", record("a", *values))
    )
