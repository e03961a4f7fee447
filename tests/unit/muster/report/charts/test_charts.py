"""Whatever the values are: nothing outside the plot, time never runs back, well-formed SVG."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.report.charts.frame import (
    BESIDE,
    BOTTOM,
    TOP,
    ChartContext,
    ChartMark,
    ChartName,
    ChartShade,
    mark_half_width,
    place_mark_labels,
)
from muster.report.charts.lanes import Lane, LaneBlock, LaneChart, draw_lanes
from muster.report.charts.lines import Curve, LineChart, Unit, draw_lines
from muster.report.charts.paths import BinEdges, area_path, line_path
from muster.report.charts.scales import LAYOUTS, NARROW, WIDE, ChartLayout, TimeSpan, time_scale
from muster.report.charts.stacks import StackedChart, StackLayer, draw_stack
from tests.unit.muster.report.charts.svg_reader import drawn_corners, path_points

NAME = ChartName(id="c", title="A <chart> & more", description='says "what"')
SECONDS = st.floats(-50, 700)
VALUES = st.floats(0, 1e7)
LAYOUT = st.sampled_from(LAYOUTS)
MARKS = st.lists(
    st.builds(
        lambda at_s, label, kind: ChartMark(at_s=at_s, label=label, words=label, kind=kind),
        SECONDS,
        st.text("m123 <&é", max_size=30),
        st.sampled_from(["step", "cause", "return", "stop"]),
    ),
    max_size=12,
)
STAGES = st.builds(
    lambda marks, ends: ChartContext(
        span=TimeSpan(0.0, 600.0),
        marks=tuple(marks),
        shades=(ChartShade(start_s=min(ends), end_s=max(ends), kind="away"),),
    ),
    MARKS,
    st.tuples(SECONDS, SECONDS),
)
FILLS = st.sampled_from(["r0", "bad"])
BLOCKS = st.builds(
    lambda ends, fill, words: LaneBlock(start_s=min(ends), end_s=max(ends), fill=fill, words=words),
    st.tuples(SECONDS, SECONDS),
    FILLS,
    st.text(max_size=40),
)


def assert_inside(svg: str, layout: ChartLayout, floor: float) -> None:
    for class_, x, y in drawn_corners(svg):
        assert layout.left <= x <= layout.plot_end + 0.01 or class_ == "grid", (class_, x)
        assert TOP - 2 <= y <= floor + 4.01, (class_, y)


def floor_of(svg: str) -> float:
    found = re.search(r'viewBox="0 0 \S+ (\S+)"', svg)
    assert found
    return float(found[1]) - BOTTOM


@given(
    layers=st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=1, max_size=30)
    ),
    start_s=SECONDS,
    width_s=st.floats(0.5, 60),
    stage=STAGES,
    layout=LAYOUT,
)
def test_a_stack_stays_in_its_plot(
    layers: list[list[float]],
    start_s: float,
    width_s: float,
    stage: ChartContext,
    layout: ChartLayout,
) -> None:
    columns = list(zip(*layers, strict=True))
    stack = StackedChart(
        name=NAME,
        edges=BinEdges(start_s, width_s, 0.0, 600.0),
        layers=tuple(
            StackLayer(name=str(n), fill=f"r{n}", values=tuple(values))
            for n, values in enumerate(columns)
        ),
    )

    svg = draw_stack(stack, stage, layout)

    assert_inside(svg, layout, floor_of(svg))


@given(
    values=st.lists(st.tuples(SECONDS, st.none() | st.floats(0, 1e6)), max_size=40),
    stepped=st.booleans(),
    unit=st.sampled_from(["seconds", "percent"]),
    stage=STAGES,
    layout=LAYOUT,
)
def test_lines_stay_in_their_plot(
    values: list[tuple[float, float | None]],
    stepped: bool,
    unit: Unit,
    stage: ChartContext,
    layout: ChartLayout,
) -> None:
    ordered = tuple(sorted(values, key=lambda pair: pair[0]))
    curve = Curve(name="p99", stroke="l0", points=ordered, stepped=stepped)
    chart = LineChart(name=NAME, unit=unit, curves=(curve,), crosses_s=(30.0,))

    svg = draw_lines(chart, stage, layout)

    assert_inside(svg, layout, floor_of(svg))


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(BLOCKS, max_size=6), max_size=5),
    floats=st.booleans(),
    stage=STAGES,
    layout=LAYOUT,
)
def test_lanes_stay_in_their_plot(
    rows: list[list[LaneBlock]], floats: bool, stage: ChartContext, layout: ChartLayout
) -> None:
    made = tuple(Lane(title="Lose <it>", blocks=tuple(blocks)) for blocks in rows)

    svg = draw_lanes(LaneChart(name=NAME, rows=made, titles_float=floats), stage, layout)

    assert_inside(svg, layout, floor_of(svg))


@pytest.mark.parametrize(("end_s", "shown"), [(60.0, "steady-state"), (30.0, "stead…"), (5.0, "")])
def test_words_of_a_block_are_cut_to_its_room(end_s: float, shown: str) -> None:
    block = LaneBlock(start_s=0.0, end_s=end_s, fill="phase", words="steady-state")
    rows = (Lane(title="Phases", blocks=(block,)),)

    svg = draw_lanes(LaneChart(name=NAME, rows=rows), ChartContext(span=TimeSpan(0.0, 600.0)), WIDE)

    assert "".join(re.findall(r'class="small">([^<]*)<', str(svg))) == shown


@given(
    values=st.lists(st.tuples(SECONDS, st.none() | VALUES), min_size=1, max_size=60),
    layout=LAYOUT,
)
def test_time_never_runs_back_in_a_line(
    values: list[tuple[float, float | None]], layout: ChartLayout
) -> None:
    ordered = sorted(values, key=lambda pair: pair[0])
    x = time_scale(layout, TimeSpan(0.0, 600.0))

    path = line_path(ordered, x, lambda value: value)  # type: ignore[arg-type]  # any scale will do

    at = [corner for corner, _ in path_points(path)]
    assert at == sorted(at)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_single_failure_of_a_long_run_can_be_seen(layout: ChartLayout) -> None:
    """One of 144,000 in twelve hours, beside 1000 requests per second."""
    stack = StackedChart(
        name=NAME,
        edges=BinEdges(0.0, 300.0),
        layers=(
            StackLayer(name="good", fill="r0", values=(1000.0,) * 144),
            StackLayer(name="failed", fill="bad", values=(*(0.0,) * 70, 1 / 300, *(0.0,) * 73)),
        ),
    )

    svg = draw_stack(stack, ChartContext(span=TimeSpan(0.0, 43_200.0)), layout)

    heights = [y for class_, _, y in drawn_corners(svg) if class_ == "area bad"]
    assert max(heights) - min(heights) >= 1.4


def test_an_area_leaves_out_what_has_no_height() -> None:
    edges = BinEdges(0.0, 10.0)
    x = time_scale(WIDE, TimeSpan(0.0, 30.0))
    lower, upper = [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]

    path = area_path(edges, lower, upper, x, lambda value: 10.0 - value)  # type: ignore[arg-type]  # the same

    assert path.count("M") == 2


def test_a_line_is_broken_where_nothing_is_known() -> None:
    x = time_scale(WIDE, TimeSpan(0.0, 30.0))

    path = line_path([(0, 1.0), (10, None), (20, 2.0)], x, lambda value: value)  # type: ignore[arg-type]  # the same

    assert path.count("M") == 2
    assert path.count("h0") == 2


@given(marks=MARKS, layout=LAYOUT)
def test_names_of_marks_do_not_overlap(marks: list[ChartMark], layout: ChartLayout) -> None:
    found = place_mark_labels(marks, layout, time_scale(layout, TimeSpan(0.0, 600.0)))

    ends = [(at - mark_half_width(m, layout), at + mark_half_width(m, layout)) for m, at in found]
    assert all(left[1] <= right[0] + 0.2 for left, right in pairwise(ends))
    assert all(low >= -0.2 and high <= layout.width + 0.2 for low, high in ends)


def test_a_stop_right_behind_the_cause_is_named_beside_its_line() -> None:
    marks = [
        ChartMark(at_s=100, label="m1 cause", words="", kind="cause"),
        ChartMark(at_s=105, label="stop", words="", kind="stop"),
        ChartMark(at_s=106, label="r1", words="", kind="step"),
    ]
    x = time_scale(WIDE, TimeSpan(0.0, 600.0))

    named = {mark.label: at for mark, at in place_mark_labels(marks, WIDE, x)}

    assert set(named) == {"m1 cause", "stop"}
    assert x(105) < named["stop"] <= x(105) + BESIDE


def test_the_cause_is_named_before_a_step() -> None:
    marks = [
        ChartMark(at_s=99, label="m1", words="", kind="step"),
        ChartMark(at_s=100, label="m2 cause", words="", kind="cause"),
    ]

    found = place_mark_labels(marks, NARROW, time_scale(NARROW, TimeSpan(0.0, 600.0)))

    assert [mark.label for mark, _ in found] == ["m2 cause"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_chart_says_what_it_is(layout: ChartLayout) -> None:
    draw: Callable[..., str] = draw_lines
    svg = draw(
        LineChart(name=NAME, unit="seconds", curves=()), ChartContext(span=TimeSpan(0, 60)), layout
    )

    assert f'<title id="c-{layout.name}-t">A &lt;chart&gt; &amp; more</title>' in svg
    assert f'<desc id="c-{layout.name}-d">' in svg
    assert f'aria-labelledby="c-{layout.name}-t c-{layout.name}-d"' in svg


def test_a_steep_latency_gets_a_logarithmic_axis() -> None:
    calm = ((0.0, 0.05), (1.0, 0.06), (2.0, 0.05))
    stage = ChartContext(span=TimeSpan(0, 60))

    flat = draw_lines(_latency(calm), stage, WIDE)
    steep = draw_lines(_latency((*calm, (3.0, 3.0))), stage, WIDE)

    assert "10 ms" not in flat
    assert ">10 ms<" in steep
    assert ">10 s<" in steep


def _latency(values: tuple[tuple[float, float | None], ...]) -> LineChart:
    return LineChart(
        name=NAME, unit="seconds", curves=(Curve(name="p", stroke="m0", points=values),)
    )
