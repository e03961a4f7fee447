"""Durations, shares and moments as text."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.formatting import (
    format_clock,
    format_duration,
    format_moment,
    format_percent,
    format_percent_above,
    format_precise_duration,
)


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
def test_a_duration_is_a_short_text(seconds: float, text: str) -> None:
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
def test_a_precise_duration_has_three_digits(seconds: float, text: str) -> None:
    assert format_precise_duration(seconds) == text


@given(st.floats(0, 10**7))
def test_every_duration_is_a_short_text(seconds: float) -> None:
    assert len(format_duration(seconds)) <= 10


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.0, 2, "0 %"),
        (1.0, 2, "100 %"),
        (0.5, 0, "50 %"),
        (0.1, 0, "10 %"),
        (0.12345, 2, "12.35 %"),
        (0.125, 1, "12.5 %"),
        (1 / 10_000, 2, "0.01 %"),
        (1 / 10_000, 1, "< 0.1 %"),
        (1 / 1_000_000, 2, "< 0.01 %"),
        (0.99999, 2, "> 99.99 %"),
        (0.999, 0, "> 99 %"),
    ],
)
def test_a_share_is_shown_in_percent(share: float, digits: int, text: str) -> None:
    assert format_percent(share, digits) == text


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_rounding_never_shows_a_part_as_nothing_or_all(one: int, other: int, digits: int) -> None:
    assert format_percent(one / (one + other), digits) not in ("0 %", "100 %")


def test_a_share_above_a_limit_never_looks_like_the_limit() -> None:
    assert format_percent_above(0.015, 0.01) == "1.5 %"
    assert format_percent_above(0.010003, 0.01) == "1.0003 %"


NOW = 1_763_719_327.0
"""2025-11-21 10:02:07 UTC."""


@pytest.fixture
def in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_vienna")
def test_a_moment_is_shown_in_local_time_with_the_time_left() -> None:
    assert format_moment(NOW + 580, NOW) == "11:11:47 CET (in 9:40 min)"


@pytest.mark.usefixtures("in_vienna")
def test_a_moment_of_another_day_has_its_date() -> None:
    assert format_moment(NOW + 86400, NOW) == "2025-11-22 11:02:07 CET (in 24:00 h)"


@pytest.mark.usefixtures("in_vienna")
def test_a_past_moment_is_zero_seconds_away() -> None:
    assert format_moment(NOW - 1, NOW) == "11:02:06 CET (in 0 s)"


def test_a_second_of_the_run_reads_as_a_clock() -> None:
    shown = [format_clock(second) for second in (0, 7.5, 65, 3723, -5, 59.96)]

    assert shown == ["0:00", "0:07.5", "1:05", "1:02:03", "-0:05", "1:00"]
