"""The files of the pages: their types, their caching, and what a browser may do with them."""

import re
from pathlib import Path

import pytest

from app.errors import NotFound
from app.http.messages import Request
from app.web.files import (
    FILE_CACHING,
    SECURITY_HEADERS,
    WebFile,
    WebFolder,
    file_response,
    find_web_files,
)

WEB = Path(__file__).resolve().parents[4] / "app" / "web"
FILE = WebFile("export {};", "text/javascript; charset=utf-8")
REMOTE_OR_INLINED = (
    r'(src|href)="(https?:)?//|<style|\sstyle="|\son[a-z]+="|<script>|srcdoc|javascript:'
)
FORBIDDEN = {
    ".css": r"@import|url\((?!['\"]?data:)",
    ".html": REMOTE_OR_INLINED,
    ".js": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    r"|from [\"']https?:|import\([\"']https?:",
    ".svg": REMOTE_OR_INLINED,
}
"""What a page's strict policy refuses, and what could turn stored text into markup; by suffix."""


def get(path: str = "/web/a.js", **headers: str) -> Request:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Request(method="GET", path=path, headers=named, body=b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "map.html").write_text("<p>map</p>")
    (tmp_path / "map" / "map.js").write_text("export {};")
    (tmp_path / "map" / "secret.py").write_text("KEY = 1")
    (tmp_path / "style.css").write_text("a {}")
    return tmp_path


def test_a_file_is_found_by_its_name_in_any_folder(folder: Path) -> None:
    files = WebFolder(folder)

    assert files.file("map.js") == WebFile("export {};", "text/javascript; charset=utf-8")
    assert files.file("style.css").content_type == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    "name", ["secret.py", "../style.css", "map/map.js", "", ".", "none.js", "map.html"]
)
def test_only_the_listed_files_are_served(folder: Path, name: str) -> None:
    with pytest.raises(NotFound):
        WebFolder(folder).file(name)


def test_a_page_is_not_a_file_but_found_as_a_page(folder: Path) -> None:
    assert WebFolder(folder).page("map.html").text == "<p>map</p>"


def test_a_file_says_its_type_its_caching_and_what_a_browser_may_do() -> None:
    response = file_response(FILE, get(), caching=FILE_CACHING)

    assert (response.status, response.body) == (200, "export {};")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers.items() >= SECURITY_HEADERS.items()


def test_nothing_inlined_and_nothing_remote_may_run() -> None:
    policy = dict(
        directive.split(" ", 1)
        for directive in SECURITY_HEADERS["Content-Security-Policy"].split("; ")
    )

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"


@pytest.mark.parametrize("condition", ["{}", "W/{}", '"other", {}', "*"])
def test_a_client_that_has_the_file_gets_no_second_copy(condition: str) -> None:
    request = get(if_none_match=condition.format(FILE.etag))

    response = file_response(FILE, request, caching=FILE_CACHING)

    assert (response.status, response.body) == (304, "")
    assert response.headers["ETag"] == FILE.etag
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("condition", ["", '"other"', "nonsense"])
def test_a_client_with_another_copy_gets_the_file(condition: str) -> None:
    assert file_response(FILE, get(if_none_match=condition), caching=FILE_CACHING).status == 200


def test_an_error_page_is_sent_even_to_a_client_that_has_it() -> None:
    request = get(if_none_match=FILE.etag)

    assert file_response(FILE, request, caching=FILE_CACHING, status=404).status == 404


def test_another_text_has_another_etag() -> None:
    assert WebFile("a", "text/css").etag != WebFile("b", "text/css").etag


def test_no_two_files_of_the_pages_have_one_name() -> None:
    names = [path.name for path in WEB.rglob("*") if path.name in find_web_files(WEB)]

    assert names
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", find_web_files(WEB).values(), ids=lambda path: path.name)
def test_a_file_of_the_pages_names_no_other_host_and_inlines_no_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(FORBIDDEN[path.suffix], text, re.IGNORECASE)
    assert len(text.encode()) < 200_000, "a load balancer takes at most 1 MB from a function"
