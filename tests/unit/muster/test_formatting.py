"""Lengths of time as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.formatting import format_duration, format_precise_duration, parse_duration_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("2.5", 2.5),
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("250ms", 0.25),
        (" 1M ", 60),
    ],
)
def test_texts_are_seconds(text: str, seconds: float) -> None:
    assert parse_duration_text(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "soon", "-3", "10 minutes", "3d", "1e9", "nan", "inf"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a length of time"):
        parse_duration_text(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.00004, "0 s"),
        (0.04, "0.04 s"),
        (0.25, "0.25 s"),
        (42.4, "42 s"),
        (99, "99 s"),
        (99.97, "1:40 min"),
        (119.9, "2:00 min"),
        (580, "9:40 min"),
        (3600, "1:00 h"),
        (7500, "2:05 h"),
    ],
)
def test_seconds_are_short_texts(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0008, "0.8 ms"),
        (0.479, "479 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (14.125, "14.1 s"),
        (61.4, "61.4 s"),
        (125, "2:05 min"),
    ],
)
def test_a_measured_length_keeps_three_digits(seconds: float, text: str) -> None:
    assert format_precise_duration(seconds) == text


@given(st.floats(0, 10**7))
def test_every_length_has_a_short_text(seconds: float) -> None:
    assert len(format_duration(seconds)) <= 10
