"""Which route a request gets, in HTTP APIs and in REST APIs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_topologies import route
from twin.core.apigateway.routes import RouteMatch, RouteTable

# The routes of the documentation's example.
EXAMPLE = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}")


def table(*keys: str, is_rest: bool = False) -> RouteTable:
    return RouteTable(map(route, keys), is_rest=is_rest)


def key_of(match: RouteMatch | None) -> str | None:
    if match is None:
        return None
    found = match.route
    return found.path if found.path == "$default" else f"{found.method} {found.path}"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("GET", "/", "$default"),
        ("GET", "/pets/", "ANY /{proxy+}"),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, expected: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation"""
    routes = table(*reversed(EXAMPLE), "$default")

    assert key_of(routes.find(method, path)) == expected


def test_any_loses_to_a_method() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    routes = table("ANY /a/{b}", "GET /a/{b}", "ANY /a", "PUT /a")

    found = [key_of(routes.find(m, p)) for m in ("GET", "PUT") for p in ("/a", "/a/1")]

    assert found == ["ANY /a", "GET /a/{b}", "PUT /a", "ANY /a/{b}"]


def test_a_whole_path_of_any_beats_a_greedy_path_of_a_method() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation"""
    assert key_of(table("GET /{proxy+}", "ANY /a/{b}").find("GET", "/a/1")) == "ANY /a/{b}"


def test_nothing_matches_without_a_default_route() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    routes = table("GET /a")

    assert routes.find("GET", "/b") is None
    assert routes.find("POST", "/a") is None
    assert routes.find("GET", "/a/") is None


def test_variables_have_what_was_sent() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-routes-path-variables"""
    found = table("GET /{kind}/x/{rest+}").find("GET", "/a%20b/x/1/2/")

    assert found is not None
    assert found.variables == {"kind": "a%20b", "rest": "1/2/"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets", "GET /pets"),
        ("GET", "/pets/", "GET /pets"),
        ("POST", "/pets", None),
        ("POST", "/cats", "ANY /{proxy+}"),
        ("PUT", "/pets/1", None),
        ("GET", "/pets/1/2", "ANY /{proxy+}"),
        ("GET", "/", None),
    ],
)
def test_a_rest_api_chooses_a_resource_and_then_its_method(
    method: str, path: str, expected: str | None
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html"""
    routes = table("GET /pets", "GET /pets/{id}", "ANY /{proxy+}", is_rest=True)

    assert key_of(routes.find(method, path)) == expected


SEGMENT = st.sampled_from(["a", "b", "c", "{x}", "{y}"])
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
KEYS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "ANY"]),
        st.one_of(PATH, PATH.map(lambda path: path + "/{rest+}")),
    ).map(" ".join),
    max_size=8,
    unique=True,
)
SENT = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)


def fits(key: str, method: str, path: str) -> bool:
    """Whether a route may serve a request, said in another way than the code."""
    wanted_method, pattern = key.split(" ")
    wanted, sent = pattern[1:].split("/"), path[1:].split("/")
    if wanted_method not in (method, "ANY"):
        return False
    if wanted[-1].endswith("+}"):
        wanted = wanted[:-1]
        if len(sent) <= len(wanted):
            return False
        sent = sent[: len(wanted)]
    return len(wanted) == len(sent) and all(
        one.startswith("{") or one == other for one, other in zip(wanted, sent, strict=True)
    )


@given(KEYS, st.sampled_from(["GET", "POST", "PUT"]), SENT)
def test_a_route_is_found_if_and_only_if_one_fits(keys: list[str], method: str, path: str) -> None:
    found = table(*keys).find(method, path)

    fitting = [key for key in keys if fits(key, method, path)]
    assert (found is None) == (not fitting)
    assert found is None or key_of(found) in fitting
    if any("+}" not in key for key in fitting):
        assert found is not None
        assert "+}" not in found.route.path


@given(
    st.permutations(["GET /a/{x}", "ANY /a/{x}", "GET /{x}/b", "ANY /{r+}", "GET /a/{r+}"]), SENT
)
def test_the_order_of_routes_does_not_matter(keys: list[str], path: str) -> None:
    assert key_of(table(*keys).find("GET", path)) == key_of(table(*sorted(keys)).find("GET", path))
