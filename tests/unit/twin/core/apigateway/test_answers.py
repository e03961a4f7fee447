"""How each type of API judges a function's answer."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_requests import routed_request
from tests.apigateway_topologies import http_api, proxy, rest_api, route
from twin.core.apigateway.answers import read_answer
from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.core.apigateway.requests import GatewayRequest
from twin.core.http.messages import HttpResponse

V2 = routed_request(http_api())
V1 = routed_request(http_api(route("$default", proxy("1.0"))))
REST = routed_request(rest_api(), "/prod/")


def read(answer: object, request: GatewayRequest = V2) -> HttpResponse:
    return read_answer(json.dumps(answer).encode(), request)


def is_malformed(answer: object, request: GatewayRequest) -> bool:
    try:
        read(answer, request)
    except GatewayError as exc:
        return exc.kind is GatewayErrorKind.BAD_ANSWER and bool(exc.detail)
    return False


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ("Hello from Lambda!", b"Hello from Lambda!"),
        ({"message": "Hello from Lambda!"}, b'{"message": "Hello from Lambda!"}'),
        (None, b"null"),
        ([1, 2], b"[1, 2]"),
    ],
)
def test_format_2_0_infers_the_response_of_bare_json(answer: object, body: bytes) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2"""
    response = read(answer)

    assert (response.status, response.body) == (200, body)
    assert response.headers == (("Content-Type", "application/json"),)
    assert is_malformed(answer, V1)
    assert is_malformed(answer, REST)


def test_format_2_0_sets_cookies() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2"""
    response = read(
        {
            "cookies": ["a=1", "b=2"],
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-A": 1},
            "multiValueHeaders": {"X-B": ["ignored"]},
            "body": "<p>",
        }
    )

    assert (response.status, response.body) == (201, b"<p>")
    assert response.headers == (
        ("Content-Type", "text/html"),
        ("X-A", "1"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )


@pytest.mark.parametrize("request_", [V1, REST])
def test_single_and_multi_value_headers_are_merged(request_: GatewayRequest) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format"""
    answer = {
        "statusCode": "200",
        "headers": {"X-A": "1", "X-B": "only", "Content-Type": "a/b"},
        "multiValueHeaders": {"x-a": ["1", "2"]},
    }

    response = read(answer, request_)

    assert response.headers == (
        ("X-B", "only"),
        ("Content-Type", "a/b"),
        ("x-a", "1"),
        ("x-a", "2"),
    )


def test_a_rest_api_refuses_members_that_it_does_not_know() -> None:
    """https://repost.aws/knowledge-center/malformed-502-api-gateway"""
    answer = {"statusCode": 200, "cookies": ["a=1"]}

    assert is_malformed(answer, REST)
    assert not is_malformed(answer, V1)


def test_a_rest_api_remaps_some_headers() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""
    answer = {"statusCode": 401, "headers": {"WWW-Authenticate": "Basic", "Connection": "close"}}

    assert read(answer, REST).headers == (
        ("x-amzn-Remapped-WWW-Authenticate", "Basic"),
        ("x-amzn-Remapped-Connection", "close"),
        ("Content-Type", "application/json"),
    )
    assert read(answer, V1).headers[0] == ("WWW-Authenticate", "Basic")


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "x"},
        {"statusCode": "x"},
        {"statusCode": 199},
        {"statusCode": "100"},
        {"statusCode": 600},
        {"statusCode": True},
        {"statusCode": 200.5},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "headers": {"a\r\nb": "c"}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "body": "!", "isBase64Encoded": "yes"},
    ],
)
def test_a_malformed_answer_is_refused(answer: object) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format"""
    assert is_malformed(answer, REST)
    assert is_malformed(answer, V1)


def test_a_null_counts_as_absent() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    answer = {
        "statusCode": 200,
        "headers": None,
        "multiValueHeaders": None,
        "body": None,
        "isBase64Encoded": None,
    }

    assert read(answer, REST).body == b""
    assert read({"statusCode": 200, "cookies": None}).body == b""


def test_a_body_in_base64_is_decoded() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    answer = {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}

    assert read(answer).body == b"\x00\xff"
    assert is_malformed({**answer, "body": "*"}, V2)


def test_a_rest_api_decodes_base64_for_its_binary_types_only() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html"""
    answer = {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}
    accepting = routed_request(rest_api(binary=("image/png",)), "/prod/", ("accept", "image/png"))

    assert read(answer, REST).body == b"AP8="
    assert read(answer, accepting).body == b"\x00\xff"


def test_an_answer_that_is_no_json_is_malformed() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    for payload in (b"", b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(GatewayError):
            read_answer(payload, V2)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": JSON | st.sampled_from([200, "404"]),
        "headers": JSON | st.dictionaries(st.text(max_size=3), JSON, max_size=2),
        "multiValueHeaders": JSON,
        "cookies": JSON,
        "body": JSON,
        "isBase64Encoded": JSON,
    },
)


@given(MEMBERS | JSON, st.sampled_from([V2, V1, REST]))
def test_any_answer_is_a_response_or_malformed(answer: object, request_: GatewayRequest) -> None:
    try:
        response = read(answer, request_)
    except GatewayError:
        return
    assert 200 <= response.status <= 599
    assert all("\n" not in name + value for name, value in response.headers)


@given(st.binary(max_size=50))
def test_any_bytes_come_through_base64(body: bytes) -> None:
    text = base64.b64encode(body).decode()

    assert read({"statusCode": 200, "isBase64Encoded": True, "body": text}).body == body
