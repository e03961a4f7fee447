"""Integrations of REST APIs, and their responses."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, INVOCATIONS, Gateway

PROXY = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": INVOCATIONS}


@pytest.fixture
def where(gateway: Gateway) -> dict[str, Any]:
    """A method of a new API."""
    made = gateway.rest_api()
    names = {
        "restApiId": made["id"],
        "resourceId": made["rootResourceId"],
        "httpMethod": "GET",
    }
    gateway.rest("PutMethod", **names, authorizationType="NONE")
    return names


def test_an_integration_has_the_defaults_of_aws(gateway: Gateway, where: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
    made = gateway.rest("PutIntegration", **where, **PROXY)

    assert made == {
        "type": "AWS_PROXY",
        "httpMethod": "POST",
        "uri": INVOCATIONS,
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": where["resourceId"],
        "cacheKeyParameters": [],
    }
    assert gateway.rest("GetIntegration", **where) == made
    changed = gateway.patch("UpdateIntegration", "/timeoutInMillis", "50", **where)
    assert changed["timeoutInMillis"] == 50
    gateway.rest("DeleteIntegration", **where)
    assert gateway.rest_refused("GetIntegration", **where).message == (
        "Invalid Integration identifier specified"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"integrationHttpMethod": ""}, "Enumeration value for HttpMethod must be non-empty"),
        ({"integrationHttpMethod": "GET"}, "HttpMethod must be POST"),
        ({"uri": FUNCTION}, "AWS ARN for integration must contain path or action"),
        ({"uri": "x"}, "Invalid ARN specified in the request"),
        ({"timeoutInMillis": 29001}, "Timeout should be between 50 ms and 29000 ms"),
        ({"passthroughBehavior": "X"}, "Invalid passthrough behavior"),
    ],
)
def test_wrong_integrations_are_refused(
    gateway: Gateway, where: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
    refused = gateway.rest_refused("PutIntegration", **where, **{**PROXY, **given})

    assert refused.code == "BadRequestException"
    assert message in refused.message


@pytest.mark.parametrize(
    "given",
    [
        {"type": "HTTP_PROXY"},
        {"type": "AWS"},
        {"connectionType": "VPC_LINK"},
        {"credentials": "arn:aws:iam::1:role/r"},
        {"requestParameters": {"integration.request.header.a": "'b'"}},
        {"responseTransferMode": "STREAM"},
    ],
)
def test_what_is_not_served_is_refused_by_name(
    gateway: Gateway, where: dict[str, Any], given: dict[str, Any]
) -> None:
    refused = gateway.rest_refused("PutIntegration", **where, **{**PROXY, **given})

    assert refused.status == 501
    assert next(iter(given)) in refused.message


def test_a_response_has_only_declared_headers(gateway: Gateway, where: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html"""
    header = "method.response.header.A"
    gateway.rest("PutIntegration", **where, type="MOCK")
    ok = {**where, "statusCode": "200"}
    assert gateway.rest_refused("PutIntegrationResponse", **ok).status == 404
    gateway.rest("PutMethodResponse", **ok, responseParameters={header: True})

    made = gateway.rest("PutIntegrationResponse", **ok, responseParameters={header: "'b'"})
    changed = gateway.patch("UpdateIntegrationResponse", "/selectionPattern", "2..", **ok)

    assert made == {"statusCode": "200", "responseParameters": {header: "'b'"}}
    assert changed == {**made, "selectionPattern": "2.."}
    for pattern, status in (("(", 400), ("a{99999999999999999999}", 400), (r"(\d+)+x", 501)):
        refused = gateway.rest_refused("PutIntegrationResponse", **ok, selectionPattern=pattern)
        assert refused.status == status
    assert gateway.rest("GetIntegrationResponse", **ok) == changed
    other = {"method.response.header.B": "'b'"}
    refused = gateway.rest_refused("PutIntegrationResponse", **ok, responseParameters=other)
    assert "Invalid mapping expression parameter specified" in refused.message
    lines = {header: "'b\r\nC: d'"}
    refused = gateway.rest_refused("PutIntegrationResponse", **ok, responseParameters=lines)
    assert "Invalid mapping expression parameter specified" in refused.message
    gateway.rest("DeleteIntegrationResponse", **ok)
    assert "integrationResponses" not in gateway.rest("GetIntegration", **where)


@pytest.mark.parametrize(
    "given",
    [
        {"responseParameters": {"method.response.header.A": "integration.response.header.B"}},
        {"responseTemplates": {"application/json": "$input.body"}},
    ],
)
def test_expressions_are_refused_where_a_mock_would_need_them(
    gateway: Gateway, where: dict[str, Any], given: dict[str, Any]
) -> None:
    gateway.rest("PutIntegration", **where, type="MOCK")
    ok = {**where, "statusCode": "200"}
    gateway.rest("PutMethodResponse", **ok, responseParameters={"method.response.header.A": True})

    assert gateway.rest_refused("PutIntegrationResponse", **ok, **given).status == 501


def test_a_template_that_is_too_large_is_refused(gateway: Gateway, where: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
    templates = {"application/json": "a" * 400_000}

    refused = gateway.rest_refused(
        "PutIntegration", **where, type="MOCK", requestTemplates=templates
    )

    assert "A mapping template has 400000 bytes" in refused.message
