"""Scales and ticks, texts cut to their room, and elements that escape what they are given."""

import math

from hypothesis import given
from hypothesis import strategies as st

from muster.report.charts.scales import (
    Scale,
    TimeSpan,
    decade_ticks,
    element,
    linear_ticks,
    time_scale,
    time_ticks,
    truncate_text,
)

FINITE = st.floats(-1e9, 1e9, allow_nan=False)
POSITIVE = st.floats(1e-6, 1e9)


@given(value=FINITE, low=FINITE, length=POSITIVE)
def test_a_scale_stays_within_its_ends(value: float, low: float, length: float) -> None:
    position = Scale(low, low + length, 50.0, 400.0)(value)

    assert 50.0 <= position <= 400.0


@given(value=FINITE, low=st.floats(1e-6, 1.0), factor=st.floats(1.5, 1e6))
def test_a_logarithmic_scale_stays_within_its_ends(value: float, low: float, factor: float) -> None:
    position = Scale(low, low * factor, 200.0, 10.0, math.log10)(value)

    assert 10.0 <= position <= 200.0


@given(start=st.floats(-1e3, 1e6), length=st.floats(0.5, 1e6), parts=st.lists(st.floats(0, 1)))
def test_later_is_never_further_left(start: float, length: float, parts: list[float]) -> None:
    x = time_scale(TimeSpan(start, start + length))

    positions = [x(start + part * length) for part in sorted(parts)]

    assert positions == sorted(positions)


@given(high=st.floats(1e-3, 1e9), about=st.integers(2, 8))
def test_ticks_cover_the_highest_value_and_are_few(high: float, about: int) -> None:
    found = linear_ticks(high, about)

    assert found[0] == 0
    assert found[-1] >= high * (1 - 1e-6)
    assert len(found) <= about + 2


@given(low=st.floats(1e-4, 10.0), factor=st.floats(1.0, 1e5))
def test_decades_cover_both_ends(low: float, factor: float) -> None:
    found = decade_ticks(low, low * factor)

    assert found[0] <= low * (1 + 1e-6)
    assert found[-1] >= low * factor * (1 - 1e-6)
    assert len(found) >= 2


@given(start=st.floats(-100, 1e5), length=st.floats(1.0, 1e6), about=st.integers(2, 12))
def test_time_ticks_lie_in_the_span_and_are_few(start: float, length: float, about: int) -> None:
    span = TimeSpan(start, start + length)

    found = time_ticks(span, about)

    assert all(span.start_s - 1e-3 <= tick <= span.end_s + 1e-3 for tick in found)
    assert len(found) <= about + 1


def test_a_text_without_room_is_cut_or_left_out() -> None:
    assert truncate_text("steady-state", 200) == "steady-state"
    assert truncate_text("steady-state", 50) == "steady…"
    assert truncate_text("steady-state", 20) == ""


def test_an_element_escapes_text_and_keeps_its_own_markup() -> None:
    inner = element("b", "1 < 2")

    assert element("p", "a & b ", inner, None, title='"') == (
        '<p title="&#34;">a &amp; b <b>1 &lt; 2</b></p>'
    )


def test_an_attribute_loses_its_underscores_and_needless_digits() -> None:
    rect = element("rect", x=1.0, y=0.333, width=-0.001, class_="area", aria_hidden="true", id=None)

    assert rect == '<rect x="1" y="0.33" width="0" class="area" aria-hidden="true"></rect>'
