"""Which endpoints are on this machine."""

import pytest

from common.network.loopback import is_loopback


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://127.9.9.9", "http://localhost", "http://[::1]:4566"]
)
def test_a_loopback_address_is_on_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://dynamodb.us-west-2.amazonaws.com",
        "http://127.0.0.1@example.com",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:4566",
        "http://[::1",
        "127.0.0.1:4566",
    ],
)
def test_any_other_url_is_not(url: str | None) -> None:
    assert not is_loopback(url)
