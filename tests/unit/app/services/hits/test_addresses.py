"""Addresses and requests as keys."""

import pytest

from app.errors import BadRequest, EnvironmentInvalid
from app.services.hits.addresses import ClientKeys, parse_address, parse_request_id

SECRET = "a secret of some length"
KEYS = ClientKeys(SECRET)


@pytest.mark.parametrize("secret", ["", "short", "x" * 15])
def test_a_short_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"HITS_SECRET has {len(secret)} characters"):
        ClientKeys(secret)


def test_a_client_has_one_key() -> None:
    assert KEYS.client_key("203.0.113.5") == ClientKeys(SECRET).client_key("203.0.113.5")
    assert KEYS.client_key("203.0.113.5") != KEYS.client_key("203.0.113.6")


def test_the_key_depends_on_the_secret_and_does_not_show_the_address() -> None:
    key = KEYS.client_key("203.0.113.5")

    assert key != ClientKeys(SECRET + "!").client_key("203.0.113.5")
    assert len(key) == 64
    assert int(key, 16)


def test_a_request_has_a_key_of_its_client() -> None:
    key = KEYS.request_key("203.0.113.5", "a")

    assert key == KEYS.request_key("203.0.113.5", "a")
    assert key != KEYS.request_key("203.0.113.5", "b")
    assert key != KEYS.request_key("203.0.113.6", "a")
    assert KEYS.request_key("203.0.113.5", "") == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:DB8::0:1", "2001:db8::1"),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113", "203.0.113.5:80", "a.example"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="the client's address is unknown"):
        parse_address(text)


def test_a_request_may_have_an_id() -> None:
    assert parse_request_id(None) == ""
    assert parse_request_id('"8e03978e-40d5-43dd-bc93-6894a57f9324"')


@pytest.mark.parametrize("header", ["", "a" * 129, "\xe9", "a\tb", "\x00"])
def test_a_wrong_id_is_refused(header: str) -> None:
    with pytest.raises(BadRequest, match="Idempotency-Key has"):
        parse_request_id(header)
