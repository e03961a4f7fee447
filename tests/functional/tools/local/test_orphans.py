"""Processes of a killed `make up`, under the names of Pulumi's programs."""

import os
import shutil
import signal
import subprocess
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
