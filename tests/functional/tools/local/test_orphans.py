"""Processes of a killed `make up`, under the names of Pulumi's programs."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.waiting import eventually
from tools.local.orphans import end_orphans, mark_environment
from twin.runtime.instance import Instance

Start = Callable[..., "subprocess.Popen[bytes]"]
FINISHES = "trap 'echo finished; exit 0' INT; echo ready; while :; do sleep 0.05; done"
STAYS = "trap '' INT; echo ready; while :; do sleep 0.05; done"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "home", 16)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a shell program under another name, and waits until it handles signals."""
    started: list[subprocess.Popen[bytes]] = []

    def start_program(name: str, program: str, home: Instance) -> "subprocess.Popen[bytes]":
        shell = tmp_path / name
        if not shell.exists():
            shell.symlink_to(shutil.which("bash") or "/bin/sh")
        # A shell can't handle a signal that it was started to ignore, as tests in background are.
        process = subprocess.Popen(
            ["env", "--default-signal=INT", shell, "-c", program],
            env={**os.environ, **mark_environment(home)},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start_program
    for process in started:
        process.kill()
        process.communicate()


def test_pulumi_may_finish_and_its_language_host_is_ended(start: Start, instance: Instance) -> None:
    engine = start("pulumi", FINISHES, instance)
    host = start("pulumi-language-python", STAYS, instance)

    end_orphans(instance, SystemClock())

    assert engine.stdout is not None
    assert engine.stdout.read() == b"finished\n"
    assert host.wait(timeout=10) == -signal.SIGKILL


def test_a_pulumi_that_does_not_finish_is_killed(start: Start, instance: Instance) -> None:
    engine = start("pulumi", STAYS, instance)

    end_orphans(instance, SystemClock(), finish_within_s=0.3)

    assert engine.wait(timeout=10) == -signal.SIGKILL


def test_the_processes_of_another_folder_go_on(
    start: Start, instance: Instance, tmp_path: Path
) -> None:
    other = start("pulumi", STAYS, Instance(tmp_path / "other", 17))
    own = start("pulumi", FINISHES, instance)

    end_orphans(instance, SystemClock())

    eventually(lambda: own.poll() is not None)
    assert other.poll() is None


MAKE_UP = """
import sys, time
from pathlib import Path
from tools.local.orphans import watched
from twin.runtime.instance import Instance
with watched(Instance(Path(sys.argv[1]), 16)):
    print("ready", flush=True)
    if sys.argv[2] == "stays":
        time.sleep(60)
"""


def start_make_up(instance: Instance, how: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE_UP, instance.home, how], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_the_language_host_of_a_killed_make_up_is_ended(start: Start, instance: Instance) -> None:
    instance.home.mkdir(mode=0o700)
    make_up = start_make_up(instance, "stays")
    host = start("pulumi-language-python", STAYS, instance)

    make_up.kill()
    make_up.communicate()

    assert host.wait(timeout=30) == -signal.SIGKILL


def test_a_make_up_that_ends_by_itself_leaves_what_it_has_started(
    start: Start, instance: Instance
) -> None:
    instance.home.mkdir(mode=0o700)
    host = start("pulumi-language-python", STAYS, instance)

    make_up = start_make_up(instance, "ends")
    make_up.communicate()

    assert make_up.returncode == 0
    assert host.poll() is None
