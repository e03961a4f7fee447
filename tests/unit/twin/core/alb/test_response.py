"""What a load balancer makes of a function's response, and its own errors."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.alb.response import (
    MAX_LAMBDA_RESPONSE_BYTES,
    HeaderModification,
    LambdaTargetError,
    error_response,
    parse_lambda_response,
    reason_phrase,
    serialize_response,
)
from twin.core.http.messages import HttpResponse

DATE = "Mon, 28 Jan 2019 18:37:00 GMT"
GOOD: dict[str, object] = {
    "statusCode": 200,
    "statusDescription": "200 OK",
    "isBase64Encoded": False,
    "headers": {"Content-Type": "text/html; charset=utf-8"},
    "body": "<p>hello</p>",
}


class Absent:
    """A member that the function leaves out, unlike null."""


ABSENT = Absent()


def parse_document(*, multi_value: bool = False, **changes: object) -> HttpResponse:
    return parse_lambda_response(make_document(**changes), multi_value=multi_value)


def make_document(**changes: object) -> bytes:
    """GOOD with these changes; ABSENT removes a member, None makes it null."""
    kept = {name: value for name, value in (GOOD | changes).items() if value is not ABSENT}
    return json.dumps(kept).encode()


def serialize(response: HttpResponse, *, keep_alive: bool = True, head_only: bool = False) -> bytes:
    return serialize_response(
        response, date=DATE, keep_alive=keep_alive, head_only=head_only, server=True
    )


# -- what the function says


def test_a_valid_lambda_response_is_parsed() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    assert parse_document() == HttpResponse(
        status=200,
        reason="OK",
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        body=b"<p>hello</p>",
    )


def test_a_body_may_be_base64() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    assert parse_document(isBase64Encoded=True, body="/wA=").body == b"\xff\x00"


@pytest.mark.parametrize("multi_value", [False, True])
def test_a_status_code_alone_is_a_response(multi_value: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer

    The page asks for more; AWS's users see it so: https://github.com/aws/aws-lambda-go/issues/438
    """
    assert parse_lambda_response(b'{"statusCode": 200}', multi_value=multi_value) == HttpResponse(
        status=200, reason="OK"
    )


