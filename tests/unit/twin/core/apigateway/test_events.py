"""The events of API Gateway, in its three formats."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_requests import IDS, event_of, routed_request
from tests.apigateway_topologies import (
    ACCOUNT,
    DOMAIN,
    HTTP_HOST,
    HTTP_ID,
    REST_HOST,
    REST_ID,
    domain,
    http_api,
    proxy,
    rest_api,
    route,
)
from twin.core.apigateway.events import is_binary_type

V1 = proxy("1.0")


def test_format_2_0_has_the_documented_fields() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    api = http_api(route("POST /my/{name}"))
    request = routed_request(
        api,
        "/my/p%20th?parameter1=value1&parameter1=value2&parameter2=v%20w",
        ("user-agent", "agent"),
        ("cookie", "cookie1=a; cookie2=b"),
        ("x-twice", "value1"),
        ("x-twice", "value2"),
        ("content-type", "text/plain"),
        method="POST",
    )

    assert event_of(request, b"Hello from Lambda") == {
        "version": "2.0",
        "routeKey": "POST /my/{name}",
        "rawPath": "/my/p th",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=v%20w",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "host": HTTP_HOST,
            "user-agent": "agent",
            "x-twice": "value1,value2",
            "content-type": "text/plain",
            "content-length": "17",
            "x-amzn-trace-id": f"Root={IDS.trace_id}",
            "x-forwarded-for": "127.210.7.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "v w"},
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": HTTP_ID,
            "domainName": HTTP_HOST,
            "domainPrefix": HTTP_ID,
            "http": {
                "method": "POST",
                "path": "/my/p th",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.210.7.1",
                "userAgent": "agent",
            },
            "requestId": IDS.extended_id,
            "routeKey": "POST /my/{name}",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "pathParameters": {"name": "p th"},
        "body": "Hello from Lambda",
        "isBase64Encoded": False,
    }


def test_format_2_0_leaves_out_what_is_empty() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    event = event_of(routed_request(http_api()))

    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert not absent & event.keys()
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)


def test_format_1_0_has_the_documented_fields() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    api = http_api(route("GET /my/{name}", V1))
    event = event_of(routed_request(api, "/my/path?a=1&a=2", ("user-agent", "agent"), ("x-a", "b")))

    context = event["requestContext"]
    assert event["version"] == "1.0"
    assert (event["resource"], event["path"], event["httpMethod"]) == (
        "/my/{name}",
        "/my/path",
        "GET",
    )
    assert event["headers"]["Host"] == HTTP_HOST
    assert event["multiValueHeaders"]["x-a"] == ["b"]
    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["pathParameters"] == {"name": "path"}
    assert event["stageVariables"] is None
    assert event["body"] is None
    assert event["isBase64Encoded"] is False
    assert context["authorizer"] == {"claims": None, "scopes": None}
    assert context["identity"]["sourceIp"] == "127.210.7.1"
    assert context["requestTime"] == "04/Mar/2020:19:03:58 +0000"
    assert (context["resourcePath"], context["stage"]) == ("/my/{name}", "$default")


def test_a_rest_apis_event_is_format_1_0_without_a_version() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format"""
    api = rest_api(variables={"color": "blue"})
    event = event_of(routed_request(api, "/prod/a%20b", ("accept", "*/*")), b"\xff")

    context = event["requestContext"]
    assert set(event) == {
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "requestContext",
        "pathParameters",
        "stageVariables",
        "body",
        "isBase64Encoded",
    }
    assert event["pathParameters"] == {"proxy": "a b"}
    assert event["stageVariables"] == {"color": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ("�", False)
    assert event["queryStringParameters"] is event["multiValueQueryStringParameters"] is None
    assert (context["apiId"], context["resourceId"]) == (REST_ID, "abc123")
    assert (context["requestId"], context["extendedRequestId"]) == (
        IDS.request_id,
        IDS.extended_id,
    )
    assert context["domainName"] == REST_HOST


@pytest.mark.parametrize(
    ("target", "stage", "mapping", "path"),
    [
        ("/test/a", "test", None, "/test/a"),
        ("/a", "$default", None, "/a"),
        ("/a", "test", "", "/test/a"),
        ("/b/a", "test", "b", "/test/a"),
        ("/b/a", "$default", "b", "/a"),
        ("/b", "$default", "b", "/"),
    ],
)
def test_the_path_of_an_http_api(target: str, stage: str, mapping: str | None, path: str) -> None:
    """https://github.com/localstack/localstack/issues/12296"""
    own = None if mapping is None else domain((mapping, HTTP_ID, stage))
    event = event_of(routed_request(http_api(stages=(stage,)), target, domain=own))

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (path, path)
    assert event["requestContext"]["domainName"] == (HTTP_HOST if own is None else DOMAIN)


@pytest.mark.parametrize(
    ("target", "mapping", "path", "context_path"),
    [
        ("/prod/a", None, "/a", "/prod/a"),
        ("/a", ("", "prod"), "/a", "/a"),
        ("/b/a", ("b", "prod"), "/b/a", "/b/a"),
        ("/prod/a", ("", ""), "/prod/a", "/prod/a"),
        ("/b/prod/a", ("b", ""), "/b/prod/a", "/b/prod/a"),
    ],
)
def test_the_path_of_a_rest_api(
    target: str, mapping: tuple[str, str] | None, path: str, context_path: str
) -> None:
    """https://github.com/localstack/localstack/issues/12296"""
    own = None if mapping is None else domain((mapping[0], REST_ID, mapping[1]))
    event = event_of(routed_request(rest_api(), target, domain=own))

    assert (event["path"], event["requestContext"]["path"]) == (path, context_path)
    assert event["pathParameters"] == {"proxy": "a"}


@given(st.binary(min_size=1, max_size=40), st.sampled_from(["text/plain", "image/png", ""]))
def test_no_body_is_lost_in_an_http_api(body: bytes, content_type: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    event = event_of(routed_request(http_api(), "/", ("content-type", content_type)), body)

    text = event["body"]
    assert (base64.b64decode(text) if event["isBase64Encoded"] else text.encode()) == body
    assert event["isBase64Encoded"] or content_type == "text/plain"


def test_a_rest_api_takes_binary_bodies_of_its_binary_types_only() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html"""
    api = rest_api(binary=("image/*",))

    png = event_of(routed_request(api, "/prod/a", ("content-type", "image/png")), b"\xff")
    other = event_of(routed_request(api, "/prod/a", ("content-type", "text/plain")), b"a")

    assert (png["body"], png["isBase64Encoded"]) == ("/w==", True)
    assert (other["body"], other["isBase64Encoded"]) == ("a", False)


@pytest.mark.parametrize(
    ("types", "content_type", "expected"),
    [
        (("image/png",), "Image/PNG; q=1", True),
        (("image/png",), "image/jpeg", False),
        (("*/*",), "", True),
        ((), "image/png", False),
    ],
)
def test_a_type_is_binary_by_its_name(
    types: tuple[str, ...], content_type: str, expected: bool
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html"""
    assert is_binary_type(types, content_type) is expected
