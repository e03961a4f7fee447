"""Stacks, lines and lanes: inside the plot whatever the values are, and time never runs back."""

import re
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.report.charts.frame import ChartContext
from muster.report.charts.plots import (
    BinEdges,
    Curve,
    Lane,
    LaneBlock,
    LaneChart,
    LineChart,
    StackedChart,
    StackLayer,
    area_path,
    draw_lanes,
    draw_lines,
    draw_stack,
    line_path,
)
from muster.report.charts.scales import Scale, TimeSpan, time_scale
from tests.unit.muster.report.charts.strategies import CONTEXTS, NAME, SECONDS, SPAN
from tests.unit.muster.report.charts.svg_reader import (
    assert_inside_plot,
    drawn_corners,
    path_points,
)

VALUES = st.floats(0, 1e7)
HALF_A_MINUTE = time_scale(TimeSpan(0.0, 30.0))
UNSCALED = Scale(0.0, 1e7, 0.0, 1e7)


@given(
    bins=st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=1, max_size=30)
    ),
    start_s=SECONDS,
    width_s=st.floats(0.5, 60),
    context=CONTEXTS,
)
def test_a_stack_stays_in_its_plot(
    bins: list[list[float]], start_s: float, width_s: float, context: ChartContext
) -> None:
    chart = StackedChart(
        name=NAME,
        edges=BinEdges(start_s, width_s, 0.0, 600.0),
        layers=tuple(
            StackLayer(name=str(n), fill=f"r{n}", values=tuple(values))
            for n, values in enumerate(zip(*bins, strict=True))
        ),
    )

    assert_inside_plot(draw_stack(chart, context))


@given(
    points=st.lists(st.tuples(SECONDS, st.none() | st.floats(0, 1e6)), max_size=40),
    stepped=st.booleans(),
    unit=st.sampled_from(["seconds", "percent"]),
    context=CONTEXTS,
)
def test_lines_stay_in_their_plot(
    points: list[tuple[float, float | None]],
    stepped: bool,
    unit: Literal["seconds", "percent"],
    context: ChartContext,
) -> None:
    ordered = sorted(points, key=lambda pair: pair[0])
    curve = Curve(name="p99", stroke="l0", points=ordered, stepped=stepped)
    chart = LineChart(name=NAME, unit=unit, curves=(curve,), crosses_s=(30.0,))

    assert_inside_plot(draw_lines(chart, context))


@given(points=st.lists(st.tuples(SECONDS, st.none() | VALUES), min_size=1, max_size=60))
def test_time_never_runs_back_in_a_line(points: list[tuple[float, float | None]]) -> None:
    ordered = sorted(points, key=lambda pair: pair[0])

    path = line_path(ordered, time_scale(SPAN), UNSCALED)

    at = [corner for corner, _ in path_points(path)]
    assert at == sorted(at)


def test_a_single_failure_of_a_long_run_can_be_seen() -> None:
    """One of 144,000 in twelve hours, beside 1000 requests per second."""
    chart = StackedChart(
        name=NAME,
        edges=BinEdges(0.0, 300.0),
        layers=(
            StackLayer(name="good", fill="r0", values=(1000.0,) * 144),
            StackLayer(name="failed", fill="bad", values=(*(0.0,) * 70, 1 / 300, *(0.0,) * 73)),
        ),
    )

    svg = draw_stack(chart, ChartContext(span=TimeSpan(0.0, 43_200.0)))

    heights = [y for class_, _, y in drawn_corners(svg) if class_ == "area bad"]
    assert max(heights) - min(heights) >= 1.4


def test_an_area_leaves_out_what_has_no_height() -> None:
    lower, upper = [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]

    path = area_path(BinEdges(0.0, 10.0), lower, upper, HALF_A_MINUTE, UNSCALED)

    assert path.count("M") == 2


def test_a_line_is_broken_where_nothing_is_known() -> None:
    path = line_path([(0, 1.0), (10, None), (20, 2.0)], HALF_A_MINUTE, UNSCALED)

    assert path.count("M") == 2
    assert path.count("h0") == 2


def test_a_steep_latency_gets_a_logarithmic_axis() -> None:
    calm = [(0.0, 0.05), (1.0, 0.06), (2.0, 0.05)]

    flat, steep = _latency(calm), _latency([*calm, (3.0, 3.0)])

    assert "10 ms" not in flat
    assert ">10 ms<" in steep
    assert ">10 s<" in steep


def _latency(points: list[tuple[float, float]]) -> str:
    curve = Curve(name="p", stroke="m0", points=points)
    chart = LineChart(name=NAME, unit="seconds", curves=(curve,))
    return draw_lines(chart, ChartContext(span=TimeSpan(0, 60)))


BLOCKS = st.builds(
    lambda ends, fill, label: LaneBlock(start_s=min(ends), end_s=max(ends), fill=fill, label=label),
    st.tuples(SECONDS, SECONDS),
    st.sampled_from(["r0", "bad"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40),  # render_page drops them
)


@settings(max_examples=60)
@given(
    blocks=st.lists(st.lists(BLOCKS, max_size=6), max_size=5),
    titles_at_blocks=st.booleans(),
    context=CONTEXTS,
)
def test_lanes_stay_in_their_plot(
    blocks: list[list[LaneBlock]], titles_at_blocks: bool, context: ChartContext
) -> None:
    lanes = tuple(Lane(title="Lose <it>", blocks=tuple(one)) for one in blocks)
    chart = LaneChart(name=NAME, lanes=lanes, titles_at_blocks=titles_at_blocks)

    assert_inside_plot(draw_lanes(chart, context))


@pytest.mark.parametrize(("end_s", "shown"), [(60.0, "steady-state"), (30.0, "stead…"), (5.0, "")])
def test_the_label_of_a_block_is_cut_to_its_room(end_s: float, shown: str) -> None:
    block = LaneBlock(start_s=0.0, end_s=end_s, fill="phase", label="steady-state")
    chart = LaneChart(name=NAME, lanes=(Lane(title="Phases", blocks=(block,)),))

    svg = draw_lanes(chart, ChartContext(span=SPAN))

    assert "".join(re.findall(r'class="small">([^<]*)<', str(svg))) == shown
