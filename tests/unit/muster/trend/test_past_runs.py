"""What a run's journal and result.json tell the history."""

import json
from pathlib import Path

from common.files.file_lock import FileLock
from muster.drill.journal.events import JournalEvent, RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import RunFolder
from muster.trend.past_runs import PastRun, UnreadableRun, read_past_run
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.sample_clock import NOW, make_clock

MISSED = RunClosed(status="missed", exit_code=1, why="RTO 14 s, at most 10 s")


def test_a_finished_run_has_its_plan_and_its_numbers(tmp_path: Path) -> None:
    folder = write(tmp_path, {"rto_s": 14, "rpo_s": None, "trusted": False}, MISSED)

    run = read_past_run(folder)

    assert isinstance(run, PastRun)
    assert (run.scenario, run.subject, run.status) == ("region-loss", AWAY, "missed")
    assert run.exit_code == 1
    assert run.parameters["region"] == AWAY
    assert run.targets["RTO"] == "10 s"
    assert run.targets["RPO in items"] == "0 items"
    assert (run.rto_s, run.rpo_s, run.trusted) == (14.0, None, False)
    assert run.started_at == NOW


def test_a_run_by_numbers_in_doubt_has_no_verdict_of_met_or_missed(tmp_path: Path) -> None:
    in_doubt = RunClosed(status="missed", exit_code=1, why="lost", reliable=False)

    run = read_past_run(write(tmp_path, {}, in_doubt))

    assert isinstance(run, PastRun)
    assert (run.reliable, run.verdict) == (False, "not reliable")
    assert run.practised


def test_without_a_result_it_is_not_known_whether_numbers_can_be_believed(tmp_path: Path) -> None:
    run = read_past_run(write(tmp_path, {}, MISSED))

    assert isinstance(run, PastRun)
    assert run.exit_code == 1
    assert (run.rto_s, run.trusted) == (None, None)


def test_a_run_without_an_end_says_how_to_finish_it_and_has_no_numbers(tmp_path: Path) -> None:
    folder = write(tmp_path, {"rto_s": 1.0})  # of an earlier end

    run = read_past_run(folder)

    assert isinstance(run, PastRun)
    assert run.status == "unfinished"
    assert run.why == f"muster drill resume {folder.name}, or rollback"
    assert (run.exit_code, run.rto_s) == (None, None)


def test_a_run_that_a_process_is_at_work_on_is_running(tmp_path: Path) -> None:
    folder = write(tmp_path, {"rto_s": 14.0}, MISSED)  # resumed after an end

    with FileLock.acquire(folder.journal):
        run = read_past_run(folder)

    assert isinstance(run, PastRun)
    assert run.status == "running"
    assert "resume" not in run.why
    assert (run.exit_code, run.rto_s) == (None, None)


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, {})
    folder.journal.write_text("?\n")

    run = read_past_run(folder)

    assert isinstance(run, UnreadableRun)
    assert "line 1: not JSON" in run.why


def write(folder: Path, result: dict[str, object], *more: JournalEvent) -> RunFolder:
    """A drill with two targets."""
    plan = build_plan("region-loss", targets={"rto_s": 10.0, "rpo_items": 0.0})
    run = RunFolder(folder / "2026-11-21T10-02-07-region-loss")
    with DrillJournal.create(run.journal, make_clock(), (build_run_opened(plan), *more)):
        pass
    (run.path / "result.json").write_text(json.dumps(result))
    return run
