"""Traffic policy instances."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, record
from tests.unit.twin.control.route53.policy_samples import (
    failover,
    policy,
    to_endpoint,
    to_rule,
    weighted,
)
from twin.control.route53.service import finish_propagation

TREE = policy({"first": failover(to_rule("s"), to_endpoint("c")), "s": weighted(a=1, b=1)})
FLAT = policy({"first": weighted(a=1, c=1)})


class Instances(FakeRoute53):
    """A zone, and policies by their documents."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = self.create_zone()

    def policy(self, document: str) -> dict[str, Any]:
        name = f"p{len(self.state.traffic_policies)}"
        made = self.call("CreateTrafficPolicy", Name=name, Document=document)["TrafficPolicy"]
        return {"TrafficPolicyId": made["Id"], "TrafficPolicyVersion": 1}

    def create(self, document: str = TREE, name: str = "www") -> Any:  # noqa: ANN401
        return self.call("CreateTrafficPolicyInstance", **self.params(document, name))[
            "TrafficPolicyInstance"
        ]

    def params(self, document: str, name: str = "www") -> dict[str, Any]:
        named = {"HostedZoneId": self.zone, "Name": f"{name}.muster.test", "TTL": 60}
        return {**named, **self.policy(document)}

    def finish(self, instance: str) -> None:
        """The name servers have the instance's records."""
        self.state = finish_propagation(self.state, instance)

    def get(self, instance: str) -> Any:  # noqa: ANN401
        return self.call("GetTrafficPolicyInstance", Id=instance)["TrafficPolicyInstance"]

    def published(self) -> list[str]:
        """Names of the instance's records in the zone."""
        records = self.state.zones[0].zone.records
        return sorted({one.name for one in records if one.traffic_policy_instance_id})


@pytest.fixture
def service() -> Instances:
    return Instances()


