"""Moments as people read them."""

import time
from collections.abc import Iterator

import pytest

from muster.formatting import format_moment

NOW = 1_763_719_327.0
"""2025-11-21 10:02:07 UTC."""


@pytest.fixture(autouse=True)
def _in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


def test_a_moment_is_told_by_the_wall_clock_with_how_far_away_it_is() -> None:
    assert format_moment(NOW + 580, NOW) == "11:11:47 CET (in 9:40 min)"


def test_another_day_is_told_with_its_date() -> None:
    assert format_moment(NOW + 86400, NOW) == "2025-11-22 11:02:07 CET (in 24:00 h)"


def test_a_moment_that_has_come_is_now() -> None:
    assert format_moment(NOW - 1, NOW) == "11:02:06 CET (in 0 s)"
