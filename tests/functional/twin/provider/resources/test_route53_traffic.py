"""Traffic policies, CIDR collections and records of every policy, with a control process.

The steps are those of Terraform's provider:
https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/route53
"""

import json
from collections.abc import Iterator

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.values import Properties

PREFIX = "aws:route53/"
RECORD = f"{PREFIX}record:Record"


@pytest.fixture(scope="module")
def driver(control_driver: Driver) -> Driver:
    return control_driver


@pytest.fixture
def zone(driver: Driver) -> Iterator[Resource]:
    made = driver.create(f"{PREFIX}zone:Zone", "z", {"name": "policy.test", "forceDestroy": True})
    yield made
    driver.delete(made)


def document(kind: str, *values: str) -> str:
    items = [{"EndpointReference": f"e{n}", "Weight": 1} for n, _ in enumerate(values)]
    endpoints = {f"e{n}": {"Type": "value", "Value": value} for n, value in enumerate(values)}
    return json.dumps(
        {
            "AWSPolicyFormatVersion": "2015-10-01",
            "RecordType": kind,
            "StartRule": "r",
            "Endpoints": endpoints,
            "Rules": {"r": {"RuleType": "weighted", "Items": items}},
        }
    )


@pytest.mark.parametrize(
    ("name", "policy", "change"),
    [
        ("geo", {"geolocationRoutingPolicies": [{"country": "DE"}]}, {"country": "*"}),
        ("state", {"geolocationRoutingPolicies": [{"continent": "EU"}]}, {"continent": "NA"}),
        ("weight", {"weightedRoutingPolicies": [{"weight": 1}]}, {"weight": 0}),
        ("latency", {"latencyRoutingPolicies": [{"region": "eu-west-1"}]}, {"region": "us-west-2"}),
        ("failover", {"failoverRoutingPolicies": [{"type": "PRIMARY"}]}, {"type": "SECONDARY"}),
    ],
)
def test_a_record_of_a_policy_lives(
    driver: Driver, zone: Resource, name: str, policy: Properties, change: Properties
) -> None:
    first = {"zoneId": zone.id, "name": name, "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    ((argument, _),) = policy.items()

    made = check_lifecycle(
        driver, RECORD, name, {**first, "setIdentifier": "s", **policy}, {argument: [change]}
    )

    assert made.id == f"{zone.id}_{name}_A_s"
    check_deletion(driver, made)


@pytest.mark.parametrize(
    "place",
    [
        {"awsRegion": "us-west-2", "bias": 10},
        {"coordinates": [{"latitude": "49.22", "longitude": "-74.01"}]},
    ],
)
def test_a_record_near_a_place_lives(driver: Driver, zone: Resource, place: Properties) -> None:
    first = {"zoneId": zone.id, "name": "near", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    args = {**first, "setIdentifier": "s", "geoproximityRoutingPolicy": place}

    check_deletion(driver, check_lifecycle(driver, RECORD, "near", args, {"ttl": 30}))


def test_a_changed_set_identifier_makes_the_record_anew(driver: Driver, zone: Resource) -> None:
    first = {
        "zoneId": zone.id,
        "name": "w",
        "type": "A",
        "ttl": 60,
        "records": ["192.0.2.1"],
        "setIdentifier": "one",
        "weightedRoutingPolicies": [{"weight": 1}],
    }

    changed = check_lifecycle(driver, RECORD, "w", first, {"setIdentifier": "two"})

    assert changed.outputs["setIdentifier"] == "two"


def test_a_record_overwrites_only_if_allowed(driver: Driver, zone: Resource) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_Change.html"""
    first = {"zoneId": zone.id, "name": "o", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    driver.create(RECORD, "o", first)

    with pytest.raises(grpc.RpcError, match="but it already exists"):
        driver.create(RECORD, "again", first)
    driver.create(RECORD, "over", {**first, "records": ["192.0.2.2"], "allowOverwrite": True})


def test_a_policy_and_its_instance_live(driver: Driver, zone: Resource) -> None:
    policy = check_lifecycle(
        driver,
        f"{PREFIX}trafficPolicy:TrafficPolicy",
        "p",
        {"name": "p", "document": document("A", "192.0.2.1", "192.0.2.2"), "comment": "c"},
        {"comment": "new"},
    )
    other = driver.create(
        f"{PREFIX}trafficPolicy:TrafficPolicy",
        "other",
        {"name": "other", "document": document("A", "192.0.2.3")},
    )
    instance = check_lifecycle(
        driver,
        f"{PREFIX}trafficPolicyInstance:TrafficPolicyInstance",
        "i",
        {
            "name": "www.policy.test",
            "hostedZoneId": zone.id,
            "ttl": 60,
            "trafficPolicyId": policy.id,
            "trafficPolicyVersion": 1,
        },
        {"ttl": 30, "trafficPolicyId": other.id},
    )

    assert (policy.outputs["type"], policy.outputs["version"]) == ("A", 1)
    assert instance.outputs["arn"] == f"arn:aws:route53:::trafficpolicyinstance/{instance.id}"
    check_deletion(driver, instance, policy, other)


def test_an_instance_that_fails_is_told(driver: Driver, zone: Resource) -> None:
    policy = driver.create(
        f"{PREFIX}trafficPolicy:TrafficPolicy",
        "cname",
        {"name": "cname", "document": document("CNAME", "a.test")},
    )

    with pytest.raises(grpc.RpcError, match=r"is Failed: .*not permitted at apex"):
        driver.create(
            f"{PREFIX}trafficPolicyInstance:TrafficPolicyInstance",
            "apex",
            {
                "name": "policy.test",
                "hostedZoneId": zone.id,
                "ttl": 60,
                "trafficPolicyId": policy.id,
                "trafficPolicyVersion": 1,
            },
        )


def test_a_location_of_several_pages_is_read_as_a_whole(driver: Driver) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrBlocks.html"""
    collection = driver.create(f"{PREFIX}cidrCollection:CidrCollection", "many", {"name": "many"})
    blocks = [f"10.0.{number}.0/24" for number in range(150)]
    location = check_lifecycle(
        driver,
        f"{PREFIX}cidrLocation:CidrLocation",
        "many",
        {"cidrCollectionId": collection.id, "name": "many", "cidrBlocks": blocks},
        {},
    )

    check_deletion(driver, location, collection)


def test_a_collection_and_its_locations_live(driver: Driver, zone: Resource) -> None:
    collection = check_lifecycle(
        driver, f"{PREFIX}cidrCollection:CidrCollection", "c", {"name": "c"}, {}
    )
    location = check_lifecycle(
        driver,
        f"{PREFIX}cidrLocation:CidrLocation",
        "home",
        {
            "cidrCollectionId": collection.id,
            "name": "home",
            "cidrBlocks": ["192.0.2.0/24", "198.51.100.0/24"],
        },
        {"cidrBlocks": ["198.51.100.0/24", "203.0.113.0/24"]},
    )
    policy = {"collectionId": collection.id, "locationName": "home"}
    record = check_lifecycle(
        driver,
        RECORD,
        "ip",
        {
            "zoneId": zone.id,
            "name": "ip",
            "type": "A",
            "ttl": 60,
            "records": ["192.0.2.1"],
            "setIdentifier": "home",
            "cidrRoutingPolicy": policy,
        },
        {"cidrRoutingPolicy": {**policy, "locationName": "*"}},
    )

    check_deletion(driver, record, location, collection)
