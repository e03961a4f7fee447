"""Methods and their responses, by what AWS has answered to the same calls.

https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json
"""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway


@pytest.fixture
def where(gateway: Gateway) -> dict[str, Any]:
    """A method of a new API."""
    made = gateway.rest_api()
    names = {
        "restApiId": made["id"],
        "resourceId": made["rootResourceId"],
        "httpMethod": "ANY",
    }
    gateway.rest("PutMethod", **names, authorizationType="NONE")
    return names


def test_a_method_is_patched(gateway: Gateway, where: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html"""
    plain = {"apiKeyRequired": False, "authorizationType": "NONE", "httpMethod": "ANY"}
    assert gateway.rest("GetMethod", **where) == plain
    parameter = "/requestParameters/method.request.querystring.optional"

    gateway.patch("UpdateMethod", parameter, "true", op="add", **where)
    gateway.patch("UpdateMethod", "/requestModels/application~1json", "Empty", op="add", **where)
    changed = gateway.patch("UpdateMethod", "/operationName", "op", **where)

    assert changed == {
        **plain,
        "operationName": "op",
        "requestModels": {"application/json": "Empty"},
        "requestParameters": {"method.request.querystring.optional": True},
    }
    gateway.rest("DeleteMethod", **where)
    refused = gateway.rest_refused("GetMethod", **where)
    assert (refused.status, refused.message) == (404, "Invalid Method identifier specified")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"httpMethod": "FETCH"},
            "Invalid HttpMethod specified. Valid options are "
            "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
        ),
        (
            {"authorizationType": "CUSTOM"},
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer.",
        ),
        (
            {"requestModels": {"application/json": "petModel"}},
            "Invalid model identifier specified: petModel",
        ),
        (
            {
                "requestParameters": {
                    "method.request.header.a": True,
                    "method.request.path.a": True,
                }
            },
            "Parameter names must be unique across querystring, header and path",
        ),
        ({"httpMethod": "ANY"}, "Method already exists for this resource"),
    ],
)
def test_wrong_methods_are_refused(
    gateway: Gateway, where: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    names = {**where, "httpMethod": "GET", "authorizationType": "NONE", **given}

    assert gateway.rest_refused("PutMethod", **names).message == message


@pytest.mark.parametrize(
    "given",
    [{"authorizationType": "AWS_IAM"}, {"apiKeyRequired": True}, {"requestValidatorId": "x"}],
)
def test_what_is_not_served_is_refused_by_name(
    gateway: Gateway, where: dict[str, Any], given: dict[str, Any]
) -> None:
    names = {**where, "httpMethod": "GET", "authorizationType": "NONE", **given}

    refused = gateway.rest_refused("PutMethod", **names)

    assert refused.status == 501
    assert next(iter(given)) in refused.message


def test_a_response_declares_headers(gateway: Gateway, where: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html"""
    ok = {**where, "statusCode": "200"}
    header = "method.response.header.A"

    made = gateway.rest("PutMethodResponse", **ok, responseParameters={header: True})
    changed = gateway.patch("UpdateMethodResponse", f"/responseParameters/{header}", "false", **ok)

    assert made == {"statusCode": "200", "responseParameters": {header: True}}
    assert changed["responseParameters"] == {header: False}
    assert gateway.rest("GetMethod", **where)["methodResponses"] == {"200": changed}
    assert gateway.rest_refused("PutMethodResponse", **ok).code == "ConflictException"
    for name in ("integration.response.header.A", "method.response.header.A\r\nB"):
        other = {**where, "statusCode": "201", "responseParameters": {name: True}}
        refused = gateway.rest_refused("PutMethodResponse", **other)
        assert "Invalid mapping expression" in refused.message
    gateway.rest("DeleteMethodResponse", **ok)
    assert gateway.rest_refused("GetMethodResponse", **ok).status == 404


def test_a_response_is_the_last_one_of_its_request(gateway: Gateway, where: dict[str, Any]) -> None:
    refused = gateway.rest_refused("PutMethodResponse", **where, statusCode="100")

    assert (refused.status, refused.message) == (400, "Invalid Response status code specified")
