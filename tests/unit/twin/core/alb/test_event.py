"""What a load balancer makes of a request before a function sees it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.alb.event import (
    AlbAttributes,
    AlbRequest,
    build_event,
    build_health_check_event,
    check_lambda_request,
    check_request,
    has_invalid_header,
    parse_attributes,
)
from twin.core.http.messages import RequestRejected

GROUP = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/app/0123456789abcdef"
TRACE = "1-5c4f3c2d-0123456789abcdef01234567"
PLAIN = AlbAttributes()


def make_request(
    target: str = "/",
    *headers: tuple[str, str],
    method: str = "GET",
    host: str = "Example.com",
    port: int = 80,
) -> AlbRequest:
    sent = tuple((name.lower(), value) for name, value in headers)
    return AlbRequest(
        method=method,
        target=target,
        headers=(("host", host), *sent) if host else sent,
        client="127.210.7.1",
        client_port=4711,
        port=port,
    )


def make_event(
    request: AlbRequest,
    body: bytes = b"",
    *,
    multi_value: bool = False,
    attributes: AlbAttributes = PLAIN,
) -> dict[str, Any]:
    made = build_event(
        request,
        body,
        target_group_arn=GROUP,
        multi_value=multi_value,
        attributes=attributes,
        trace_id=TRACE,
    )
    document: dict[str, Any] = json.loads(made)
    return document


# -- the shape


def test_an_event_has_the_documented_fields() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    found = make_event(make_request("/get/foobar?a=1", ("User-Agent", "curl/8")))

    assert found == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "GET",
        "path": "/get/foobar",
        "queryStringParameters": {"a": "1"},
        "headers": {
            "host": "Example.com",
            "user-agent": "curl/8",
            "x-amzn-trace-id": f"Root={TRACE}",
            "x-forwarded-for": "127.210.7.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
        },
        "body": "",
        "isBase64Encoded": False,
    }


def test_an_event_with_multi_values_has_lists() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers"""
    request = make_request("/?a=1&a=2&b=3", ("Cookie", "x=1"), ("cookie", "y=2"))

    found = make_event(request, multi_value=True)

    assert found["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["3"]}
    assert found["multiValueHeaders"]["cookie"] == ["x=1", "y=2"]
    assert "headers" not in found
    assert "queryStringParameters" not in found


def test_the_last_of_repeated_values_wins() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers"""
    found = make_event(make_request("/?a=1&a=2", ("Cookie", "x=1"), ("cookie", "y=2")))

    assert found["queryStringParameters"] == {"a": "2"}
    assert found["headers"]["cookie"] == "y=2"


@pytest.mark.parametrize(
    ("target", "path", "parameters"),
    [
        ("/a%20b?q=c%20d&e+f=%26", "/a%20b", {"q": "c%20d", "e+f": "%26"}),
        ("/?flag&empty=&=x", "/", {"flag": "", "empty": "", "": "x"}),
        ("/?a=b=c", "/", {"a": "b=c"}),
        ("/??", "/", {"?": ""}),
        ("http://example.com/x?y=1", "/x", {"y": "1"}),
        ("http://example.com", "/", {}),
        ("*", "*", {}),
    ],
)
def test_paths_and_queries_are_not_decoded(
    target: str, path: str, parameters: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer"""
    found = make_event(make_request(target))

    assert (found["path"], found["queryStringParameters"]) == (path, parameters)


def test_a_health_check_is_a_plain_get() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#enable-health-checks-lambda"""
    made = build_health_check_event(path="/health", target_group_arn=GROUP, multi_value=False)

    assert json.loads(made) == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "GET",
        "path": "/health",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }


def test_a_health_check_uses_the_target_groups_event_format() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers"""
    made = json.loads(
        build_health_check_event(path="/h?a=1", target_group_arn=GROUP, multi_value=True)
    )

    assert made["multiValueHeaders"] == {"user-agent": ["ELB-HealthChecker/2.0"]}
    assert made["multiValueQueryStringParameters"] == {"a": ["1"]}


# -- bodies


@pytest.mark.parametrize(
    ("headers", "is_base64"),
    [
        ((("Content-Type", "text/plain"),), False),
        ((("Content-Type", "text/html; charset=utf-8"),), False),
        ((("Content-Type", "application/json"),), False),
        ((("Content-Type", "Application/JSON;charset=utf-8"),), False),
        ((("Content-Type", "application/javascript"),), False),
        ((("Content-Type", "application/xml"),), False),
        ((("Content-Type", "application/octet-stream"),), True),
        ((("Content-Type", "application/x-www-form-urlencoded"),), True),
        ((("Content-Type", "image/png"),), True),
        ((), True),
        ((("Content-Type", "text/plain"), ("Content-Encoding", "gzip")), True),
    ],
)
def test_a_body_is_text_or_base64(headers: tuple[tuple[str, str], ...], is_base64: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer"""
    found = make_event(make_request("/", *headers, method="POST"), b"grue\xc3\x9fe")

    assert found["isBase64Encoded"] is is_base64
    plain = base64.b64decode(found["body"]) if is_base64 else found["body"].encode()
    assert plain == b"grue\xc3\x9fe"


