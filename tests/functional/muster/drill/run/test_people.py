"""A drill in one process, and a person's commands in others."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.drill.journal.events import ApprovalAnswered, JournalEvent, MomentMarked
from muster.drill.journal.journal_file import read_journal
from muster.drill.journal.people_state import Question
from muster.drill.journal.run_folders import RunFolder
from muster.errors import InvalidJournal
from tests.functional.muster.drill.run.drill_process import load_system
from tests.functional.muster.drill.run.test_runner import ROOT, finish, start
from tests.unit.muster.drill.fake_system import FakeSystem
from tests.waiting import eventually

SCENARIO = "gray-failure"


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A drill that waits for approval."""
    process = start(tmp_path, "run", SCENARIO)
    try:
        eventually(lambda: question_of(tmp_path), within_s=120)
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def question_of(folder: Path) -> Question | None:
    try:
        return RunFolder(folder / "run").read_state().people.question
    except InvalidJournal:
        return None


def call_muster(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    """A command about the run, in a folder without outputs and without a twin."""
    command = [sys.executable, "-m", "muster", "drill", *line, str(folder / "run")]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def journaled(folder: Path, kind: type[JournalEvent]) -> list[JournalEvent]:
    lines = read_journal(RunFolder(folder / "run").journal)
    return [line.event for line in lines if isinstance(line.event, kind)]


def test_a_person_marks_and_approves_from_another_process(
    tmp_path: Path, asking: subprocess.Popen[bytes]
) -> None:
    marked = call_muster(tmp_path, "mark", "the alarm rang", "--by", "ben")
    approved = call_muster(tmp_path, "approve", "--by", "ann")

    assert (marked.returncode, approved.returncode) == (0, 0), marked.stderr + approved.stderr
    assert "approved; the drill goes on" in approved.stdout
    assert asking.wait(timeout=120) in (0, 1)
    (mark,) = journaled(tmp_path, MomentMarked)
    (answer,) = journaled(tmp_path, ApprovalAnswered)
    assert isinstance(mark, MomentMarked)
    assert isinstance(answer, ApprovalAnswered)
    assert (mark.words, mark.by) == ("the alarm rang", "ben")
    assert (answer.approved, answer.by) == (True, "ann")
    assert load_system(tmp_path / "system.json").state() == FakeSystem().state()


def test_a_refusal_from_another_process_rolls_back(
    tmp_path: Path, asking: subprocess.Popen[bytes]
) -> None:
    refused = call_muster(tmp_path, "approve", "--no")

    assert refused.returncode == 0, refused.stderr
    assert asking.wait(timeout=120) == 4
    stopped = RunFolder(tmp_path / "run").read_state().stopped
    assert stopped is not None
    assert stopped.cause == "not-approved"
    assert load_system(tmp_path / "system.json").state() == FakeSystem().state()


def test_a_killed_drill_takes_no_approval_until_it_asks_again(
    tmp_path: Path, asking: subprocess.Popen[bytes]
) -> None:
    asking.send_signal(signal.SIGKILL)
    asking.wait(timeout=10)
    first = question_of(tmp_path)

    too_early = call_muster(tmp_path, "approve")
    assert too_early.returncode == 3, too_early.stderr
    assert "asks again" in too_early.stderr

    resumed = start(tmp_path, "resume", SCENARIO)
    try:
        eventually(lambda: question_of(tmp_path) not in (None, first), within_s=120)
        approved = call_muster(tmp_path, "approve")
        assert approved.returncode == 0, approved.stderr
        assert resumed.wait(timeout=120) in (0, 1)
    finally:
        resumed.kill()
        resumed.wait(timeout=10)


def test_a_mark_for_a_killed_drill_is_journaled_by_its_rollback(
    tmp_path: Path, asking: subprocess.Popen[bytes]
) -> None:
    asking.send_signal(signal.SIGKILL)
    asking.wait(timeout=10)

    marked = call_muster(tmp_path, "mark", "the process is gone")

    assert marked.returncode == 0, marked.stderr
    assert finish(tmp_path, "roll_back", SCENARIO) == 4
    assert len(journaled(tmp_path, MomentMarked)) == 1
