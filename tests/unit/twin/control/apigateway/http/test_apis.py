"""HTTP APIs as resources, and quick create."""

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, REGION, Gateway
from twin.control.apigateway import limits


def test_an_api_has_an_endpoint_of_its_region(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    made = gateway.http("CreateApi", Name="kv", ProtocolType="HTTP", Tags={"a": "b"})

    assert len(made["ApiId"]) == 10
    assert made["ApiEndpoint"] == f"https://{made['ApiId']}.execute-api.{REGION}.amazonaws.com"
    assert made["RouteSelectionExpression"] == "$request.method $request.path"
    assert made["Tags"] == {"a": "b"}
    assert not made["DisableExecuteApiEndpoint"]
    assert gateway.http("GetApi", ApiId=made["ApiId"]) == made
    assert gateway.http("GetApis")["Items"] == [made]


def test_an_api_belongs_to_its_region(gateway: Gateway) -> None:
    api = gateway.api()
    gateway.region = "us-west-2"

    refused = gateway.refused("GetApi", ApiId=api)

    assert (refused.code, refused.status) == ("NotFoundException", 404)
    assert refused.message == f"Invalid API identifier specified 123456789012:{api}"
    assert gateway.http("GetApis")["Items"] == []


def test_an_update_changes_what_it_names(gateway: Gateway) -> None:
    api = gateway.api(Description="one", CorsConfiguration={"AllowOrigins": ["*"]})

    gateway.http("UpdateApi", ApiId=api, Name="other", DisableExecuteApiEndpoint=True)

    found = gateway.http("GetApi", ApiId=api)
    assert (found["Name"], found["Description"]) == ("other", "one")
    assert found["CorsConfiguration"]["AllowOrigins"] == ["*"]
    assert not gateway.published_api(api).default_endpoint_enabled
    gateway.http("DeleteCorsConfiguration", ApiId=api)
    assert "CorsConfiguration" not in gateway.http("GetApi", ApiId=api)


def test_quick_create_makes_a_route_and_a_stage_that_serves_it(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html"""
    api = gateway.api(Target=FUNCTION)

    (route,) = gateway.http("GetRoutes", ApiId=api)["Items"]
    (integration,) = gateway.http("GetIntegrations", ApiId=api)["Items"]
    assert [route["ApiGatewayManaged"], integration["ApiGatewayManaged"]] == [True, True]
    assert integration["PayloadFormatVersion"] == "2.0"
    (served,) = gateway.published_stage(api).routes
    assert (served.path, served.integration.function_arn) == ("$default", FUNCTION)


def test_an_update_moves_the_route_of_quick_create(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION, RouteKey="GET /a")

    gateway.http("UpdateApi", ApiId=api, RouteKey="POST /b", Target=f"{FUNCTION}2")

    (served,) = gateway.published_stage(api).routes
    assert (served.method, served.path) == ("POST", "/b")
    assert served.integration.function_arn == f"{FUNCTION}2"
    plain = gateway.api()
    assert gateway.refused("UpdateApi", ApiId=plain, Target=FUNCTION).code == "BadRequestException"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ProtocolType": "WEBSOCKET"}, "NotImplemented"),
        ({"CredentialsArn": "arn:aws:iam::1:role/r"}, "NotImplemented"),
        ({"Target": "https://example.com"}, "NotImplemented"),
        ({"Target": "arn:aws:sqs:x"}, "BadRequestException"),
        ({"RouteKey": "GET /a"}, "BadRequestException"),
        ({"RouteSelectionExpression": "$request.body.action"}, "BadRequestException"),
        ({"Tags": {"aws:x": "y"}}, "BadRequestException"),
    ],
)
def test_what_is_wrong_or_not_served_is_refused(
    gateway: Gateway, given: dict[str, object], code: str
) -> None:
    parameters = {"Name": "kv", "ProtocolType": "HTTP", **given}

    assert gateway.refused("CreateApi", **parameters).code == code


def test_an_api_that_a_domain_leads_to_is_not_deleted(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    gateway.domain()
    gateway.http("CreateApiMapping", DomainName="api.muster.test", ApiId=api, Stage="$default")

    refused = gateway.refused("DeleteApi", ApiId=api)

    assert refused.message.endswith("in your domains: api.muster.test")
    gateway.http("DeleteDomainName", DomainName="api.muster.test")
    gateway.http("DeleteApi", ApiId=api)
    assert gateway.published().apis == ()


def test_a_region_has_a_quota_of_apis(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    for _ in range(limits.REGIONAL_APIS):
        gateway.api()

    refused = gateway.refused("CreateApi", Name="one more", ProtocolType="HTTP")

    assert (refused.code, refused.status) == ("TooManyRequestsException", 429)
    gateway.region = "us-west-2"
    gateway.api()
