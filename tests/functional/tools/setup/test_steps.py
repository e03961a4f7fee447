"""The setup's command line, in a folder that is set up already."""

import subprocess
import sys
from pathlib import Path

from common.files.file_lock import FileLock
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[4]


def run_setup(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.setup", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_installed_environment_is_ready_at_once() -> None:
    done = run_setup("python")

    assert done.returncode == 0
    assert done.stdout.split() == ["Python", "environment", "ready"]


def test_an_unknown_step_is_reported() -> None:
    done = run_setup("ruby")

    assert done.returncode == 2
    assert done.stderr == "setup: no step 'ruby'; there are python, pulumi, browser\n"


def test_two_setups_run_one_after_the_other() -> None:
    with FileLock.acquire(ROOT / ".tools" / "setup.lock"):
        second = subprocess.Popen(
            [sys.executable, "-u", "-m", "tools.setup", "python"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert second.stdout is not None
        assert "waiting for another setup" in second.stdout.readline()
    with second:
        assert "ready" in second.stdout.read()
    eventually(lambda: second.returncode == 0)
