"""CORS of HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html."""

import pytest

from twin.core.apigateway.cors import (
    add_cors_headers,
    allowed_origin,
    answer_preflight,
    is_preflight,
)
from twin.topology.apigateway import CorsConfiguration

CORS = CorsConfiguration(
    allow_origins=("https://a.test", "http://*"),
    allow_methods=("GET", "PUT"),
    allow_headers=("authorization", "x-a"),
    expose_headers=("date",),
    max_age_s=300,
    allow_credentials=True,
)
ASKED = {"origin": "https://a.test", "access-control-request-method": "PUT"}


def test_a_preflight_request_is_answered_by_the_gateway() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    response = answer_preflight(CORS, ASKED)

    assert (response.status, response.body) == (204, b"")
    assert dict(response.headers) == {
        "access-control-allow-origin": "https://a.test",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "authorization,x-a",
        "access-control-max-age": "300",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "date",
    }


@pytest.mark.parametrize(
    "asked",
    [
        {**ASKED, "origin": "https://b.test"},
        {**ASKED, "access-control-request-method": "DELETE"},
    ],
)
def test_what_is_not_allowed_gets_no_headers(asked: dict[str, str]) -> None:
    """https://fetch.spec.whatwg.org/#cors-preflight-fetch"""
    response = answer_preflight(CORS, asked)

    assert (response.status, response.headers) == (204, ())


def test_only_a_browsers_question_is_a_preflight_request() -> None:
    """https://fetch.spec.whatwg.org/#cors-preflight-request"""
    assert is_preflight("OPTIONS", ASKED)
    assert not is_preflight("GET", ASKED)
    assert not is_preflight("OPTIONS", {"origin": "https://a.test"})
    assert not is_preflight("OPTIONS", {"access-control-request-method": "PUT"})


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (("*",), "https://a.test", "*"),
        (("https://A.test",), "https://a.test", "https://a.test"),
        (("https://*",), "https://a.test", "https://a.test"),
        (("https://*",), "http://a.test", ""),
        (("https://a.test",), "https://a.test.evil", ""),
        (("*",), "", ""),
    ],
)
def test_an_origin_is_allowed_by_name_or_scheme(
    origins: tuple[str, ...], origin: str, allowed: str
) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#apis-apiid-model-cors"""
    assert allowed_origin(CorsConfiguration(allow_origins=origins), origin) == allowed


def test_the_functions_own_cors_headers_are_ignored() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    own = (("Access-Control-Allow-Origin", "https://evil"), ("X-A", "1"))

    assert add_cors_headers(CORS, "https://a.test", own) == (
        ("X-A", "1"),
        ("access-control-allow-origin", "https://a.test"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "date"),
    )
    assert add_cors_headers(CORS, "", own) == (("X-A", "1"),)