def test_an_instance_is_creating_then_applied(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetTrafficPolicyInstance.html"""
    made = service.create()

    assert made["State"] == "Creating"
    assert made["Name"] == "www.muster.test."
    service.finish(made["Id"])
    assert service.get(made["Id"]) == {**made, "State": "Applied"}


def test_an_instance_is_one_record_of_its_zone(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    made = service.create()

    listed = service.call("ListResourceRecordSets", HostedZoneId=service.zone)
    zone = service.call("GetHostedZone", Id=service.zone)["HostedZone"]

    shown = {"Name": "www.muster.test.", "Type": "A", "TrafficPolicyInstanceId": made["Id"]}
    assert listed["ResourceRecordSets"][2:] == [shown]
    assert zone["ResourceRecordSetCount"] == 3
    assert len(service.published()) == 2


def test_an_update_replaces_all_records_at_once(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html"""
    made = service.create()
    old = service.published()

    shown = service.call(
        "UpdateTrafficPolicyInstance", Id=made["Id"], TTL=30, **service.policy(TREE)
    )["TrafficPolicyInstance"]

    assert (shown["State"], shown["TTL"]) == ("Updating", 30)
    assert set(service.published()) & set(old) == {"www.muster.test."}
    service.finish(made["Id"])
    assert service.get(made["Id"])["State"] == "Applied"


def test_an_update_keeps_the_type(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html"""
    made = service.create()
    other = service.policy(policy({"first": weighted(a=1)}, kind="TXT"))

    service.refuse("ConflictingTypes", "UpdateTrafficPolicyInstance", Id=made["Id"], TTL=1, **other)


def test_records_that_can_t_be_made_fail_the_instance(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TrafficPolicyInstance.html"""
    service.change(service.zone, ("CREATE", record("www", "x.test", kind="CNAME")))

    made = service.create()
    service.finish(made["Id"])

    failed = service.get(made["Id"])
    assert (made["State"], made["Message"]) == ("Creating", "")
    assert failed["State"] == "Failed"
    assert "conflicts with other records" in failed["Message"]
    assert service.published() == []


def test_a_failed_update_leaves_the_records_as_they_are(service: Instances) -> None:
    made = service.create()
    old = service.published()
    missing = policy({"first": failover(to_endpoint("a", HealthCheck="none"), to_endpoint("b"))})

    service.call("UpdateTrafficPolicyInstance", Id=made["Id"], TTL=60, **service.policy(missing))
    service.finish(made["Id"])

    assert service.get(made["Id"])["State"] == "Failed"
    assert service.published() == old


def test_a_deleted_instance_is_gone_once_the_servers_know(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicyInstance.html"""
    made = service.create()

    service.call("DeleteTrafficPolicyInstance", Id=made["Id"])

    assert service.published() == []
    assert service.get(made["Id"])["State"] == "Deleting"
    service.finish(made["Id"])
    service.refuse("NoSuchTrafficPolicyInstance", "GetTrafficPolicyInstance", Id=made["Id"])


def test_a_name_and_type_have_one_instance(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyInstance.html"""
    service.create()

    service.refuse(
        "TrafficPolicyInstanceAlreadyExists", "CreateTrafficPolicyInstance", **service.params(FLAT)
    )


def test_nobody_adds_records_to_an_instance(service: Instances) -> None:
    service.create(FLAT)
    member = record("www", SetIdentifier="mine", Weight=255)

    told = service.refuse_change(service.zone, ("CREATE", member))

    assert "records of a traffic policy instance can't be mixed with others" in told


def test_a_zone_s_list_can_be_deleted_as_it_is_shown(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    made = service.create()
    listed = service.call("ListResourceRecordSets", HostedZoneId=service.zone)

    service.change(service.zone, ("DELETE", listed["ResourceRecordSets"][2]))

    assert service.published() == []
    assert service.get(made["Id"])["Id"] == made["Id"]
    service.call("DeleteHostedZone", Id=service.zone)


def test_an_instance_is_not_made_as_a_record(service: Instances) -> None:
    shown = {"Name": "x.muster.test", "Type": "A", "TrafficPolicyInstanceId": "i"}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": shown}]}

    service.refuse(
        "InvalidInput", "ChangeResourceRecordSets", HostedZoneId=service.zone, ChangeBatch=batch
    )
    told = service.refuse_change(service.zone, ("DELETE", shown))
    assert "was not found" in told


def test_instances_are_listed_by_zone_and_policy(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicyInstances.html"""
    one, two = service.create(FLAT, "a"), service.create(FLAT, "b")

    first = service.call("ListTrafficPolicyInstances", MaxItems="1")
    rest = service.call(
        "ListTrafficPolicyInstances",
        **{name: first[name] for name in first if name.endswith("Marker")},
    )
    of_zone = service.call("ListTrafficPolicyInstancesByHostedZone", HostedZoneId=service.zone)
    of_policy = service.call(
        "ListTrafficPolicyInstancesByPolicy",
        TrafficPolicyId=two["TrafficPolicyId"],
        TrafficPolicyVersion=1,
    )

    def ids(listed: dict[str, Any]) -> list[str]:
        return [shown["Id"] for shown in listed["TrafficPolicyInstances"]]

    assert (ids(first), ids(rest)) == ([one["Id"]], [two["Id"]])
    assert ids(of_zone) == [one["Id"], two["Id"]]
    assert ids(of_policy) == [two["Id"]]
    assert service.call("GetTrafficPolicyInstanceCount")["TrafficPolicyInstanceCount"] == 2


def test_an_account_has_at_most_five_instances(service: Instances) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    for number in range(5):
        service.create(FLAT, f"n{number}")

    service.refuse(
        "TooManyTrafficPolicyInstances",
        "CreateTrafficPolicyInstance",
        **service.params(FLAT, "n5"),
    )


def test_an_instance_lies_in_its_zone(service: Instances) -> None:
    params = {**service.params(FLAT), "Name": "www.other.test"}

    service.refuse("InvalidInput", "CreateTrafficPolicyInstance", **params)
