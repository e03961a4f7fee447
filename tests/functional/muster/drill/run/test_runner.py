"""Drills in processes of their own, killed for real."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from muster.drill.journal.run_folders import RunFolder
from muster.errors import InvalidJournal
from tests.functional.muster.drill.run.drill_process import load_system
from tests.unit.muster.drill.fake_system import FakeSystem
from tests.waiting import eventually

ROOT = Path(__file__).parents[5]


def start(folder: Path, action: str, scenario: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.functional.muster.drill.run.drill_process"]
    return subprocess.Popen([*command, str(folder), action, scenario], cwd=ROOT)


def finish(folder: Path, action: str, scenario: str) -> int:
    return start(folder, action, scenario).wait(timeout=60)


def has_started(folder: Path, step: str) -> bool:
    try:
        return step in RunFolder(folder / "run").read_state().started
    except InvalidJournal:
        return False


def kill_at(folder: Path, scenario: str, step: str) -> None:
    """Run until a step is started, then kill -9."""
    process = start(folder, "run", scenario)
    try:
        eventually(lambda: has_started(folder, step), within_s=30)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)


CASES = [
    ("evacuate", "m3"),
    ("evacuate", "m8"),
    ("region-loss", "m1"),
    ("evacuate-by-health", "m2"),
]


@pytest.mark.parametrize(("scenario", "step"), CASES)
@pytest.mark.parametrize("action", ["resume", "roll_back"])
def test_a_killed_drill_is_finished_by_another_process(
    tmp_path: Path, scenario: str, step: str, action: str
) -> None:
    kill_at(tmp_path, scenario, step)

    code = finish(tmp_path, action, scenario)

    system = load_system(tmp_path / "system.json")
    assert code == (4 if action == "roll_back" else 1)
    assert system.state() == FakeSystem().state()
    assert system.lease is None
    assert RunFolder(tmp_path / "run").read_state().finished


def test_a_terminated_drill_rolls_back(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "evacuate")
    eventually(lambda: has_started(tmp_path, "m3"), within_s=30)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 4
    assert load_system(tmp_path / "system.json").state() == FakeSystem().state()


def test_a_run_that_a_process_works_on_is_not_resumed(tmp_path: Path) -> None:
    process = start(tmp_path, "run", "evacuate")
    try:
        eventually(lambda: has_started(tmp_path, "m1"), within_s=30)

        assert finish(tmp_path, "resume", "evacuate") == 1
    finally:
        process.kill()
        process.wait(timeout=10)
