"""Keys of routes."""

import pytest

from twin.control.apigateway.http.route_keys import check_key_is_free, check_route_key
from twin.control.apigateway.model import HttpRoute
from twin.control.document_service import CallRefused


@pytest.mark.parametrize(
    "key",
    ["$default", "GET /", "ANY /{proxy+}", "GET /a/{b}/c", "DELETE /a-b/{c.d}/{e+}", "PUT /a/"],
)
def test_a_key_is_a_method_and_a_path(key: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    assert check_route_key(key) == key


@pytest.mark.parametrize(
    "key", ["GET", "/a", "FETCH /a", "get /a", "GET a", "$connect", "GET /a b"]
)
def test_other_texts_are_not(key: str) -> None:
    with pytest.raises(CallRefused, match="The provided route key is not formatted properly"):
        check_route_key(key)


def test_no_path_is_longer_than_a_url() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    with pytest.raises(CallRefused, match="has 10241 characters"):
        check_route_key(f"GET /{'a' * 10240}")
    assert check_route_key(f"GET /{'a' * 10239}")


@pytest.mark.parametrize("key", ["GET /{a+}/b", "GET /a{b}", "GET /{a}/{a}", "GET /{}", "GET /{a"])
def test_a_variable_is_a_whole_segment_of_its_own_name(key: str) -> None:
    with pytest.raises(CallRefused, match="Invalid route key"):
        check_route_key(key)


def test_a_key_is_there_once() -> None:
    with pytest.raises(CallRefused, match="Route with key GET /a already exists for this API"):
        check_key_is_free("GET /a", [HttpRoute(id="1", key="GET /a")])
