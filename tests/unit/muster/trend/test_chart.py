"""The chart of a number over several runs: what is joined, and what is hollow."""

import re
from dataclasses import replace

import pytest

from muster.trend.chart import MOST_LABELS, line_styles, trend_figures
from muster.trend.run_facts import NUMBER_LABELS, RunFacts, RunNumber
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.trend.builders import build_facts

SOUND, DOUBTFUL = RunNumber(value=0.25), RunNumber(value=0.4, doubt="the prober was late")
ABSENT = RunNumber(value=None, doubt="nothing was probed")


def draw(*runs: RunFacts) -> str:
    """The chart of the RTO."""
    svg = trend_figures(runs)[0].svg
    assert svg is not None
    return str(svg)


def runs_with(*numbers: RunNumber) -> list[RunFacts]:
    return [build_facts(n, number) for n, number in enumerate(numbers)]


def joined(svg: str) -> list[int]:
    """How many points each stroke of the lines joins."""
    paths = re.findall(r'<path d="([^"]*)" class="curve l\d">', svg)
    return [
        len(re.findall("[HVL]", stroke)) + 1 for d in paths for stroke in d.split("M") if stroke
    ]


def test_there_is_a_chart_of_each_number() -> None:
    titles = [one.title for one in trend_figures([build_facts()])]

    assert titles == [*NUMBER_LABELS.values()]


def test_sound_numbers_are_solid_and_joined() -> None:
    svg = draw(*(build_facts(n, RunNumber(value=0.1 * (n + 1))) for n in range(3)))

    assert svg.count('class="point solid l0"') == 3
    assert joined(svg) == [3]


def test_a_number_in_doubt_is_hollow_and_joined_to_none() -> None:
    svg = draw(*runs_with(SOUND, RunNumber(value=0.3), DOUBTFUL, SOUND, RunNumber(value=0.1)))

    assert svg.count('class="point hollow l0"') == 1
    assert joined(svg) == [2, 2]


def test_only_doubtful_numbers_draw_no_line() -> None:
    svg = draw(*runs_with(DOUBTFUL, DOUBTFUL))

    assert joined(svg) == []
    assert svg.count("point hollow") == 2


def test_a_run_without_the_number_is_a_cross_with_the_reason() -> None:
    svg = draw(*runs_with(SOUND, ABSENT))

    assert svg.count('class="cross"') == 1
    assert "run-1: no number; nothing was probed" in svg


def test_a_number_that_no_run_has_draws_nothing() -> None:
    assert {one.svg for one in trend_figures(runs_with(ABSENT, ABSENT))} == {None}


def test_each_region_has_a_line_of_its_own() -> None:
    regions = (AWAY, HOME, AWAY, HOME)
    runs = [
        build_facts(n, RunNumber(value=0.1 * (n + 1)), subject=region)
        for n, region in enumerate(regions)
    ]

    svg = draw(*runs)

    assert joined(svg) == [2, 2]
    assert svg.count("point solid l0") == svg.count("point solid l1") == 2


def test_runs_of_several_scenarios_are_not_joined() -> None:
    runs = [build_facts(n, SOUND, scenario=name) for n, name in enumerate(("evacuate", "shift"))]

    assert list(line_styles(runs)) == [f"evacuate, {AWAY}", f"shift, {AWAY}"]
    assert joined(draw(*runs)) == [1, 1]


def test_each_run_shows_its_own_target() -> None:
    svg = draw(*runs_with(RunNumber(value=0.1, at_most=0.5), RunNumber(value=0.1)))

    assert svg.count('class="curve m1"') == 1
    assert "run-0: 100 ms, at most 500 ms" in svg


def test_a_share_is_in_percent() -> None:
    svg = trend_figures([build_facts(0, RunNumber(value=0.02))])[-1].svg

    assert ">2 %</text>" in str(svg)


@pytest.mark.parametrize("count", [1, 9, 10, 40])
def test_dates_have_room(count: int) -> None:
    svg = draw(*(build_facts(n) for n in range(count)))

    labels = re.findall(r">2027-\d\d-\d\d</text>", svg)
    assert 1 <= len(labels) <= MOST_LABELS


def test_runs_of_one_day_are_told_apart_by_their_time() -> None:
    morning = build_facts(0)
    noon = replace(build_facts(1), started_at=morning.started_at + 3 * 3600.0)

    labels = re.findall(r">(\d\d-\d\d \d\d:\d\d)</text>", draw(morning, noon))

    assert len(labels) == 2
    assert labels[0] != labels[1]


def test_everything_lies_in_the_plot() -> None:
    values = (0.0, 1e-9, 5000.0)
    svg = draw(*(build_facts(n, RunNumber(value=value)) for n, value in enumerate(values)))

    (height,) = re.findall(r'viewBox="0 0 1000 (\d+)"', svg)
    assert all(0 <= float(y) <= float(height) for y in re.findall(r'cy="([^"]+)"', svg))
