"""Runs the steps of a rehearsal, each bounded in time, and writes the record after each."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from common.clock import Clock
from tools.rehearsal.plan import RehearsalError, RehearsalStep
from tools.rehearsal.record import RehearsalRecord, StepRecord, hide_account, write_record

GRACE_S = 60.0
"""After SIGINT Pulumi ends what is under way, and writes its state."""

RunStep = Callable[[RehearsalStep], tuple[int | None, str]]
"""A step -> its exit code (None: it was ended) and its output. Raises KeyboardInterrupt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    path: Path
    """The record's file."""
    run: RunStep
    clock: Clock
    say: Callable[[str], None]
    within_s: float
    """No step begins after this."""

    def go_on(self, record: RehearsalRecord, plan: tuple[RehearsalStep, ...]) -> RehearsalRecord:
        """Run what is left of a plan. Raises RehearsalError at the first step that fails."""
        ends_s = self.clock.monotonic() + self.within_s
        write_record(self.path, record)
        for step in record.left(plan):
            if self.clock.monotonic() > ends_s:
                raise RehearsalError(f"the time is over before {step.name}")
            record = self._do(record, step)
        return record

    def _do(self, record: RehearsalRecord, step: RehearsalStep) -> RehearsalRecord:
        self.say(f"{step.name}: {' '.join(step.command)}")
        began_s = self.clock.monotonic()
        code: int | None = None
        text = "interrupted"
        try:
            code, text = self.run(step)
        finally:
            done = StepRecord(
                name=step.name,
                command=" ".join(step.command),
                exit_code=code,
                seconds=round(self.clock.monotonic() - began_s, 3),
                text=hide_account(text),
                ok=code in step.exit_codes and step.words in text,
            )
            record = record.with_step(done)
            write_record(self.path, record)
        self.say(f"  {done.seconds:.1f} s, exit code {code}")
        if not done.ok:
            raise RehearsalError(f"{step.name} failed:\n{done.text[-2000:]}")
        return record


def run_command(
    step: RehearsalStep, folder: Path, environ: Mapping[str, str]
) -> tuple[int | None, str]:
    """Run a step's command in a session of its own; end it when its time is over or on Ctrl-C."""
    program = sys.executable if step.command[0] == "python" else step.command[0]
    try:
        process = subprocess.Popen(
            [program, *step.command[1:]],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    except OSError as exc:
        return 127, f"{program}: {exc}"
    try:
        text, _ = process.communicate(timeout=step.within_s)
    except subprocess.TimeoutExpired:
        return None, f"{_end(process)}\nended after {step.within_s:g} s"
    except KeyboardInterrupt:
        _end(process)
        raise
    return process.returncode, text


def _end(process: "subprocess.Popen[str]") -> str:
    """End a command: at first as Ctrl-C does. Its output."""
    for number in (signal.SIGINT, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            return process.communicate(timeout=GRACE_S)[0]
        except subprocess.TimeoutExpired:
            continue
    return ""
