"""Hosted zones."""

import re

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, record

SERVERS = {"com": 0, "net": 512, "org": 1024, "co.uk": 1536}


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


def test_a_new_zone_has_four_name_servers_and_its_own_records(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    made = service.call(
        "CreateHostedZone",
        Name="Muster.test",
        CallerReference="r",
        HostedZoneConfig={"Comment": "c"},
    )

    servers = made["DelegationSet"]["NameServers"]
    zone_id = made["HostedZone"]["Id"]
    assert re.fullmatch(r"/hostedzone/Z[A-Z0-9]{20}", zone_id)
    assert made["HostedZone"] == {
        "Id": zone_id,
        "Name": "muster.test.",
        "CallerReference": "r",
        "Config": {"Comment": "c", "PrivateZone": False},
        "ResourceRecordSetCount": 2,
    }
    assert made["ChangeInfo"]["Status"] == "PENDING"
    assert made["Location"].endswith(zone_id.removeprefix("/hostedzone"))
    for host in servers:
        found = re.fullmatch(r"ns-(\d+)\.awsdns-(\d\d)\.(.+)", host)
        assert found is not None
        number, folder, suffix = found.groups()
        assert 0 <= int(number) - SERVERS[suffix] < 512
        assert (int(number) - SERVERS[suffix]) // 8 == int(folder)
    assert {host.partition(".")[2].partition(".")[2] for host in servers} == set(SERVERS)
    own = service.call("ListResourceRecordSets", HostedZoneId=zone_id[12:])["ResourceRecordSets"]
    authority = f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    assert [(r["Type"], r["TTL"], [v["Value"] for v in r["ResourceRecords"]]) for r in own] == [
        ("NS", 172800, [f"{host}." for host in servers]),
        ("SOA", 900, [authority]),
    ]


def test_a_caller_reference_makes_one_zone(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html"""
    service.call("CreateHostedZone", Name="a.test", CallerReference="r")

    told = service.refuse(
        "HostedZoneAlreadyExists", "CreateHostedZone", Name="b.test", CallerReference="r"
    )

    assert told == "A hosted zone has already been created with the specified caller reference."


@pytest.mark.parametrize("name", [".", "a..test", f"{'a' * 64}.test"])
def test_a_zone_has_a_domain_name(service: FakeRoute53, name: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html"""
    service.refuse("InvalidDomainName", "CreateHostedZone", Name=name, CallerReference="r")


def test_private_zones_and_delegation_sets_are_refused_by_name(service: FakeRoute53) -> None:
    vpc = {"VPCRegion": "eu-central-1", "VPCId": "vpc-1"}

    told = service.refuse(
        "InvalidInput", "CreateHostedZone", Name="a.test", CallerReference="r", VPC=vpc
    )
    assert told == "Private hosted zones are not served by the twin."
    told = service.refuse(
        "NoSuchDelegationSet",
        "CreateHostedZone",
        Name="a.test",
        CallerReference="r",
        DelegationSetId="N1",
    )
    assert told.startswith("Reusable delegation sets are not served by the twin.")


def test_a_zone_with_records_is_not_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html"""
    zone = service.create_zone()
    service.change(zone, ("CREATE", record("a")))

    told = service.refuse("HostedZoneNotEmpty", "DeleteHostedZone", Id=zone)
    service.change(zone, ("DELETE", record("a")))
    service.call("DeleteHostedZone", Id=zone)

    assert told.startswith("The specified hosted zone contains non-required resource record sets")
    told = service.refuse("NoSuchHostedZone", "GetHostedZone", Id=zone)
    assert told == f"No hosted zone found with ID: {zone}"


def test_zones_are_listed_in_pages(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html"""
    zones = sorted(service.create_zone(f"{letter}.test") for letter in "cab")

    first = service.call("ListHostedZones", MaxItems="2")
    second = service.call("ListHostedZones", MaxItems="2", Marker=first["NextMarker"])

    assert [z["Id"] for z in first["HostedZones"]] == [f"/hostedzone/{z}" for z in zones[:2]]
    assert [z["Id"] for z in second["HostedZones"]] == [f"/hostedzone/{zones[2]}"]
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    assert service.call("GetHostedZoneCount")["HostedZoneCount"] == 3
    assert service.call("ListHostedZones", HostedZoneType="PrivateHostedZone")["HostedZones"] == []


def test_a_list_goes_on_where_its_next_zone_was_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html"""
    zones = sorted(service.create_zone(f"{letter}.test") for letter in "abcd")
    first = service.call("ListHostedZones", MaxItems="1")

    service.call("DeleteHostedZone", Id=zones[1])
    second = service.call("ListHostedZones", Marker=first["NextMarker"])

    assert [zone["Id"] for zone in second["HostedZones"]] == [
        f"/hostedzone/{zone}" for zone in zones[2:]
    ]


def test_zones_are_listed_by_reversed_labels(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html"""
    for name in ("b.test", "a.b.test", "z.example", "a.test"):
        service.create_zone(name)

    first = service.call("ListHostedZonesByName", MaxItems="2")
    rest = service.call(
        "ListHostedZonesByName",
        DNSName=first["NextDNSName"],
        HostedZoneId=first["NextHostedZoneId"],
    )

    assert [z["Name"] for z in first["HostedZones"]] == ["z.example.", "a.test."]
    assert [z["Name"] for z in rest["HostedZones"]] == ["b.test.", "a.b.test."]


def test_a_comment_is_changed_and_taken_away(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHostedZoneComment.html"""
    zone = service.create_zone()

    with_comment = service.call("UpdateHostedZoneComment", Id=zone, Comment="c")
    without = service.call("UpdateHostedZoneComment", Id=zone)

    assert with_comment["HostedZone"]["Config"] == {"Comment": "c", "PrivateZone": False}
    assert without["HostedZone"]["Config"] == {"PrivateZone": False}


def test_nothing_is_signed_and_no_zone_is_private(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetDNSSEC.html"""
    zone = service.create_zone()

    signing = service.call("GetDNSSEC", HostedZoneId=zone)
    of_vpc = service.call("ListHostedZonesByVPC", VPCId="vpc-1", VPCRegion="eu-central-1")

    assert signing["Status"]["ServeSignature"] == "NOT_SIGNING"
    assert of_vpc["HostedZoneSummaries"] == []
