"""Which stage a host name and a path lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_topologies import (
    DOMAIN,
    HTTP_HOST,
    HTTP_ID,
    REGION,
    REST_HOST,
    REST_ID,
    domain,
    gateway,
    http_api,
    rest_api,
)
from twin.core.apigateway.api_names import ApiNames, StagePath, split_first_segment
from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.topology.apigateway import Api, CustomDomain


def find(host: str, path: str, *parts: Api | CustomDomain) -> StagePath:
    return ApiNames(gateway(*parts), REGION).find(host, path)


def kind_of_error(host: str, path: str, *parts: Api | CustomDomain) -> GatewayErrorKind:
    with pytest.raises(GatewayError) as failed:
        find(host, path, *parts)
    return failed.value.kind


def test_a_default_endpoint_names_its_api_and_its_stage() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html"""
    http, rest = http_api(stages=("$default", "test")), rest_api()

    default = find(HTTP_HOST.upper(), "/a/b", http, rest)
    named = find(HTTP_HOST, "/test/a", http, rest)
    of_rest = find(REST_HOST, "/prod/a", http, rest)

    assert (default.served.stage.name, default.path) == ("$default", "/a/b")
    assert (named.served.stage.name, named.path) == ("test", "/a")
    assert (of_rest.served.api.id, of_rest.path, of_rest.sent_path) == (REST_ID, "/a", "/prod/a")


def test_without_a_fitting_stage_there_is_an_error() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation"""
    assert kind_of_error(HTTP_HOST, "/a", http_api(stages=("test",))) is GatewayErrorKind.NO_ROUTE
    assert kind_of_error(REST_HOST, "/", rest_api()) is GatewayErrorKind.FORBIDDEN
    assert kind_of_error(REST_HOST, "/test/a", rest_api()) is GatewayErrorKind.FORBIDDEN


@pytest.mark.parametrize(
    "host", ["other.test", "", HTTP_HOST, f"d-1.execute-api.{REGION}.amazonaws.com", "x." + DOMAIN]
)
def test_an_unknown_name_is_forbidden(host: str) -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden"""
    closed = http_api(enabled=False)

    found = kind_of_error(host, "/", closed, domain(("", HTTP_ID, "$default")))

    assert found is GatewayErrorKind.FORBIDDEN


# The mappings of the documentation's example.
APIS = tuple(http_api(api_id=f"api{number}") for number in (1, 2, 3, 4))
MAPPED = domain(
    ("", "api1", "$default"),
    ("orders/v1/items", "api2", "$default"),
    ("orders/v2/items", "api3", "$default"),
    ("orders/v2/items/categories", "api4", "$default"),
)


@pytest.mark.parametrize(
    ("path", "api", "rest"),
    [
        ("/orders/v1/items", "api2", "/"),
        ("/orders/v2/items", "api3", "/"),
        ("/orders/v1/items/123", "api2", "/123"),
        ("/orders/v2/items/categories/5", "api4", "/5"),
        ("/orders/v2/itemsandmore", "api1", "/orders/v2/itemsandmore"),
        ("/customers", "api1", "/customers"),
    ],
)
def test_the_longest_mapping_wins(path: str, api: str, rest: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html#http-api-mappings-evalutation"""
    found = find(DOMAIN, path, *APIS, MAPPED)

    assert (found.served.api.id, found.path, found.sent_path) == (api, rest, path)


def test_a_path_without_a_mapping_is_forbidden() -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden"""
    mapped = domain(("a", HTTP_ID, "$default"), ("b", "gone", "$default"))

    assert kind_of_error(DOMAIN, "/", http_api(), mapped) is GatewayErrorKind.FORBIDDEN
    assert kind_of_error(DOMAIN, "/b", http_api(), mapped) is GatewayErrorKind.FORBIDDEN


def test_a_mapping_without_a_stage_takes_it_from_the_path() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html"""
    mapped = domain(("b", REST_ID, ""))

    found = find(DOMAIN, "/b/prod/x", rest_api(), mapped)

    assert (found.served.stage.name, found.path, found.mapping_key) == ("prod", "/x", "b")
    assert kind_of_error(DOMAIN, "/b/x", rest_api(), mapped) is GatewayErrorKind.NO_ROUTE


def test_a_wildcard_domain_covers_one_label() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html#wildcard-custom-domain-names"""
    wild = domain(("", HTTP_ID, "$default"), name="*.muster.test")
    exact = domain(("", REST_ID, "prod"), name="a.muster.test")
    parts = (http_api(), rest_api(), wild, exact)

    assert find("b.muster.test", "/", *parts).served.api.id == HTTP_ID
    assert find("a.muster.test", "/", *parts).served.api.id == REST_ID
    assert kind_of_error("c.b.muster.test", "/", *parts) is GatewayErrorKind.FORBIDDEN


KEYS = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join), max_size=5, unique=True
)
SENT = st.lists(st.sampled_from("abcd"), max_size=5).map(lambda parts: "/" + "/".join(parts))


@given(KEYS, SENT)
def test_of_any_mappings_the_longest_one_wins(keys: list[str], path: str) -> None:
    apis = tuple(http_api(api_id=key.replace("/", "-")) for key in keys)
    mapped = domain(*((key, key.replace("/", "-"), "$default") for key in keys))
    fitting = [key for key in keys if path[1:].split("/")[: len(key.split("/"))] == key.split("/")]

    if not fitting:
        assert kind_of_error(DOMAIN, path, *apis, mapped) is GatewayErrorKind.FORBIDDEN
        return
    found = find(DOMAIN, path, *apis, mapped)
    assert found.mapping_key == max(fitting, key=len)
    assert f"/{found.mapping_key}{found.path}".rstrip("/") == path.rstrip("/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", ("", "/")), ("/a", ("a", "/")), ("/a/", ("a", "/")), ("/a/b/c", ("a", "/b/c"))],
)
def test_a_path_has_a_first_segment(path: str, expected: tuple[str, str]) -> None:
    assert split_first_segment(path) == expected
