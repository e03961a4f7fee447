"""Routes and integrations of HTTP APIs."""

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, Gateway


def test_an_integration_has_the_defaults_of_aws(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html"""
    api = gateway.api()

    found = gateway.http(
        "GetIntegration", ApiId=api, IntegrationId=gateway.integration(api, Description="d")
    )

    assert found["ConnectionType"] == "INTERNET"
    assert found["IntegrationMethod"] == "POST"
    assert found["TimeoutInMillis"] == 30000
    assert found["IntegrationUri"] == FUNCTION
    assert gateway.http("GetIntegrations", ApiId=api)["Items"] == [found]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"IntegrationType": "HTTP_PROXY"}, "NotImplemented"),
        ({"IntegrationType": "MOCK"}, "BadRequestException"),
        ({"IntegrationUri": "https://example.com"}, "BadRequestException"),
        ({"IntegrationUri": ""}, "BadRequestException"),
        ({"IntegrationMethod": "GET"}, "BadRequestException"),
        ({"PayloadFormatVersion": "3.0"}, "BadRequestException"),
        ({"PayloadFormatVersion": ""}, "BadRequestException"),
        ({"ConnectionType": "VPC_LINK"}, "NotImplemented"),
        ({"ConnectionId": "x"}, "NotImplemented"),
        ({"PassthroughBehavior": "NEVER"}, "NotImplemented"),
        ({"IntegrationSubtype": "SQS-SendMessage"}, "NotImplemented"),
        ({"RequestParameters": {"overwrite:path": "/"}}, "NotImplemented"),
        ({"TlsConfig": {"ServerNameToVerify": "a"}}, "NotImplemented"),
    ],
)
def test_other_integrations_are_refused(
    gateway: Gateway, given: dict[str, object], code: str
) -> None:
    api = gateway.api()
    parameters = {
        "ApiId": api,
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": FUNCTION,
        "PayloadFormatVersion": "2.0",
        **given,
    }

    assert gateway.refused("CreateIntegration", **parameters).code == code


def test_an_integration_in_use_is_not_deleted(gateway: Gateway) -> None:
    """https://github.com/milliHQ/terraform-aws-next-js/issues/247"""
    api = gateway.api()
    integration = gateway.integration(api)
    route = gateway.route(api, integration=integration)

    refused = gateway.refused("DeleteIntegration", ApiId=api, IntegrationId=integration)

    assert (refused.code, refused.status) == ("ConflictException", 409)
    assert refused.message == (
        "Cannot delete Integration because it is referenced by the following Routes with Ids: "
        f"[{route}]"
    )
    gateway.http("DeleteRoute", ApiId=api, RouteId=route)
    gateway.http("DeleteIntegration", ApiId=api, IntegrationId=integration)


def test_a_route_leads_to_an_integration_of_its_api(gateway: Gateway) -> None:
    api, other = gateway.api(), gateway.api()
    target = f"integrations/{gateway.integration(other)}"

    for wrong in (target, "integrations/x", "x"):
        refused = gateway.refused("CreateRoute", ApiId=api, RouteKey="GET /a", Target=wrong)
        assert "Invalid Integration identifier specified" in refused.message


def test_a_route_is_changed_and_keeps_the_rest(gateway: Gateway) -> None:
    api = gateway.api()
    route = gateway.route(api)
    before = gateway.http("GetRoute", ApiId=api, RouteId=route)

    after = gateway.http("UpdateRoute", ApiId=api, RouteId=route, OperationName="op")

    assert after == {**before, "OperationName": "op"}
    assert after["AuthorizationType"] == "NONE"
    assert gateway.http("GetRoutes", ApiId=api)["Items"] == [after]
    gateway.route(api, "GET /b")
    refused = gateway.refused("UpdateRoute", ApiId=api, RouteId=route, RouteKey="GET /b")
    assert refused.code == "ConflictException"


@pytest.mark.parametrize(
    "given",
    [
        {"AuthorizationType": "JWT"},
        {"AuthorizationType": "AWS_IAM"},
        {"ApiKeyRequired": True},
        {"AuthorizerId": "x"},
        {"RequestParameters": {"a": {"Required": True}}},
    ],
)
def test_authorizers_and_keys_are_refused_by_name(
    gateway: Gateway, given: dict[str, object]
) -> None:
    refused = gateway.refused("CreateRoute", ApiId=gateway.api(), RouteKey="GET /a", **given)

    assert refused.status == 501
    assert next(iter(given)) in refused.message


def test_what_is_not_there_is_not_found(gateway: Gateway) -> None:
    api = gateway.api()

    assert gateway.refused("GetRoute", ApiId=api, RouteId="x").status == 404
    assert gateway.refused("DeleteIntegration", ApiId=api, IntegrationId="x").status == 404
