"""Which runs are compared, and what is told about those that can't be read."""

from dataclasses import replace
from pathlib import Path

import pytest

from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolders
from muster.errors import InvalidJournal, UnknownRun
from muster.trend.run_selection import compare_named_runs, trend_of_scenario
from tests.unit.muster.report.sample_runs import interrupted_evacuation, refused_evacuation
from tests.unit.muster.report.staged_run import write_run_folder

FIRST, SECOND = "2026-10-01T08-00-00-evacuate", "2026-11-21T10-02-07-evacuate"
DAMAGED = "2026-11-01T09-00-00-evacuate"
OTHER = "2026-11-02T09-00-00-shift"


@pytest.fixture
def folders(tmp_path: Path) -> RunFolders:
    """Two evacuations, a damaged one between them, and a damaged shift."""
    write_run_folder(replace(interrupted_evacuation(), name=FIRST), tmp_path)
    write_run_folder(replace(refused_evacuation(), name=SECOND), tmp_path)
    for name in (DAMAGED, OTHER):
        (tmp_path / name).mkdir()
        (tmp_path / name / "journal.jsonl").write_text("?\n")
    return RunFolders(tmp_path)


def test_a_trend_has_all_runs_of_the_scenario_oldest_first(folders: RunFolders) -> None:
    trend = trend_of_scenario(folders, "evacuate")

    assert [one.run for one in trend.runs] == [FIRST, SECOND]
    assert trend.title == "Trend of evacuate"


def test_a_run_that_changed_nothing_is_left_out_of_a_trend_unless_there_are_no_others(
    tmp_path: Path,
) -> None:
    refused = refused_evacuation()
    last = refused.lines[-1]
    end = RunClosed(status="refused", exit_code=3, why="alarms refuses", unchanged=True)
    lines = (*refused.lines, replace(last, n=last.n + 1, event=end))
    write_run_folder(replace(refused, name=SECOND, lines=lines), tmp_path)
    alone = trend_of_scenario(RunFolders(tmp_path), "evacuate")
    write_run_folder(replace(interrupted_evacuation(), name=FIRST), tmp_path)
    trend = trend_of_scenario(RunFolders(tmp_path), "evacuate")
    named = compare_named_runs(RunFolders(tmp_path), [FIRST, SECOND])

    assert ([one.run for one in alone.runs], alone.left_out) == ([SECOND], ())
    assert ([one.run for one in trend.runs], trend.left_out) == ([FIRST], (SECOND,))
    assert ([one.run for one in named.runs], named.left_out) == ([FIRST, SECOND], ())


def test_a_damaged_run_of_the_scenarios_name_is_told(folders: RunFolders) -> None:
    (damaged,) = trend_of_scenario(folders, "evacuate").unreadable

    assert damaged.run == DAMAGED
    assert "line 1: not JSON" in damaged.why


def test_a_scenario_without_runs_is_told_with_those_that_have_some(folders: RunFolders) -> None:
    with pytest.raises(UnknownRun, match=r"no run of shift in .* has runs of evacuate;") as caught:
        trend_of_scenario(folders, "shift")

    assert f"can't be read: {OTHER}" in str(caught.value)
    with pytest.raises(UnknownRun, match=r"; did you mean evacuate\?"):
        trend_of_scenario(folders, "evacaute")


def test_named_runs_stay_in_their_order(folders: RunFolders) -> None:
    comparison = compare_named_runs(folders, [SECOND, FIRST, DAMAGED])

    assert [one.run for one in comparison.runs] == [SECOND, FIRST]
    assert [one.run for one in comparison.unreadable] == [DAMAGED]


def test_a_name_that_no_run_has_is_an_error(folders: RunFolders) -> None:
    with pytest.raises(UnknownRun, match="nosuch"):
        compare_named_runs(folders, [FIRST, "nosuch"])


def test_damaged_runs_alone_can_not_be_compared(folders: RunFolders) -> None:
    with pytest.raises(InvalidJournal):
        compare_named_runs(folders, [DAMAGED, OTHER])
