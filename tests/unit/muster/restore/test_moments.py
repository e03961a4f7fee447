"""Moments as people write them."""

import pytest

from muster.restore.moments import format_utc, parse_moment

NOW_S = 1_800_000_000.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", 1_799_999_100.0),
        ("90", 1_799_999_910.0),
        ("2027-01-15T07:59:59Z", 1_799_999_999.0),
        ("2027-01-15T08:59:59.900+01:00", 1_799_999_999.0),
    ],
)
def test_a_moment_is_a_time_with_its_offset_or_how_long_ago(text: str, expected: float) -> None:
    assert parse_moment(text, NOW_S) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2027-01-15T07:59:59", "-5m"])
def test_what_is_neither_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(ValueError, match="2026-11-21T10:02:07Z"):
        parse_moment(text, NOW_S)


def test_a_moment_is_shown_in_utc() -> None:
    assert format_utc(1_799_999_999.0) == "2027-01-15T07:59:59Z"
