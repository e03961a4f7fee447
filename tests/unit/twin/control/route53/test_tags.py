"""Tags of zones and health checks."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from twin.control.route53.tags import find_tags


@pytest.fixture
def service() -> FakeRoute53:
    return FakeRoute53()


@pytest.mark.parametrize("kind", ["hostedzone", "healthcheck"])
def test_tags_are_added_changed_and_removed(service: FakeRoute53, kind: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html"""
    resource = service.create_zone() if kind == "hostedzone" else service.create_check()
    named = {"ResourceType": kind, "ResourceId": resource}
    added = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]

    service.call("ChangeTagsForResource", **named, AddTags=added)
    service.call(
        "ChangeTagsForResource",
        **named,
        AddTags=[{"Key": "c", "Value": "3"}],
        RemoveTagKeys=["a"],
    )

    tags = [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    assert service.call("ListTagsForResource", **named) == {
        "ResourceTagSet": {**named, "Tags": tags}
    }
    assert find_tags(service.state, f"arn:aws:route53:::{kind}/{resource}") == {"b": "2", "c": "3"}
    several = service.call("ListTagsForResources", ResourceType=kind, ResourceIds=[resource])
    assert several == {"ResourceTagSets": [{**named, "Tags": tags}]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"AddTags": [{"Key": "aws:a", "Value": "1"}]},
        {"AddTags": [{"Key": "a", "Value": "1"}], "RemoveTagKeys": ["a"]},
    ],
)
def test_a_change_of_tags_that_makes_no_sense_is_refused(
    service: FakeRoute53, change: dict[str, object]
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html"""
    named = {"ResourceType": "hostedzone", "ResourceId": service.create_zone()}
    service.refuse("InvalidInput", "ChangeTagsForResource", **named, **change)


def test_only_what_exists_has_tags(service: FakeRoute53) -> None:
    service.refuse(
        "NoSuchHealthCheck",
        "ListTagsForResource",
        ResourceType="healthcheck",
        ResourceId="none",
    )


@pytest.mark.parametrize("arn", ["arn:aws:route53:::hostedzone/none", "arn:aws:s3:::b", "x"])
def test_other_resources_have_no_tags_here(service: FakeRoute53, arn: str) -> None:
    assert find_tags(service.state, arn) is None
