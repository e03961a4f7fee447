"""CORS headers of answers and of preflight requests."""

from app.http.cors import CorsPolicy, preflight_response
from tests.unit.app.fakes import FunctionWorld

ORIGIN = "https://www.example.com"


def test_every_origin_may_read_where_all_may() -> None:
    """https://fetch.spec.whatwg.org/#http-access-control-allow-origin"""
    assert CorsPolicy(("*",)).headers("")["Access-Control-Allow-Origin"] == "*"


def test_one_of_several_origins_is_named_and_caches_are_told() -> None:
    policy = CorsPolicy((ORIGIN, "https://other.example.com"))

    assert policy.headers(ORIGIN)["Access-Control-Allow-Origin"] == ORIGIN
    assert policy.headers(ORIGIN)["Vary"] == "Origin"
    assert policy.headers("https://evil.example.com") == {"Vary": "Origin"}


def test_without_origins_there_are_no_headers() -> None:
    assert CorsPolicy(()).headers(ORIGIN) == {}


def test_the_region_can_be_read_by_a_page() -> None:
    assert "X-Served-Region" in CorsPolicy(("*",)).headers("")["Access-Control-Expose-Headers"]


def test_a_preflight_request_allows_what_the_pages_send() -> None:
    """https://fetch.spec.whatwg.org/#cors-preflight-request"""
    headers = preflight_response("GET, HEAD").headers

    assert "PUT" in headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in headers["Access-Control-Allow-Headers"]


def test_errors_have_the_headers_too() -> None:
    world = FunctionWorld()

    for method, path in (("GET", "/nowhere"), ("PUT", "/create"), ("OPTIONS", "/nowhere")):
        headers = world.ask(method, path)["headers"]
        assert headers["Access-Control-Allow-Origin"] == "*"


def test_both_reasons_to_vary_are_named() -> None:
    world = FunctionWorld(cors_origins=(ORIGIN,))

    answer = world.ask("GET", "/", headers={"origin": ORIGIN})

    assert answer["headers"]["Vary"] == "Accept, Origin"
    assert answer["headers"]["Access-Control-Allow-Origin"] == ORIGIN
