"""HTML or JSON, by the client's Accept header."""

import pytest

from app.pages import prefers_json


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
