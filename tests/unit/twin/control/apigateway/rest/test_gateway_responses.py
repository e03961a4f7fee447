"""Gateway responses, by what AWS has answered to the same calls.

https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json
"""

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway

KIND = "MISSING_AUTHENTICATION_TOKEN"


def test_every_error_has_a_response_of_its_own(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    api = gateway.rest_api()["id"]
    where = {"restApiId": api, "responseType": KIND}
    default = {
        "defaultResponse": True,
        "responseParameters": {},
        "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        "responseType": KIND,
        "statusCode": "403",
    }
    assert gateway.rest("GetGatewayResponse", **where) == default

    gateway.patch("UpdateGatewayResponse", "/statusCode", "404", **where)
    header = "gatewayresponse.header.A"
    gateway.patch("UpdateGatewayResponse", f"/responseParameters/{header}", "'b'", **where)

    found = gateway.rest("GetGatewayResponse", **where)
    assert found == {
        **default,
        "defaultResponse": False,
        "statusCode": "404",
        "responseParameters": {header: "'b'"},
    }
    listed = gateway.rest("GetGatewayResponses", restApiId=api)["items"]
    assert len(listed) == 21
    assert [one for one in listed if not one["defaultResponse"]] == [found]
    gateway.rest("DeleteGatewayResponse", **where)
    assert gateway.rest("GetGatewayResponse", **where) == default
    refused = gateway.rest_refused("DeleteGatewayResponse", **where)
    assert refused.message == "Gateway response type not defined on api"


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("gatewayresponse.header.A", "method.request.header.B", None),
        ("gatewayresponse.header.A", "context.error.message", None),
        ("gatewayresponse.header.A", "text without quotes", 400),
        ("gatewayresponse.header.A", "integration.response.header.B", 400),
        ("method.response.header.A", "'b'", 400),
        ("gatewayresponse.header.", "'b'", 400),
        ("gatewayresponse.header.A B", "'b'", 400),
        ("gatewayresponse.header.A\r\nB", "'b'", 400),
        ("gatewayresponse.header.A", "'b\r\nC: d'", 400),
        ("gatewayresponse.header.A", "'\x00'", 400),
    ],
)
def test_headers_are_mapping_expressions(
    gateway: Gateway, name: str, value: str, status: int | None
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.responseParameters.html"""
    call = {
        "restApiId": gateway.rest_api()["id"],
        "responseType": KIND,
        "responseParameters": {name: value},
    }

    if status is None:
        assert gateway.rest("PutGatewayResponse", **call)["responseParameters"] == {name: value}
    else:
        assert gateway.rest_refused("PutGatewayResponse", **call).status == status


def test_a_response_is_the_last_one_of_its_request(gateway: Gateway) -> None:
    where = {"restApiId": gateway.rest_api()["id"], "responseType": KIND}

    put = gateway.rest_refused("PutGatewayResponse", **where, statusCode="101")
    patch = [{"op": "replace", "path": "/statusCode", "value": "199"}]
    updated = gateway.rest_refused("UpdateGatewayResponse", **where, patchOperations=patch)

    assert put.message == updated.message == "Invalid status code specified"
    assert gateway.rest("GetGatewayResponse", **where)["defaultResponse"]


def test_a_template_that_is_too_large_is_refused(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
    api = gateway.rest_api()["id"]

    refused = gateway.rest_refused(
        "PutGatewayResponse",
        restApiId=api,
        responseType=KIND,
        responseTemplates={"application/json": "a" * 400_000},
    )

    assert "A mapping template has 400000 bytes" in refused.message
