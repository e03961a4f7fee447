"""Permissions of API Gateway: the verb and the path of the request."""

from typing import Any

import botocore.session
import pytest

from tests.unit.twin.iam.requirements.requirement_lists import needs
from twin.iam.requirements.api_gateway import HTTP_APIS

MODEL = botocore.session.get_session().get_service_model("apigatewayv2")
PREFIX = "arn:aws:apigateway:eu-central-1::"


@pytest.mark.parametrize("operation", sorted(HTTP_APIS))
def test_an_operation_needs_its_verb_on_its_path(operation: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"""
    model: Any = MODEL.operation_model(operation)
    labels = {
        member.serialization["name"]: name
        for name, member in model.input_shape.members.items()
        if member.serialization.get("location") == "uri"
    }
    path = model.http["requestUri"].removeprefix("/v2")
    for label, name in labels.items():
        path = path.replace(f"{{{label}}}", f"{{{name}}}")

    assert HTTP_APIS[operation] == (model.http["method"], path)


def test_a_route_is_a_path_below_its_api() -> None:
    assert needs("apigatewayv2", "UpdateRoute", ApiId="a", RouteId="r") == [
        ("apigateway:PATCH", f"{PREFIX}/apis/a/routes/r")
    ]


def test_a_tagged_resource_is_encoded_in_the_path() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html"""
    (found,) = needs("apigatewayv2", "GetTags", ResourceArn=f"{PREFIX}/apis/a")

    assert found == (
        "apigateway:GET",
        f"{PREFIX}/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2Fa",
    )
