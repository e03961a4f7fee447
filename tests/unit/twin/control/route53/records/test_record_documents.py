"""Record sets as the API takes and shows them."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import alias, record
from twin.control.document_service import CallRefused
from twin.control.route53.records.record_documents import read_record_set, record_set_document

COLLECTION = "0123abcd-0123-0123-0123-0123456789ab"
WHERE = "in Change with [Action=CREATE, Name=a.muster.test, Type=A, SetIdentifier={}]"


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"SetIdentifier": "s", "Weight": 0},
        {"SetIdentifier": "s", "Region": "eu-central-1"},
        {"SetIdentifier": "s", "Failover": "PRIMARY", "HealthCheckId": "h"},
        {"SetIdentifier": "s", "GeoLocation": {"ContinentCode": "EU"}},
        {"SetIdentifier": "s", "GeoLocation": {"CountryCode": "*"}},
        {"SetIdentifier": "s", "GeoLocation": {"CountryCode": "US", "SubdivisionCode": "OR"}},
        {"SetIdentifier": "s", "MultiValueAnswer": True},
        {"SetIdentifier": "s", "GeoProximityLocation": {"AWSRegion": "us-west-2", "Bias": -10}},
        {
            "SetIdentifier": "s",
            "GeoProximityLocation": {
                "Coordinates": {"Latitude": "49.22", "Longitude": "-74.01"},
                "Bias": 0,
            },
        },
        {
            "SetIdentifier": "s",
            "CidrRoutingConfig": {"CollectionId": COLLECTION, "LocationName": "home"},
        },
    ],
)
def test_a_record_set_is_shown_as_it_was_given(members: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    given = {**record("a", "192.0.2.1", "192.0.2.2"), **members}

    shown = record_set_document(read_record_set("CREATE", given))

    assert shown == {**given, "Name": "a.muster.test."}


def test_an_alias_is_shown_without_a_ttl() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    given = alias("a", "Other.muster.test", "/hostedzone/Z1")

    shown = record_set_document(read_record_set("CREATE", given))

    target = {"HostedZoneId": "Z1", "DNSName": "other.muster.test.", "EvaluateTargetHealth": True}
    assert shown == {"Name": "a.muster.test.", "Type": "A", "AliasTarget": target}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"TTL": None},
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            "TrafficPolicyInstanceId], but found none " + WHERE.format("null"),
        ),
        (
            {"AliasTarget": alias("a", "b", "Z1")["AliasTarget"]},
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            "TrafficPolicyInstanceId], but found more than one " + WHERE.format("null"),
        ),
        (
            {"SetIdentifier": "s"},
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, "
            "GeoProximityLocation, or CidrRoutingConfig], but found none " + WHERE.format("s"),
        ),
        (
            {"SetIdentifier": "s", "Weight": 1, "Region": "eu-central-1"},
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, "
            "GeoProximityLocation, or CidrRoutingConfig], but found more than one "
            + WHERE.format("s"),
        ),
        ({"Weight": 1}, "Missing field 'SetIdentifier' " + WHERE.format("null")),
    ],
)
def test_a_record_set_is_one_thing_with_one_policy(members: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    with pytest.raises(CallRefused) as caught:
        read_record_set("CREATE", {**record("a"), **members})

    assert caught.value.code == "InvalidInput"
    assert caught.value.message == f"Invalid request: {message}"


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"ContinentCode": "XX"},
        {"ContinentCode": "EU", "CountryCode": "DE"},
        {"CountryCode": "DE", "SubdivisionCode": "BY"},
        {"CountryCode": "US", "SubdivisionCode": "XX"},
        {"CountryCode": "ZZ"},
    ],
)
def test_a_place_that_geolocation_does_not_know_is_refused(place: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html"""
    given = {**record("a"), "SetIdentifier": "s", "GeoLocation": place}
    with pytest.raises(CallRefused, match="GeoLocation"):
        read_record_set("CREATE", given)


@pytest.mark.parametrize(
    "place",
    [
        {"Bias": 1},
        {"AWSRegion": "moon-1"},
        {"AWSRegion": "us-west-2", "Coordinates": {"Latitude": "1", "Longitude": "1"}},
        {"LocalZoneGroup": "us-west-2-lax-1"},
        {"Coordinates": {"Latitude": "91", "Longitude": "1"}},
    ],
)
def test_a_place_of_geoproximity_is_a_region_or_a_point_on_earth(place: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoProximityLocation.html"""
    given = {**record("a"), "SetIdentifier": "s", "GeoProximityLocation": place}
    with pytest.raises(CallRefused, match=r"GeoProximityLocation|Coordinates|moon-1"):
        read_record_set("CREATE", given)


def test_a_region_without_latency_data_is_refused() -> None:
    given = {**record("a"), "SetIdentifier": "s", "Region": "cn-north-1"}
    with pytest.raises(CallRefused, match="cn-north-1"):
        read_record_set("CREATE", given)