def test_a_text_body_that_is_not_utf8_is_rejected() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"""
    with pytest.raises(RequestRejected) as refused:
        make_event(make_request("/", ("Content-Type", "text/plain")), b"\xff\xfe")

    assert refused.value.status == 400


@pytest.mark.parametrize(
    "request_",
    [
        make_request("/", ("X", "\udcff")),
        make_request("/", ("X\udcff", "1")),
        make_request("/\udcff"),
        make_request("/?a=\udcff"),
    ],
)
def test_a_head_that_is_not_utf8_is_rejected(request_: AlbRequest) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"""
    with pytest.raises(RequestRejected, match="not UTF-8") as refused:
        check_lambda_request(request_)

    assert (refused.value.status, refused.value.reason) == (400, "LambdaBadRequest")


# -- the load balancer's own headers


@pytest.mark.parametrize(
    ("attributes", "sent", "expected"),
    [
        (PLAIN, (), "127.210.7.1"),
        (PLAIN, ("10.0.0.1",), "10.0.0.1, 127.210.7.1"),
        (PLAIN, ("10.0.0.1", "10.0.0.2"), "10.0.0.1, 10.0.0.2, 127.210.7.1"),
        (AlbAttributes(client_port=True), ("10.0.0.1",), "10.0.0.1, 127.210.7.1:4711"),
        (AlbAttributes(forwarded_for="preserve"), ("10.0.0.1",), "10.0.0.1"),
        (AlbAttributes(forwarded_for="preserve"), (), None),
        (AlbAttributes(forwarded_for="remove"), ("10.0.0.1",), None),
    ],
)
def test_the_client_address_is_appended(
    attributes: AlbAttributes, sent: tuple[str, ...], expected: str | None
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"""
    request = make_request("/", *(("X-Forwarded-For", value) for value in sent))

    headers = make_event(request, attributes=attributes)["headers"]

    assert headers.get("x-forwarded-for") == expected


def test_port_and_protocol_are_the_load_balancers_own() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"""
    request = make_request("/", ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "443"))

    headers = make_event(request)["headers"]

    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("http", "80")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Root=1-1-2", f"Self={TRACE};Root=1-1-2"),
        ("Root=1-1-2;CalledFrom=app", f"Self={TRACE};Root=1-1-2;CalledFrom=app"),
        ("Self=1-3-4;Root=1-1-2", f"Self={TRACE};Root=1-1-2"),
        ("CalledFrom=app", f"Root={TRACE};CalledFrom=app"),
    ],
)
def test_a_trace_is_continued(sent: str, expected: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html"""
    headers = make_event(make_request("/", ("X-Amzn-Trace-Id", sent)))["headers"]

    assert headers["x-amzn-trace-id"] == expected


def test_hop_by_hop_headers_are_not_forwarded() -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""
    hops = ("Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Expect", "Upgrade")

    headers = make_event(make_request("/", *((name, "x") for name in hops)))["headers"]

    assert set(headers) == {
        "host",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }


def test_attributes_change_the_headers() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes"""
    attributes = parse_attributes(
        {
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.preserve_host_header.enabled": "true",
            "routing.http.xff_header_processing.mode": "remove",
        }
    )

    headers = make_event(make_request("/", ("X_Odd", "1"), ("X-Fine", "2")), attributes=attributes)[
        "headers"
    ]

    assert headers["host"] == "Example.com"
    assert "x_odd" not in headers
    assert headers["x-fine"] == "2"
    assert "x-forwarded-for" not in headers


def test_absent_attributes_have_their_defaults() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes"""
    assert parse_attributes({}) == AlbAttributes(
        forwarded_for="append", client_port=False, drop_invalid_headers=False, preserve_host=False
    )
    assert parse_attributes(
        {"routing.http.xff_header_processing.mode": "preserve"}
    ) == AlbAttributes(forwarded_for="preserve")


@pytest.mark.parametrize(
    ("target", "hosts", "port", "changed", "preserved"),
    [
        ("/", ("Example.com",), 80, "Example.com", ["Example.com"]),
        ("/", ("example.com:80",), 80, "example.com", ["example.com:80"]),
        ("/", ("example.com:8080",), 443, "example.com", ["example.com:8080"]),
        ("https://dns_name/index.html", ("example.com",), 80, "dns_name", ["example.com"]),
        ("/", ("example.com",), 8080, "example.com:8080", ["example.com"]),
        ("/", ("example.com:8080",), 8080, "example.com:8080", ["example.com:8080"]),
        ("/", ("[::1]",), 8080, "[::1]:8080", ["[::1]"]),
        ("/", ("first", "second"), 80, "first", ["first", "second"]),
        ("/", (), 8080, None, None),
    ],
)
def test_the_host_header_gets_the_listeners_port_unless_it_is_preserved(
    target: str,
    hosts: tuple[str, ...],
    port: int,
    changed: str | None,
    preserved: list[str] | None,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation"""
    request = make_request(target, *(("Host", host) for host in hosts), host="", port=port)

    by_default = make_event(request)["headers"]
    as_sent = make_event(request, multi_value=True, attributes=AlbAttributes(preserve_host=True))

    assert by_default.get("host") == changed
    assert as_sent["multiValueHeaders"].get("host") == preserved


@pytest.mark.parametrize(("name", "invalid"), [("X-Fine", False), ("X_Odd", True), ("X Y", True)])
def test_a_header_with_other_characters_than_letters_digits_and_hyphens_is_invalid(
    name: str, invalid: bool
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html"""
    assert has_invalid_header(make_request("/", (name, "1"))) is invalid


# -- what it refuses


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (make_request(method="TRACE"), 405),
        (make_request("example.com:443", method="CONNECT"), 405),
        (make_request("/", host=""), 400),
        (make_request("/", ("X-Forwarded-For", ", ".join(["10.0.0.1"] * 31))), 463),
        (make_request("/", *[("X-Forwarded-For", "10.0.0.1")] * 31), 463),
    ],
)
def test_invalid_requests_are_rejected(request_: AlbRequest, status: int) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    with pytest.raises(RequestRejected) as refused:
        check_request(request_, (1, 1))

    assert refused.value.status == status


@pytest.mark.parametrize(
    "request_",
    [
        make_request(),
        make_request("/", ("X-Forwarded-For", ", ".join(["10.0.0.1"] * 30))),
        *(make_request(method=m) for m in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")),
        make_request("*", method="OPTIONS"),
        make_request(method="PROPFIND"),
        make_request("/", ("X-Binary", "\udcff")),
    ],
)
def test_valid_requests_are_accepted(request_: AlbRequest) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#http-request-method-conditions"""
    check_request(request_, (1, 1))


def test_http_1_0_needs_no_host() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-3.2"""
    check_request(make_request("/", host=""), (1, 0))


@pytest.mark.parametrize("protocol", ["websocket", "WebSocket", "h2c, websocket"])
def test_a_websocket_can_not_reach_a_function(protocol: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits"""
    upgrade = make_request("/", ("Upgrade", protocol), ("Connection", "keep-alive, Upgrade"))

    with pytest.raises(RequestRejected) as refused:
        check_lambda_request(upgrade)

    assert (refused.value.status, refused.value.reason) == (400, "LambdaWebsocketNotSupported")


@pytest.mark.parametrize(
    "headers",
    [
        (("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")),
        (("Upgrade", "websocket"),),
        (("Connection", "Upgrade"),),
    ],
)
def test_another_upgrade_is_ignored(headers: tuple[tuple[str, str], ...]) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-7.8"""
    request = make_request("/", *headers)

    check_lambda_request(request)

    assert not {"upgrade", "connection"} & make_event(request)["headers"].keys()


# -- for any request

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, TEXT)), TEXT, st.binary(max_size=200), st.booleans())
def test_every_request_makes_an_event(
    headers: list[tuple[str, str]], query: str, body: bytes, multi_value: bool
) -> None:
    request = make_request("/?" + query, *headers, ("Content-Encoding", "x"))

    found = make_event(request, body, multi_value=multi_value)

    names = found["multiValueHeaders" if multi_value else "headers"]
    assert all(name == name.lower() for name in names)
    assert base64.b64decode(found["body"]) == body
    assert found["path"] == "/"
