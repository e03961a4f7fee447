"""Shares in percent, whose rounding hides nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.formatting import format_percent, format_percent_above


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
def test_a_share_is_told_in_percent(share: float, digits: int, text: str) -> None:
    assert format_percent(share, digits) == text


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_a_part_is_never_told_as_nothing_or_all(one: int, other: int, digits: int) -> None:
    assert format_percent(one / (one + other), digits) not in ("0 %", "100 %")


def test_a_share_above_a_limit_never_looks_like_the_limit() -> None:
    assert format_percent_above(0.015, 0.01) == "1.5 %"
    assert format_percent_above(0.010003, 0.01) == "1.0003 %"
