"""When each scenario was last practised in each Region."""

import pytest

from muster.trend.practice import Practice, last_practised
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.sample_clock import NOW
from tests.unit.muster.trend.builders import build_past_run


def test_the_newest_run_of_a_region_counts() -> None:
    newest, older = (build_past_run(run=str(age), days_ago=age) for age in (3, 40))

    away = find_row(last_practised([newest, older]), AWAY)

    assert away.last is newest
    assert away.days_ago(NOW) == 3


def test_a_region_of_the_stack_without_a_run_was_never_practised() -> None:
    home = find_row(last_practised([build_past_run()]), HOME)

    assert home.last is None
    assert home.days_ago(NOW) is None
    assert home.describe_age(NOW) == "never"


@pytest.mark.parametrize("status", ["refused", "stopped", "incomplete", "unfinished", "running"])
def test_a_run_that_did_not_take_all_steps_is_no_practice(status: str) -> None:
    cut_short, older = build_past_run(status=status), build_past_run(days_ago=9)

    assert find_row(last_practised([cut_short, older]), AWAY).last is older


def test_a_missed_target_was_practised_all_the_same() -> None:
    missed = build_past_run(status="missed")

    assert find_row(last_practised([missed]), AWAY).last is missed


def test_a_scenario_without_a_region_has_one_row() -> None:
    shift = build_past_run(scenario="shift", subject=None)

    assert last_practised([shift]) == (Practice(scenario="shift", region=None, last=shift),)


def test_a_known_scenario_without_any_run_was_never_practised() -> None:
    (row,) = last_practised([], ["failback"])

    assert (row.scenario, row.region, row.last) == ("failback", None, None)


def test_a_region_that_has_left_the_stack_keeps_its_row() -> None:
    rows = last_practised([build_past_run(), build_past_run(subject="sa-east-1")])

    assert [row.region for row in rows] == [HOME, AWAY, "sa-east-1"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(0.9, "less than a day ago"), (1.5, "1 day ago"), (12, "12 days ago"), (-1, "less than a")],
)
def test_the_age_is_told_in_whole_days(days: float, words: str) -> None:
    last = build_past_run(days_ago=days)

    assert Practice(scenario="x", region=None, last=last).describe_age(NOW).startswith(words)


def find_row(rows: tuple[Practice, ...], region: str) -> Practice:
    return next(row for row in rows if row.region == region)
