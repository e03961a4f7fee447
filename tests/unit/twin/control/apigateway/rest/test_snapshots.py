"""What a deployment holds."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION, Gateway
from twin.topology.apigateway import Integration

HEADER = "method.response.header.Access-Control-Allow-Origin"


def make_mock(gateway: Gateway, template: str, *patterns: str | None) -> Integration:
    """The published integration of a mock with a response for 200, 201, ... by each pattern."""
    made = gateway.rest_api()
    where: dict[str, Any] = {
        "restApiId": made["id"],
        "resourceId": made["rootResourceId"],
        "httpMethod": "OPTIONS",
    }
    gateway.rest("PutMethod", **where, authorizationType="NONE")
    gateway.rest(
        "PutIntegration", **where, type="MOCK", requestTemplates={"application/json": template}
    )
    for number, pattern in enumerate(patterns):
        status = {**where, "statusCode": str(200 + number)}
        gateway.rest("PutMethodResponse", **status, responseParameters={HEADER: True})
        selection = {} if pattern is None else {"selectionPattern": pattern}
        gateway.rest(
            "PutIntegrationResponse",
            **status,
            **selection,
            responseParameters={HEADER: "'*'"},
            responseTemplates={"application/json": "hello"},
        )
    gateway.rest("CreateDeployment", restApiId=made["id"], stageName="live")
    return gateway.published_stage(made["id"], "live").routes[0].integration


def test_a_mock_answers_preflight_requests(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html"""
    found = make_mock(gateway, '{"statusCode": 200}', None)

    assert found == Integration(
        type="MOCK",
        mock_status=200,
        mock_headers={
            "Access-Control-Allow-Origin": "*",
            "Content-Type": "application/json",
        },
        mock_body="hello",
    )


@pytest.mark.parametrize(
    ("template", "status"), [('{"statusCode": 404}', 201), ("{'statusCode': 500}", 200)]
)
def test_the_response_is_chosen_by_its_pattern(
    gateway: Gateway, template: str, status: int
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html"""
    assert make_mock(gateway, template, None, "4..").mock_status == status


@pytest.mark.parametrize(("template", "patterns"), [("{}", (None,)), ('{"statusCode": 200}', ())])
def test_a_mock_without_status_or_response_fails(
    gateway: Gateway, template: str, patterns: tuple[None, ...]
) -> None:
    assert make_mock(gateway, template, *patterns).mock_status == 500


def test_a_stage_serves_the_methods_of_its_deployment(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    api, root = gateway.deployed_rest_api()
    item = gateway.resource(api, root, "{item+}")
    gateway.method(api, item, "ANY")

    assert gateway.served_paths(api, "live") == ["GET /"]
    gateway.rest("CreateDeployment", restApiId=api, stageName="live")
    assert gateway.served_paths(api, "live") == ["GET /", "ANY /{item+}"]
    served = gateway.published_stage(api, "live").routes[1]
    assert (served.resource_id, served.integration.function_arn) == (item, FUNCTION)
    assert served.integration.payload_format == "1.0"


def test_gateway_responses_are_a_part_of_the_deployment(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-gateway-response-using-the-api.html"""
    api, _ = gateway.deployed_rest_api()
    gateway.rest(
        "PutGatewayResponse",
        restApiId=api,
        responseType="DEFAULT_4XX",
        statusCode="418",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
    )

    assert gateway.published_stage(api, "live").gateway_responses == ()
    gateway.rest("CreateDeployment", restApiId=api, stageName="live")
    (found,) = gateway.published_stage(api, "live").gateway_responses
    assert (found.type, found.status) == ("DEFAULT_4XX", 418)
    assert found.headers == {"Access-Control-Allow-Origin": "'*'"}


def test_what_can_t_be_deployed_is_refused(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html"""
    made = gateway.rest_api()
    where = {"restApiId": made["id"]}
    refused = gateway.rest_refused("CreateDeployment", **where)
    assert refused.message == "The REST API doesn't contain any methods"

    gateway.rest(
        "PutMethod",
        **where,
        resourceId=made["rootResourceId"],
        httpMethod="GET",
        authorizationType="NONE",
    )

    refused = gateway.rest_refused("CreateDeployment", **where)
    assert refused.message == "No integration defined for method"
