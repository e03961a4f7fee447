"""Common pages: exact bytes where they are fixed, escaped input, and the choice of a format."""

import json

import pytest

from app.errors import MethodNotAllowed
from app.http.pages import error_page, health_page, prefers_json, refused_page


@pytest.mark.parametrize(("region", "length"), [("us-west-2", 57), ("eu-central-1", 60)])
def test_the_health_page_has_its_fixed_bytes(region: str, length: int) -> None:
    html = health_page(200, "", region).html

    assert html == f"<html><body><h1>health: 200 {region} </h1></body></html>"
    assert len(html.encode()) == length


def test_an_unhealthy_page_has_the_same_form() -> None:
    html = health_page(503, "switched off", "us-west-2").html

    assert html == "<html><body><h1>health: 503 us-west-2 </h1></body></html>"


def test_an_error_page_is_escaped_and_names_the_region() -> None:
    answer = error_page(500, "<script>", "us-west-2", "request-1")

    assert answer.html is not None
    assert "<script>" not in answer.html
    assert "500 Internal Server Error" in answer.html
    assert "us-west-2, request request-1" in answer.html
    assert json.loads(json.dumps(answer.data))["request_id"] == "request-1"


def test_a_refused_method_names_the_allowed_ones() -> None:
    answer = refused_page(MethodNotAllowed("PUT", "/create", "POST"), "us-west-2")

    assert (answer.status, answer.headers) == (405, {"Allow": "POST"})


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/*",
        "application/json, text/html;q=0.9",
        "text/html;q=0.2, application/json;q=0.3",
        "application/json, text/plain, */*",
        "*/*;q=0.1, application/json;q=0.1",
        "application/json; charset=utf-8",
        "text/html;q=0, */*",
    ],
)
def test_json_where_the_client_prefers_it(accept: str) -> None:
    assert prefers_json(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html, application/json",
        "application/json;q=0.5, text/*",
        "application/json;q=0",
        "application/json;q=high",
        "application/json;q=7",
        "application/json;q=nan",
        "image/png",
        ";;,,;q=",
    ],
)
def test_html_everywhere_else(accept: str) -> None:
    assert not prefers_json(accept)
