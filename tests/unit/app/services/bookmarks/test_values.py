"""Numbers and bodies that clients send."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.services.bookmarks.values import (
    VERSION_AHEAD_MS,
    BookmarkWrite,
    check_fraction,
    check_thumb,
    format_fraction,
    fraction_from_path,
    parse_bookmark_write,
    parse_step,
    step_from_path,
)

NOW_MS = 1_700_000_000_000
GOOD = {"bookmark": 0.5, "version": NOW_MS, "session": "s1"}


def test_a_write_is_read_from_its_body() -> None:
    write = parse_bookmark_write(json.dumps(GOOD).encode(), NOW_MS)

    assert write == BookmarkWrite(fraction=0.5, version=NOW_MS, session="s1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bookmark": 1.1}, '"bookmark" must be a number from 0 to 1'),
        ({"bookmark": -0.1}, "from 0 to 1"),
        ({"bookmark": float("nan")}, "from 0 to 1"),
        ({"bookmark": float("inf")}, "from 0 to 1"),
        ({"bookmark": 10**400}, "from 0 to 1"),
        ({"bookmark": "0.5"}, "must be a number"),
        ({"bookmark": True}, "must be a number"),
        ({"bookmark": None}, "must be a number"),
        ({"version": 0}, '"version" must be a whole number above 0'),
        ({"version": 1.5}, "whole number"),
        ({"version": True}, "whole number"),
        ({"version": NOW_MS + VERSION_AHEAD_MS + 1}, "more than a day ahead"),
        ({"session": ""}, '"session" must be 1 to 64'),
        ({"session": "x" * 65}, "1 to 64"),
        ({"session": "a b"}, "1 to 64"),
        ({"session": "a\n"}, "1 to 64"),
        ({"session": 7}, "1 to 64"),
        ({"more": 1}, "more than that"),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        parse_bookmark_write(json.dumps({**GOOD, **changed}).encode(), NOW_MS)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"bookmark": 0.5}', b"[" * 1000, b"9" * 1000],
)
def test_a_body_of_another_form_is_refused_with_the_right_one(body: bytes) -> None:
    with pytest.raises(BadRequest, match=r'"bookmark": \.\.\., "version"'):
        parse_bookmark_write(body, NOW_MS)


@given(st.floats(0, 1))
def test_a_fraction_is_kept_to_six_decimals(number: float) -> None:
    kept = check_fraction(number, "x")

    assert abs(kept - number) <= 5e-7
    assert float(format_fraction(kept)) == kept
    assert fraction_from_path(format_fraction(kept)) == kept


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.0, "0"), (-0.0, "0"), (0.4120, "0.412"), (1.0, "1"), (1e-7, "0")]
)
def test_a_fraction_is_written_as_the_workshop_s_player_does(fraction: float, text: str) -> None:
    assert format_fraction(check_fraction(fraction, "x")) == text


@pytest.mark.parametrize(
    ("text", "step"),
    [("1", "1"), ("-1", "-1"), ("+1", "1"), ("0.5", "0.5"), ("1000000000", "1000000000")],
)
def test_a_step_is_a_decimal_number(text: str, step: str) -> None:
    assert step_from_path(text) == step


@pytest.mark.parametrize(
    "text", ["", "x", "NaN", "inf", "1e5", "1_0", "٣", "1 ", "0x1", "9999999999", "0.0000000001"]
)
def test_a_step_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="the value to add"):
        step_from_path(text)


@given(st.integers(-(10**9), 10**9) | st.decimals(-1000, 1000, places=9).map(float))
def test_a_step_in_a_body_means_its_number(step: float) -> None:
    try:
        found = parse_step(json.dumps({"add": step}).encode())
    except BadRequest as exc:
        assert "at most 9 decimals" in str(exc)  # noqa: PT017 - a float may need more
    else:
        assert Decimal(found) == Decimal(str(step))
        assert "E" not in found


@pytest.mark.parametrize(
    "add", ["9" * 400, '"1"', "true", "null", "1e999", "NaN", "1e10", "1e-10", "[]"]
)
def test_a_wrong_step_in_a_body_is_refused(add: str) -> None:
    with pytest.raises(BadRequest, match='"add" must be'):
        parse_step(b'{"add": %s}' % add.encode())


def test_hostile_text_is_kept_as_it_is_up_to_the_limit() -> None:
    text = "<script>alert('é')</script>\x00"

    assert check_thumb(text) == text
    assert check_thumb("x" * 512)
    with pytest.raises(BadRequest, match="513 characters; at most 512"):
        check_thumb("x" * 513)
