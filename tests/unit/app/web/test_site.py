"""The pages: which are there, what the header says, and where the endpoints are."""

from pathlib import Path

import pytest

from app.errors import NotFound
from app.http.messages import Page, Request, Response
from app.http.router import Router
from app.service import SiteContext
from app.web.site import (
    HEADER_MARK,
    Site,
    SitePage,
    format_header,
    format_missing_service,
    make_routes,
)

REGION = "eu-west-1"
WEB = Path(__file__).resolve().parents[4] / "app" / "web"
ALL = ("items", "keyvalues", "hits", "bookmarks")
ENDPOINTS = {
    "regions": [{"region": REGION, "url": "https://eu-west-1.api.test"}],
    "shared": [{"door": "dns", "url": "https://api.test"}],
}


def context(*services: str) -> SiteContext:
    return SiteContext(region=REGION, services=services, endpoints=ENDPOINTS)


def request(path: str, **headers: str) -> Request:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Request(method="GET", path=path, headers=named, body=b"")


def answer(path: str, *services: str, **headers: str) -> Page | Response:
    return Router(make_routes(context(*(services or ALL)))).answer(request(path, **headers))


def page(path: str, *services: str, **headers: str) -> Response:
    found = answer(path, *services, **headers)
    assert isinstance(found, Response)
    return found


def test_the_map_is_a_page_with_the_shared_header() -> None:
    response = page("/map")

    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert HEADER_MARK not in response.body
    assert '<a href="map" aria-current="page">Map</a>' in response.body
    assert f'<strong id="served-region">{REGION}</strong>' in response.body


def home(*services: str) -> Page:
    found = answer("/", *services)
    assert isinstance(found, Page)
    return found


def test_the_home_page_names_the_region_and_links_the_pages_and_the_items() -> None:
    found = home()

    assert found.html is not None
    assert "Answered from eu-west-1" in found.html
    assert all(f'href="{link}"' in found.html for link in ("map", "get/foobar", "health"))
    assert 'method="post" action="create"' in found.html
    assert "<!-- " not in found.html
    assert found.data["region"] == REGION
    assert found.data["links"] == {
        "item": "/get/foobar",
        "health": "/health",
        "create": "/create",
        **{page.name: f"/{page.name}" for page in Site(context(*ALL), WEB).linked_pages()},
    }


def test_the_home_page_has_no_list_of_pages_without_a_page() -> None:
    assert "Pages</h2>" in str(home().html)
    assert "Pages</h2>" not in str(home("items").html)


def test_the_home_page_may_send_its_form_and_nothing_else() -> None:
    policy, strict = (
        headers["Content-Security-Policy"] for headers in (home().headers, page("/map").headers)
    )

    assert policy.replace("form-action 'self'", "form-action 'none'") == strict


def test_a_page_is_asked_for_each_time_since_it_names_the_region() -> None:
    first = page("/map")

    again = page("/map", if_none_match=first.headers["ETag"])

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status, again.body) == (304, "")
    assert make_page_in("us-west-2").headers["ETag"] != first.headers["ETag"]


def make_page_in(region: str) -> Response:
    elsewhere = SiteContext(region=region, services=ALL, endpoints={})
    found = Router(make_routes(elsewhere)).answer(request("/map"))
    assert isinstance(found, Response)
    return found


def test_a_page_without_its_service_says_which_is_missing() -> None:
    response = page("/map", "items", "hits")

    assert response.status == 404
    assert "<code>keyvalues</code>" in response.body
    assert "This stack has: items, hits." in response.body
    assert "<script" not in response.body


def test_the_header_has_no_link_to_a_page_without_its_service() -> None:
    assert 'href="map"' in page("/map", "items", "keyvalues").body
    assert 'href="map"' not in page("/map", "items").body


def test_a_file_of_the_pages_is_served() -> None:
    response = page("/web/request.js")

    assert response.status == 200
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "export async function request" in response.body


@pytest.mark.parametrize("path", ["/web/site.py", "/web/map.html", "/web/none.css", "/web/%2E%2E"])
def test_nothing_else_is_served_below_web(path: str) -> None:
    with pytest.raises(NotFound):
        answer(path)


def test_the_endpoints_are_those_of_the_stack_with_the_region_that_answers() -> None:
    found = answer("/endpoints", "items", "hits")

    assert isinstance(found, Page)
    assert found.html is None
    assert found.data == {"region": REGION, "services": ["items", "hits"], **ENDPOINTS}


def test_a_stack_without_names_of_its_regions_has_empty_lists() -> None:
    routes = make_routes(SiteContext(region=REGION, services=ALL, endpoints={}))

    found = Router(routes).answer(request("/endpoints"))

    assert isinstance(found, Page)
    assert (found.data["regions"], found.data["shared"]) == ([], [])


def test_a_page_whose_file_is_not_there_has_no_route_and_no_link(tmp_path: Path) -> None:
    site = Site(context(*ALL), tmp_path)

    assert site.linked_pages() == ()
    assert [route.template for route in site.routes()] == ["/", "/web/{name}", "/endpoints"]


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.html")), ids=lambda path: path.stem)
def test_every_page_takes_the_shared_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.count(HEADER_MARK) == 1
    assert '<main id="main" tabindex="-1"' in text
    assert '<html lang="en">' in text
    assert '<link rel="stylesheet" href="web/style.css">' in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert text.count("<h1>") == 1
    assert '="/' not in text, "a URL is relative, for a stage in front of the path"


def test_text_of_the_environment_is_escaped() -> None:
    shown = SitePage("map", "<Map>", needs="<b>")

    header = format_header([shown], "<i>", current="map")

    assert "<i>" not in header
    assert "<Map>" not in header
    assert "<b>" not in format_missing_service(shown, ["<u>"])
    assert "<u>" not in format_missing_service(shown, ["<u>"])
