"""Traffic policy documents."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.control.route53.policy_samples import (
    failover,
    policy,
    to_endpoint,
    to_rule,
    weighted,
)
from twin.control.route53.traffic.policy_documents import InvalidDocument, read_policy_document
from twin.topology.route53 import GeoLocation, GeoProximity

DOCS = "https://docs.aws.amazon.com/Route53/latest/APIReference/"


def rule(kind: str, members: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"first": {"RuleType": kind, members: list(items)}}


def test_every_kind_of_rule_is_read() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    document = read_policy_document(
        policy(
            {
                "first": {
                    "RuleType": "geo",
                    "Locations": [
                        to_rule("second", Continent="EU"),
                        to_rule("third", Country="US", Subdivision="OR"),
                        to_endpoint("a", IsDefault="true"),
                    ],
                },
                "second": {
                    "RuleType": "latency",
                    "Regions": [
                        to_endpoint("a", Region="eu-west-1"),
                        to_rule("fourth", Region="us-west-2"),
                    ],
                },
                "third": failover(
                    to_endpoint("a", HealthCheck="h", EvaluateTargetHealth="false"),
                    to_rule("fifth"),
                ),
                "fourth": {"RuleType": "multivalue", "Items": [to_endpoint("b"), to_endpoint("c")]},
                "fifth": weighted(a="3", b=1),
            }
        )
    )

    first = document.rules["first"]
    assert [target.policy.geo for target in first] == [
        GeoLocation(continent="EU"),
        GeoLocation(country="US", subdivision="OR"),
        GeoLocation(country="*"),
    ]
    assert [target.policy.region for target in document.rules["second"]] == [
        "eu-west-1",
        "us-west-2",
    ]
    primary, secondary = document.rules["third"]
    assert (primary.policy.failover, primary.health_check_id) == ("PRIMARY", "h")
    assert (primary.evaluate_target_health, secondary.evaluate_target_health) == (False, True)
    assert all(target.policy.multivalue for target in document.rules["fourth"])
    assert [target.policy.weight for target in document.rules["fifth"]] == [3, 1]


@pytest.mark.parametrize(
    ("member", "place"),
    [
        (
            {"Region": "aws:route53:us-west-2", "Bias": "10"},
            GeoProximity(region="us-west-2", bias=10),
        ),
        (
            {"Latitude": "51.50", "Longitude": "-0.16"},
            GeoProximity(latitude=51.5, longitude=-0.16),
        ),
        (
            {"Location": {"Type": "Region", "LocationName": "aws:route53:us-west-2"}, "Bias": -5},
            GeoProximity(region="us-west-2", bias=-5),
        ),
        (
            {"Location": {"Type": "Coordinate", "Latitude": "38.9", "Longitude": "-77.01"}},
            GeoProximity(latitude=38.9, longitude=-77.01),
        ),
    ],
)
def test_geoproximity_has_an_older_and_a_newer_form(
    member: dict[str, Any], place: GeoProximity
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    given_policy = policy(
        rule("geoproximity", "GeoproximityLocations", to_endpoint("a", **member)),
        AWSPolicyFormatVersion="2023-05-09",
    )

    (target,) = read_policy_document(given_policy).rules["first"]

    assert target.policy.proximity == place


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "The document is not JSON"),
        ("[]", "The document is no JSON object"),
        (policy({}, kind="SOA"), "RecordType is not one of A, AAAA"),
        (policy({}, AWSPolicyFormatVersion="2014"), "AWSPolicyFormatVersion is not one of"),
        (policy({}), "StartRule refers to a rule that is not defined: 'first'"),
        (policy({}, StartEndpoint="a"), "Exactly one of StartEndpoint and StartRule"),
        (policy({"first": {"RuleType": "none"}}), "Rule 'first': RuleType is not one of failover"),
        (
            policy({"first": weighted(x=1)}),
            "Rule 'first' refers to an endpoint that is not defined",
        ),
        (policy({"first": weighted(a=256)}), "Items 1: Weight is not from 0 to 255"),
        (policy({"first": weighted(a="x")}), "Items 1: Weight is not from 0 to 255"),
        (policy({"first": weighted()}), "Rule 'first': Items is no list with members"),
        (
            policy({"first": failover(to_rule("first"), to_endpoint("a"))}),
            "Rule 'first' leads to itself",
        ),
        (
            policy(rule("weighted", "Items", {"Weight": 1})),
            "exactly one of EndpointReference and RuleReference",
        ),
        (
            policy(rule("multivalue", "Items", to_rule("first"))),
            "a multivalue rule leads to endpoints only",
        ),
        (policy(rule("geo", "Locations", to_endpoint("a"))), "those of no location"),
        (
            policy(rule("latency", "Regions", to_endpoint("a", Region="moon-1"))),
            "'moon-1' is no AWS Region",
        ),
        (
            policy(
                rule(
                    "geoproximity",
                    "GeoproximityLocations",
                    to_endpoint("a", Latitude="51.501", Longitude="0"),
                )
            ),
            "Latitude is not from -90 to 90 with two decimals",
        ),
        (
            policy(
                rule(
                    "geoproximity",
                    "GeoproximityLocations",
                    to_endpoint("a", Latitude=0, Longitude=10**400),
                )
            ),
            "Longitude is not from -180 to 180 with two decimals",
        ),
        (
            policy(
                rule(
                    "geoproximity",
                    "GeoproximityLocations",
                    to_endpoint("a", Location={"Type": "LocalZone", "LocationName": "x"}),
                )
            ),
            "Local Zones are not served by the twin",
        ),
        (policy({}, Endpoints={"a": {"Type": "none"}}), "Endpoint 'a': Type is not one of value"),
        (policy({}, Endpoints={"a": {"Type": "value"}}), "Endpoint 'a': Value is missing"),
        (
            policy(
                {"first": failover(to_endpoint("a", EvaluateTargetHealth="x"), to_endpoint("b"))}
            ),
            "EvaluateTargetHealth is neither true nor false",
        ),
    ],
)
def test_a_document_that_is_none_is_told_with_its_place(document: str, message: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    with pytest.raises(InvalidDocument) as caught:
        read_policy_document(document)

    assert message in str(caught.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("RuleType", "Items", "Weight", "EndpointReference", "Value", "Type", "x")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(_JSON, _JSON, _JSON)
def test_no_json_makes_the_reader_fail(rules: object, endpoints: object, start: object) -> None:
    document = {
        "RecordType": "A",
        "StartRule": start,
        "Rules": {"first": rules},
        "Endpoints": {"a": endpoints},
    }
    for text in (json.dumps(document), json.dumps(rules)):
        try:
            read_policy_document(text)
        except InvalidDocument:
            continue


def test_json_without_end_is_told() -> None:
    with pytest.raises(InvalidDocument, match="not JSON"):
        read_policy_document("[" * 100_000)
