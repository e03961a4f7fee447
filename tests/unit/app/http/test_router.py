"""Paths and methods."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest, MethodNotAllowed, NotFound, RoutesInvalid
from app.http.messages import Page, Request, Response
from app.http.router import Router
from app.service import Answer, Route


def answer_with(name: str) -> Answer:
    def answer(_request: Request, segments: Mapping[str, str]) -> Page:
        return Page(status=200, html=None, data={"route": name, **segments})

    return answer


def route(template: str, method: str = "GET", *, html: bool = False) -> Route:
    return Route(method=method, template=template, answer=answer_with(template), html=html)


ROUTER = Router(
    [
        route("/", html=True),
        route("/get/{id}", html=True),
        route("/create", "POST", html=True),
        route("/kv/{key}"),
        route("/kv/{key}", "POST"),
        route("/kv/all"),
        route("/films/{user}/{film}"),
        route("/films/new/{film}"),
        route("/films/"),
    ]
)


def ask(method: str, path: str) -> dict[str, object]:
    answer = ROUTER.answer(Request(method=method, path=path, headers={}, body=b""))
    assert isinstance(answer, Page)
    return dict(answer.data)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", {"route": "/"}),
        ("/kv/a%20b%2Fc", {"route": "/kv/{key}", "key": "a b/c"}),
        ("/kv/%2525", {"route": "/kv/{key}", "key": "%25"}),
        ("/kv/", {"route": "/kv/{key}", "key": ""}),
        ("/kv/all", {"route": "/kv/all"}),
        ("/films/", {"route": "/films/"}),
        ("/films/me/7", {"route": "/films/{user}/{film}", "user": "me", "film": "7"}),
        ("/films/new/7", {"route": "/films/new/{film}", "film": "7"}),
    ],
)
def test_a_path_is_matched_and_its_segments_are_decoded_once(
    path: str, found: dict[str, str]
) -> None:
    assert ask("GET", path) == found


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_is_one_segment_once_it_is_encoded(text: str) -> None:
    encoded = "".join(f"%{byte:02x}" for byte in text.encode())

    assert ask("GET", f"/films/{encoded}/x")["user"] == text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/get", "/get/a/b", "/create/", "//", "/GET/a", "", "/films/a/b/c"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFound, match="no such path"):
        ask("GET", path)


def test_an_unknown_path_is_shortened_in_the_message() -> None:
    with pytest.raises(NotFound) as caught:
        ask("GET", "/\ud800\x00" + "x" * 500)

    assert str(caught.value) == "no such path: /" + "x" * 97 + "..."


def test_a_segment_that_is_not_utf_8_is_refused_by_its_name() -> None:
    with pytest.raises(BadRequest, match="the film is not UTF-8 once percent-decoded"):
        ask("GET", "/films/me/%FF")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/get/a", "GET, HEAD"),
        ("DELETE", "/kv/a", "GET, POST, HEAD"),
        ("GET", "/create", "POST"),
        ("HEAD", "/create", "POST"),
    ],
)
def test_a_wrong_method_is_refused_with_the_right_ones(
    method: str, path: str, allowed: str
) -> None:
    """RFC 9110, 15.5.6."""
    with pytest.raises(MethodNotAllowed) as caught:
        ask(method, path)

    assert caught.value.headers == {"Allow": allowed}


@pytest.mark.parametrize("path", ["/", "/get/a", "/films/"])
def test_head_is_answered_as_get_is(path: str) -> None:
    assert ask("HEAD", path) == ask("GET", path)


@pytest.mark.parametrize(
    ("path", "allow"), [("/kv/a", "GET, POST, HEAD, OPTIONS"), ("/create", "POST, OPTIONS")]
)
def test_options_names_the_methods_of_the_path(path: str, allow: str) -> None:
    answer = ROUTER.answer(Request(method="OPTIONS", path=path, headers={}, body=b""))

    assert isinstance(answer, Response)
    assert (answer.status, answer.headers["Allow"]) == (204, allow)


def test_a_preflight_request_for_an_unknown_path_is_answered() -> None:
    """Else a page could not read that its path is unknown."""
    answer = ROUTER.answer(Request(method="OPTIONS", path="/nowhere", headers={}, body=b""))

    assert answer.status == 204
    assert "Allow" not in answer.headers


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/get/a", True),
        ("/get/a/b", True),
        ("/nowhere", True),
        ("/kv/a", False),
        ("/kv/a/b", False),
        ("/kv", False),
    ],
)
def test_errors_are_json_below_a_service_that_speaks_json(path: str, *, expected: bool) -> None:
    assert ROUTER.errors_have_html(path) is expected


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        (("/kv/a", "/kv/a"), "two routes are for GET /kv/a"),
        (("/kv/{a}", "/kv/{a}"), "two routes are for GET /kv/{a}"),
        (("/kv/{a}", "/kv/{b}"), "two routes are for GET /kv/{b}"),
        (("/{a}",), "the first segment must have no name"),
    ],
)
def test_routes_that_contradict_each_other_are_refused(
    templates: tuple[str, ...], message: str
) -> None:
    with pytest.raises(RoutesInvalid, match=message):
        Router(map(route, templates))


def test_the_routes_of_one_path_have_the_same_names() -> None:
    with pytest.raises(RoutesInvalid, match="another route has other names for it"):
        Router([route("/kv/{a}"), route("/kv/{b}", "POST")])
