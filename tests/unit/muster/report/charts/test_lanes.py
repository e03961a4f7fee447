"""Lanes of blocks: inside the plot whatever the values are, labels cut to their room."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.report.charts.frame import ChartContext
from muster.report.charts.plots import Lane, LaneBlock, LaneChart, draw_lanes
from tests.unit.muster.report.charts.strategies import (
    CONTEXTS,
    NAME,
    SECONDS,
    SPAN,
)
from tests.unit.muster.report.charts.svg_reader import assert_inside_plot

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
