"""Traffic policies and their versions."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from tests.unit.twin.control.route53.policy_samples import policy, weighted

DOCUMENT = policy({"first": weighted(a=1, b=1)})
OTHER = policy({"first": weighted(a=1, c=1)})


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


def create(service: FakeRoute53, name: str = "p", document: str = DOCUMENT) -> str:
    made = service.call("CreateTrafficPolicy", Name=name, Document=document)
    return str(made["TrafficPolicy"]["Id"])


def test_a_policy_is_shown_as_it_was_given(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicy.html"""
    made = service.call("CreateTrafficPolicy", Name="p", Document=DOCUMENT, Comment="c")

    shown = made["TrafficPolicy"]
    assert shown == {
        "Id": shown["Id"],
        "Version": 1,
        "Name": "p",
        "Type": "A",
        "Document": DOCUMENT,
        "Comment": "c",
    }
    assert made["Location"].endswith(f"/trafficpolicy/{shown['Id']}/1")
    assert service.call("GetTrafficPolicy", Id=shown["Id"], Version=1) == {"TrafficPolicy": shown}


def test_a_name_has_one_policy(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicy.html"""
    create(service)

    service.refuse("TrafficPolicyAlreadyExists", "CreateTrafficPolicy", Name="p", Document=OTHER)


def test_a_document_that_is_none_is_refused(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicy.html"""
    told = service.refuse(
        "InvalidTrafficPolicyDocument", "CreateTrafficPolicy", Name="p", Document="{"
    )

    assert told.startswith("The document is not JSON")


def test_versions_are_numbered_and_numbers_not_used_again(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyVersion.html"""
    made = create(service)

    service.call("CreateTrafficPolicyVersion", Id=made, Document=OTHER)
    service.call("DeleteTrafficPolicy", Id=made, Version=2)
    third = service.call("CreateTrafficPolicyVersion", Id=made, Document=OTHER)

    assert third["TrafficPolicy"]["Version"] == 3
    listed = service.call("ListTrafficPolicyVersions", Id=made)["TrafficPolicies"]
    assert [one["Version"] for one in listed] == [1, 3]
    (summary,) = service.call("ListTrafficPolicies")["TrafficPolicySummaries"]
    assert (summary["LatestVersion"], summary["TrafficPolicyCount"]) == (3, 2)


def test_a_policy_goes_with_its_last_version(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicy.html"""
    made = create(service)

    service.call("DeleteTrafficPolicy", Id=made, Version=1)

    service.refuse("NoSuchTrafficPolicy", "GetTrafficPolicy", Id=made, Version=1)
    assert service.call("ListTrafficPolicies")["TrafficPolicySummaries"] == []


def test_a_version_in_use_is_not_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicy.html"""
    made, zone = create(service), service.create_zone()
    service.call(
        "CreateTrafficPolicyInstance",
        HostedZoneId=zone,
        Name="muster.test",
        TTL=60,
        TrafficPolicyId=made,
        TrafficPolicyVersion=1,
    )

    service.refuse("TrafficPolicyInUse", "DeleteTrafficPolicy", Id=made, Version=1)


def test_a_comment_of_a_version_is_changed(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyComment.html"""
    made = create(service)

    shown = service.call("UpdateTrafficPolicyComment", Id=made, Version=1, Comment="new")

    assert shown["TrafficPolicy"]["Comment"] == "new"


def test_policies_and_versions_are_listed_in_pages(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicies.html"""
    policies = [create(service, name) for name in "ab"]
    service.call("CreateTrafficPolicyVersion", Id=policies[0], Document=OTHER)

    first = service.call("ListTrafficPolicies", MaxItems="1")
    second = service.call(
        "ListTrafficPolicies", TrafficPolicyIdMarker=first["TrafficPolicyIdMarker"]
    )
    versions = service.call("ListTrafficPolicyVersions", Id=policies[0], MaxItems="1")

    assert [first["TrafficPolicySummaries"][0]["Id"]] == policies[:1]
    assert [second["TrafficPolicySummaries"][0]["Id"]] == policies[1:]
    assert (versions["IsTruncated"], versions["TrafficPolicyVersionMarker"]) == (True, "2")


def test_no_list_ends_silently_because_its_next_policy_was_deleted(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicies.html"""
    policies = [create(service, name) for name in "abc"]
    for _ in range(2):
        service.call("CreateTrafficPolicyVersion", Id=policies[0], Document=OTHER)

    service.call("DeleteTrafficPolicy", Id=policies[1], Version=1)
    told = service.refuse("InvalidInput", "ListTrafficPolicies", TrafficPolicyIdMarker=policies[1])
    service.call("DeleteTrafficPolicy", Id=policies[0], Version=2)
    versions = service.call(
        "ListTrafficPolicyVersions", Id=policies[0], TrafficPolicyVersionMarker="2"
    )

    assert policies[1] in told
    assert [version["Version"] for version in versions["TrafficPolicies"]] == [3]
    service.refuse(
        "InvalidInput", "ListTrafficPolicyVersions", Id=policies[0], TrafficPolicyVersionMarker="x"
    )


def test_an_account_has_at_most_50_policies(service: FakeRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    for number in range(50):
        create(service, f"p{number}")

    service.refuse("TooManyTrafficPolicies", "CreateTrafficPolicy", Name="p", Document=DOCUMENT)
