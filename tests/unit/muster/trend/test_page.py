"""The page of several runs: well-formed, self-contained, escaped."""

import re
from dataclasses import replace

import pytest

from muster.trend.comparison import Comparison, compare_runs
from muster.trend.page import MOST_COLUMNS, render_trend_page
from muster.trend.past_runs import UnreadableRun
from muster.trend.run_facts import RunNumber
from tests.unit.muster.report.test_page import HOSTILE, parsed
from tests.unit.muster.trend.builders import build_facts

DOUBT = RunNumber(value=0.4, doubt="the prober was late")


def compared(count: int) -> Comparison:
    """Runs of which the second one is in doubt, and each has another version."""
    runs = [build_facts(n, settings={"muster": f"0.{n}.0"}) for n in range(count)]
    runs[1] = build_facts(1, DOUBT, doubt=DOUBT.doubt, settings={"muster": "0.1.0"})
    return compare_runs("Trend of region-loss", runs, [UnreadableRun("run-x", "not JSON")])


@pytest.mark.parametrize("count", [2, MOST_COLUMNS, MOST_COLUMNS + 1, 40])
def test_a_page_is_well_formed_and_needs_nothing_else(count: int) -> None:
    text = render_trend_page(compared(count))

    found = parsed(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert found.scripts == 0
    assert found.headings[0] == 1
    assert len(found.ids) == len(set(found.ids))
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.references)
    assert "@import" not in text


def test_a_number_in_doubt_is_in_brackets_with_its_reason() -> None:
    text = render_trend_page(compared(3))

    assert ">(400 ms)</td>" in text
    assert "</b>: the prober was late" in text


def test_a_void_run_is_explained_beside_the_mark_that_it_has() -> None:
    """`test_chart` draws a number that is not there as a cross, and one in doubt as a circle."""
    text = render_trend_page(compared(2))

    entries = dict(re.findall(r'class="(point hollow|cross)"></[a-z]+></svg>([^<]+)</li>', text))
    assert entries == {
        "point hollow": "in doubt: joined to none",
        "cross": "no number, as of a void run",
    }


def test_names_of_runs_and_regions_are_not_broken_on_a_wide_page() -> None:
    text = render_trend_page(compared(2))

    assert '<th scope="row" class="id">run-0</th><td class="id" data-label="Region">' in text
    for cell in ("tbody th.id", "td.id"):
        assert re.search(rf"{cell}[^{{}}]*{{[^}}]*white-space: nowrap", text)


def test_runs_that_could_not_be_read_are_named() -> None:
    assert "<b>run-x</b>: not JSON" in render_trend_page(compared(2))


def test_runs_that_changed_nothing_are_named_in_one_line() -> None:
    runs = [build_facts(n) for n in range(2)]

    text = render_trend_page(compare_runs("Trend", runs, left_out=["run-7", "run-8"]))

    assert ">Left out, since they changed nothing: run-7, run-8.</p>" in text


def test_few_runs_have_their_settings_side_by_side_and_many_as_changes() -> None:
    few, many = (render_trend_page(compared(MOST_COLUMNS + more)) for more in (0, 1))

    assert "From this run on" not in few
    assert "From this run on" in many


def test_two_runs_of_one_name_have_a_column_each() -> None:
    runs = [build_facts(0, settings={"muster": version}) for version in ("0.1.0", "0.2.0")]

    text = render_trend_page(compare_runs("two", runs))

    assert '>1: run-0</th><th scope="col">2: run-0</th>' in text
    assert ">0.1.0</td>" in text
    assert ">0.2.0</td>" in text


def test_runs_without_a_difference_say_so() -> None:
    text = render_trend_page(compare_runs("two", [build_facts(0), build_facts(1)]))

    assert "were the same in all runs" in text


def test_a_number_that_no_run_has_is_told() -> None:
    absent = RunNumber(value=None, doubt="nothing was probed")

    text = render_trend_page(compare_runs("two", [build_facts(n, absent) for n in range(2)]))

    assert text.count("No run has this number.") == 4


def test_hostile_text_is_escaped() -> None:
    hostile = replace(
        build_facts(0, RunNumber(value=0.1, doubt=HOSTILE), doubt=HOSTILE),
        run=HOSTILE,
        subject=HOSTILE,
        headline=HOSTILE,
        settings={HOSTILE: HOSTILE},
    )
    comparison = compare_runs(HOSTILE, [hostile, build_facts(1)], [UnreadableRun(HOSTILE, HOSTILE)])

    text = render_trend_page(comparison)

    assert parsed(text).scripts == 0
    assert "<script>alert" not in text
    assert not re.search(r"[\x00\x1b]", text)
    assert text.count("&lt;script&gt;alert") > 15