@pytest.mark.parametrize("multi_value", [False, True])
@pytest.mark.parametrize("member", ["statusDescription", "body", "isBase64Encoded"])
def test_a_member_may_be_absent_but_not_null(member: str, multi_value: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer

    As AWS's users report it: https://github.com/awsdocs/elb-application-load-balancers-user-guide/issues/33
    """
    assert parse_document(multi_value=multi_value, **{member: ABSENT}).status == 200

    with pytest.raises(LambdaTargetError, match=f"{member} is null.*may be left out"):
        parse_document(multi_value=multi_value, **{member: None})


@pytest.mark.parametrize(
    ("used", "unused", "multi_value"),
    [("headers", "multiValueHeaders", False), ("multiValueHeaders", "headers", True)],
)
@pytest.mark.parametrize("other", [ABSENT, None, 5, {"X": None}, {"X": ["1"]}])
def test_only_the_headers_of_the_target_groups_format_are_read(
    used: str, unused: str, multi_value: bool, other: object
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers-response

    As AWS's users report it: https://github.com/awslabs/aws-lambda-go-api-proxy/issues/79
    """
    absent = parse_document(multi_value=multi_value, **{used: ABSENT, unused: other})
    assert absent.headers == ()

    with pytest.raises(LambdaTargetError, match=f"{used} is null"):
        parse_document(multi_value=multi_value, **{used: None, unused: other})


def test_members_that_the_load_balancer_does_not_know_are_ignored() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    assert parse_document(cookies=["a=1"], version=None) == parse_document()


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("404 Gone Fishing", "Gone Fishing"),
        (ABSENT, "Not Found"),
        ("", "Not Found"),
        ("nonsense", "Not Found"),
        ("404 a\r\nX: b", "Not Found"),
    ],
)
def test_the_reason_phrase_is_the_functions_or_the_standard_one(
    description: object, reason: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    assert parse_document(statusCode=404, statusDescription=description).reason == reason


def test_hop_by_hop_headers_of_the_function_are_ignored() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    headers = {
        "Connection": "close",
        "Transfer-Encoding": "chunked",
        "Content-Length": "999",
        "X-Kept": "yes",
    }

    assert parse_document(headers=headers).headers == (("X-Kept", "yes"),)


def test_several_values_of_a_header_need_multi_value_headers() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers"""
    payload = make_document(headers=ABSENT, multiValueHeaders={"Set-Cookie": ["a=1", "b=2"]})

    response = parse_lambda_response(payload, multi_value=True)

    assert response.headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


@pytest.mark.parametrize("name", ["Age", "Content-Length"])
@pytest.mark.parametrize("value", [7, 0.5, True, None, ["7"], {}])
@pytest.mark.parametrize("multi_value", [False, True])
def test_a_headers_value_is_a_string_even_if_the_header_is_ignored(
    name: str, value: object, multi_value: bool
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues

    As AWS's users report it: https://github.com/CodeGenieApp/serverless-express/pull/699
    """
    payload = make_document(headers={name: value}, multiValueHeaders={name: [value]})

    with pytest.raises(LambdaTargetError, match=f"header {name} has the value .* not a string"):
        parse_lambda_response(payload, multi_value=multi_value)


@pytest.mark.parametrize(
    "changes",
    [
        {"statusCode": ABSENT},
        {"statusCode": None},
        {"statusCode": "200"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 200.5},
        {"statusDescription": 200},
        {"headers": []},
        {"headers": "X: 1"},
        {"headers": {"X Y": "1"}},
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X": "y" * 40_000}},
        {"headers": {"X": "\ud800"}},
        {"isBase64Encoded": "false"},
        {"isBase64Encoded": 0},
        {"isBase64Encoded": True, "body": "no base64!"},
        {"isBase64Encoded": True, "body": "\u00e9"},
        {"body": {"a": 1}},
        {"body": 5},
    ],
)
def test_a_malformed_lambda_response_is_rejected(changes: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues"""
    with pytest.raises(LambdaTargetError) as bad:
        parse_lambda_response(make_document(**changes), multi_value=False)

    assert bad.value.reason == "LambdaInvalidResponse"


@pytest.mark.parametrize("values", ["not a list", None, {"0": "1"}])
def test_multi_value_headers_have_lists(values: object) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers-response"""
    with pytest.raises(LambdaTargetError, match=r"multiValueHeaders\.X is .*, not a list"):
        parse_document(multi_value=True, multiValueHeaders={"X": values})


@pytest.mark.parametrize("payload", [b"", b"hello", b"null", b"[]", b"\xff", b"[" * 100_000])
def test_a_lambda_response_that_is_no_json_object_is_rejected(payload: bytes) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues"""
    with pytest.raises(LambdaTargetError) as bad:
        parse_lambda_response(payload, multi_value=False)

    assert bad.value.reason == "LambdaInvalidResponse"


def test_a_lambda_response_above_one_megabyte_is_rejected() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits"""
    room = MAX_LAMBDA_RESPONSE_BYTES - len(json.dumps(GOOD | {"body": ""}))
    assert len(parse_document(body="x" * room).body) == room

    with pytest.raises(LambdaTargetError) as bad:
        parse_document(body="x" * (room + 1))

    assert bad.value.reason == "LambdaResponseTooLarge"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_lambda_response_is_parsed_or_rejected(value: object) -> None:
    """Whatever a function answers, it is a response or a BadAnswer."""
    with contextlib.suppress(LambdaTargetError):
        parse_document(statusCode=value, headers={"X": value}, body=value)


# -- bytes


def test_headers_of_a_response_have_a_fixed_order() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    response = parse_document(
        headers={"X-Served-Region": "us-west-2", "content-type": "text/plain"}
    )

    assert serialize(response) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Server: awselb/2.0\r\n"
        b"Date: Mon, 28 Jan 2019 18:37:00 GMT\r\n"
        b"Content-Type: text/plain\r\n"
        b"Content-Length: 12\r\n"
        b"Connection: keep-alive\r\n"
        b"X-Served-Region: us-west-2\r\n"
        b"\r\n"
        b"<p>hello</p>"
    )


def test_a_head_request_gets_the_length_without_the_body() -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2"""
    sent = serialize(parse_document(), head_only=True)

    assert b"Content-Length: 12\r\n" in sent
    assert sent.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-6.3"""
    sent = serialize(parse_document(statusCode=status))

    assert b"Content-Length" not in sent
    assert sent.endswith(b"\r\n\r\n")


def test_a_response_announces_that_the_connection_closes() -> None:
    assert b"\r\nConnection: close\r\n" in serialize(parse_document(), keep_alive=False)


def test_the_functions_server_header_is_kept_unless_the_attribute_removes_it() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html"""
    response = parse_document(headers={"Server": "mine", "Date": "then"})

    sent = serialize(response)
    without = serialize_response(
        response, date=DATE, keep_alive=True, head_only=False, server=False
    )

    assert b"Server: mine\r\nDate: then\r\n" in sent
    assert b"Server" not in without


def test_a_listener_adds_headers_in_place_of_the_functions_own() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html"""
    modification = HeaderModification.from_attributes(
        {
            "routing.http.response.server.enabled": "false",
            "routing.http.response.x_frame_options.header_value": "DENY",
            "routing.http.response.access_control_max_age.header_value": "5",
            "routing.http.response.x_content_type_options.header_value": "",
        }
    )
    response = parse_document(headers={"x-frame-options": "SAMEORIGIN", "X-Mine": "yes"})

    assert not modification.server
    assert modification.apply_to(response).headers == (
        ("X-Mine", "yes"),
        ("Access-Control-Max-Age", "5"),
        ("X-Frame-Options", "DENY"),
    )
    assert HeaderModification.from_attributes({}) == HeaderModification()
    assert HeaderModification().apply_to(response) is response


def test_a_body_without_a_type_is_an_octet_stream() -> None:
    assert b"Content-Type: application/octet-stream\r\n" in serialize(parse_document(headers={}))
    assert b"Content-Type" not in serialize(parse_document(headers={}, body=""))


# -- its own errors


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "400 Bad Request"),
        (405, "405 Not Allowed"),
        (413, "413 Request Entity Too Large"),
        (463, "463"),
        (502, "502 Bad Gateway"),
        (503, "503 Service Temporarily Unavailable"),
        (504, "504 Gateway Time-out"),
    ],
)
def test_an_error_response_is_an_html_page(status: int, title: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    page = error_response(status)

    assert page.headers == (("Content-Type", "text/html"),)
    assert page.body.decode() == (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def test_an_unknown_status_has_no_reason_phrase() -> None:
    assert reason_phrase(599) == ""
