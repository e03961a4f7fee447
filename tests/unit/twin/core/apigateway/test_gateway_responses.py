"""Responses that API Gateway gives by itself."""

import pytest

from tests.apigateway_requests import IDS, routed_request
from tests.apigateway_topologies import ACCOUNT, http_api, rest_api, route
from twin.core.apigateway.errors import GatewayErrorKind
from twin.core.apigateway.gateway_responses import (
    describe_error,
    error_response,
    mock_response,
    with_request_ids,
)
from twin.core.http.messages import HttpResponse
from twin.topology.apigateway import CorsConfiguration, GatewayResponse, Integration


def test_a_rest_api_names_the_type_of_its_errors() -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden"""
    rest = error_response(GatewayErrorKind.NO_ROUTE, is_rest=True)
    http = error_response(GatewayErrorKind.NO_ROUTE, is_rest=False)

    assert (rest.status, rest.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert dict(rest.headers)["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert (http.status, http.body) == (404, b'{"message":"Not Found"}')
    assert http.headers == (("Content-Type", "application/json"),)


def customized(*responses: GatewayResponse, kind: GatewayErrorKind) -> HttpResponse:
    api = rest_api(responses=responses, variables={"hint": "see the docs"})
    request = routed_request(
        api, "/prod/x?a=1+2", ("origin", "https://a.test"), ("accept", "text/html")
    )
    return describe_error(kind, request, ACCOUNT)


def test_a_gateway_response_may_be_worded_anew() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    own = GatewayResponse(
        type="MISSING_AUTHENTICATION_TOKEN",
        status=404,
        headers={
            "Access-Control-Allow-Origin": "'*'",
            "X-Origin": "method.request.header.Origin",
            "X-Type": "context.error.responseType",
            "X-Hint": "stageVariables.hint",
            "X-Query": "method.request.querystring.a",
            "X-Path": "method.request.path.proxy",
        },
        templates={
            "application/json": '{"message":$context.error.messageString,'
            '"hint":"$stageVariables.hint","id":"$context.requestId","no":"$context.none"}'
        },
    )

    response = customized(own, kind=GatewayErrorKind.NO_ROUTE)

    assert response.status == 404
    assert response.body.decode() == (
        '{"message":"Missing Authentication Token","hint":"see the docs",'
        f'"id":"{IDS.request_id}","no":""}}'
    )
    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": "MissingAuthenticationTokenException",
        "Access-Control-Allow-Origin": "*",
        "X-Origin": "https://a.test",
        "X-Type": "MISSING_AUTHENTICATION_TOKEN",
        "X-Hint": "see the docs",
        "X-Query": "1 2",
        "X-Path": "x",
    }


def test_a_mapped_value_can_not_break_the_head() -> None:
    own = GatewayResponse(type="THROTTLED", headers={"X-A": "method.request.header.x"})
    request = routed_request(rest_api(responses=(own,)), "/prod/x", ("x", "a\x00\r\nb"))

    response = describe_error(GatewayErrorKind.THROTTLED, request, ACCOUNT)

    assert dict(response.headers)["X-A"] == "ab"


@pytest.mark.parametrize(
    "name", ["Content-Length", "transfer-encoding", "Connection", "x y", "x\r\ny", ""]
)
def test_settings_do_not_say_where_a_response_ends(name: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-6.3"""
    own = GatewayResponse(type="THROTTLED", headers={name: "'1'", "X-A": "'2'"})
    told = Integration(type="MOCK", mock_headers={name: "1", "X-A": "2", "X-B": "b\r\nC: d"})

    error = customized(own, kind=GatewayErrorKind.THROTTLED)
    mock = mock_response(told)

    assert dict(error.headers).keys() == {"Content-Type", "x-amzn-ErrorType", "X-A"}
    assert mock.headers == (("X-A", "2"), ("Content-Type", "application/json"))


def test_a_type_without_settings_takes_those_of_its_class() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    of_4xx = GatewayResponse(type="DEFAULT_4XX", headers={"X-Class": "'4'"})
    of_5xx = GatewayResponse(type="DEFAULT_5XX", status=599, headers={"X-Class": "'5'"})

    throttled = customized(of_4xx, of_5xx, kind=GatewayErrorKind.THROTTLED)
    timed_out = customized(of_4xx, of_5xx, kind=GatewayErrorKind.TIMED_OUT)
    malformed = customized(of_4xx, of_5xx, kind=GatewayErrorKind.BAD_ANSWER)

    found = [(r.status, dict(r.headers)["X-Class"]) for r in (throttled, timed_out, malformed)]
    assert found == [(429, "4"), (599, "5"), (599, "5")]
    assert throttled.body == b'{"message":"Too Many Requests"}'


def test_the_accepted_template_is_taken() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    own = GatewayResponse(
        type="THROTTLED", templates={"application/json": "{}", "text/html": "<b>later</b>"}
    )

    response = customized(own, kind=GatewayErrorKind.THROTTLED)

    assert response.body == b"<b>later</b>"
    assert dict(response.headers)["Content-Type"] == "text/html"


@pytest.mark.parametrize("kind", [GatewayErrorKind.BAD_REQUEST, GatewayErrorKind.URI_TOO_LONG])
def test_an_error_without_a_type_can_not_be_customized(kind: GatewayErrorKind) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    own = GatewayResponse(type="DEFAULT_4XX", status=418)

    assert customized(own, kind=kind) == error_response(kind, is_rest=True)


def test_errors_of_an_http_api_have_its_cors_headers() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    api = http_api(route("GET /a"), cors=CorsConfiguration(allow_origins=("*",)))
    request = routed_request(api, "/b", ("origin", "https://a.test"))

    response = describe_error(GatewayErrorKind.NO_ROUTE, request, ACCOUNT)

    assert ("access-control-allow-origin", "*") in response.headers


def test_a_mock_answers_as_it_is_told() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html"""
    told = Integration(
        type="MOCK",
        mock_status=204,
        mock_headers={"X-A": "1", "content-type": "a/b"},
        mock_body="x",
    )

    assert mock_response(told) == HttpResponse(
        status=204, headers=(("X-A", "1"), ("content-type", "a/b")), body=b"x"
    )
    assert mock_response(Integration(type="MOCK")).headers == (
        ("Content-Type", "application/json"),
    )


def test_a_response_names_its_request() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    response = HttpResponse(status=200)

    assert with_request_ids(response, IDS, is_rest=True).headers == (
        ("x-amzn-RequestId", IDS.request_id),
        ("x-amz-apigw-id", IDS.extended_id),
    )
    assert with_request_ids(response, IDS, is_rest=False).headers == (
        ("Apigw-Requestid", IDS.extended_id),
    )
