"""Permissions of API Gateway: the verb and the path of the request."""

from typing import Any

import botocore.session
import pytest

from tests.unit.twin.iam.requirements.requirement_lists import needs
from twin.iam.requirements.api_gateway import HTTP_APIS, REST_APIS

PREFIX = "arn:aws:apigateway:eu-central-1::"


MODELS = {
    name: botocore.session.get_session().get_service_model(name)
    for name in ("apigateway", "apigatewayv2")
}
ALL = [("apigatewayv2", name) for name in HTTP_APIS] + [("apigateway", name) for name in REST_APIS]


@pytest.mark.parametrize(("service", "operation"), ALL)
def test_an_operation_needs_its_verb_on_its_path(service: str, operation: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"""
    model: Any = MODELS[service].operation_model(operation)
    members = model.input_shape.members if model.input_shape else {}
    path = model.http["requestUri"].removeprefix("/v2")
    for name, member in members.items():
        if member.serialization.get("location") == "uri":
            path = path.replace(f"{{{member.serialization['name']}}}", f"{{{name}}}")
    table = HTTP_APIS if service == "apigatewayv2" else REST_APIS

    assert table[operation] == (model.http["method"], path)


def test_a_route_is_a_path_below_its_api() -> None:
    assert needs("apigatewayv2", "UpdateRoute", ApiId="a", RouteId="r") == [
        ("apigateway:PATCH", f"{PREFIX}/apis/a/routes/r")
    ]


def test_a_method_is_a_path_below_its_resource() -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html"""
    assert needs(
        "apigateway", "PutIntegration", restApiId="a", resourceId="r", httpMethod="GET"
    ) == [("apigateway:PUT", f"{PREFIX}/restapis/a/resources/r/methods/GET/integration")]


@pytest.mark.parametrize("arn", [f"{PREFIX}/apis/a", f"{PREFIX}%2Fapis%2Fa"])
def test_a_tagged_resource_is_encoded_in_the_path(arn: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html"""
    (found,) = needs("apigatewayv2", "GetTags", ResourceArn=arn)

    assert found == (
        "apigateway:GET",
        f"{PREFIX}/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2Fa",
    )


@pytest.mark.parametrize(
    ("service", "member"), [("apigatewayv2", "DomainName"), ("apigateway", "domainName")]
)
def test_a_domain_name_is_in_lower_case(service: str, member: str) -> None:
    (found,) = needs(service, "GetDomainName", **{member: "API.example.org"})

    assert found == ("apigateway:GET", f"{PREFIX}/domainnames/api.example.org")
