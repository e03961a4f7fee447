"""Tags of API Gateway's resources."""

from urllib.parse import quote

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, Gateway
from twin.control.apigateway.tags import check_tags, find_gateway_tags
from twin.control.document_service import CallRefused

PREFIX = "arn:aws:apigateway:eu-central-1::"


@pytest.mark.parametrize("kind", ["api", "stage", "domain", "rest api", "rest stage"])
def test_every_kind_of_resource_has_tags(gateway: Gateway, kind: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html"""
    api = gateway.api(Target=FUNCTION)
    gateway.domain()
    rest, _ = gateway.deployed_rest_api()
    paths = {
        "rest api": f"/restapis/{rest}",
        "rest stage": f"/restapis/{rest}/stages/live",
        "api": f"/apis/{api}",
        "stage": f"/apis/{api}/stages/$default",
        "domain": "/domainnames/api.muster.test",
    }
    arn = PREFIX + paths[kind]

    gateway.rest("TagResource", resourceArn=arn, tags={"a": "1", "b": "2"})
    gateway.http("TagResource", ResourceArn=quote(arn, safe=""), Tags={"a": "3"})
    gateway.http("UntagResource", ResourceArn=arn, TagKeys=["b", "c"])

    assert gateway.http("GetTags", ResourceArn=arn) == {"Tags": {"a": "3"}}
    assert gateway.rest("GetTags", resourceArn=arn) == {"tags": {"a": "3"}}
    assert find_gateway_tags(gateway.state, arn) == {"a": "3"}
    assert find_gateway_tags(gateway.state, f"{arn}x") is None


@pytest.mark.parametrize(
    ("arn", "status"),
    [
        ("x", 400),
        ("arn:aws:apigateway:us-west-2::/apis/a", 400),
        (f"{PREFIX}/apis/unknown", 404),
        (f"{PREFIX}/vpclinks/a", 404),
    ],
)
def test_other_arns_are_refused(gateway: Gateway, arn: str, status: int) -> None:
    assert gateway.refused("GetTags", ResourceArn=arn).status == status
    assert gateway.refused("TagResource", ResourceArn=arn, Tags={"a": "b"}).status == status


@pytest.mark.parametrize(
    "tags", [{"aws:a": "b"}, {"": "b"}, {"a": "x" * 257}, {str(n): "" for n in range(51)}]
)
def test_wrong_tags_are_refused(tags: dict[str, str]) -> None:
    with pytest.raises(CallRefused):
        check_tags(tags)
