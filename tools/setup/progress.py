"""Progress of long steps: one line for each step, with its seconds.

On a terminal the line is redrawn; elsewhere, in a CI log, a line is added every 10 s.
"""

import collections
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

_TERMINAL_EVERY_S = 0.5
_LOG_EVERY_S = 10.0
_LAST_LINES = 25


class SetupFailed(Exception):
    """A step of the setup failed; the message says why and what to do."""


class ProgressStep:
    """The progress line of one step."""

    def __init__(self, name: str, out: TextIO | None = None) -> None:
        self.name = name
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._started = self._shown = time.monotonic()
        self._open_line = False

    @property
    def seconds(self) -> float:
        """Seconds since the step started."""
        return time.monotonic() - self._started

    def update(self, what: str) -> None:
        """Show what the step is doing; cheap to call often."""
        now = time.monotonic()
        if now - self._shown < (_TERMINAL_EVERY_S if self._live else _LOG_EVERY_S):
            return
        self._shown = now
        text = f"  {self.name:<22} {what}, {self.seconds:.0f} s"
        self._out.write(f"\r\033[K{text}" if self._live else f"{text}\n")
        self._open_line = self._live
        self._out.flush()

    def note(self, what: str) -> None:
        """Print a line that stays."""
        self._out.write(f"{self._start_of_line()}  {self.name:<22} {what}\n")
        self._out.flush()

    def done(self, what: str) -> None:
        """Print the step's last line, with its duration."""
        self.note(f"{what} ({self.seconds:.1f} s)")

    def _start_of_line(self) -> str:
        was_open, self._open_line = self._open_line, False
        return "\r\033[K" if was_open else ""


class _OutputLogger(threading.Thread):
    """Copies a command's output to a log; counts its lines and keeps the last ones."""

    def __init__(self, output: Iterable[str], log: TextIO) -> None:
        super().__init__(daemon=True)
        self.count = 0
        self.last: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._output, self._log = output, log

    def run(self) -> None:
        for line in self._output:
            self._log.write(line)
            self.last.append(line)
            self.count += 1


def run_logged(
    command: Sequence[str],
    step: ProgressStep,
    what: str,
    *,
    log: Path,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Run a command with its output in a log, and show how many lines it has printed.

    `what` may contain `{count}`. Raises SetupFailed with the end of the output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as opened, _start(command, cwd, environ) as process:
        reader = _OutputLogger(process.stdout or (), opened)
        reader.start()
        try:
            while _is_running(process):
                step.update(what.format(count=reader.count))
        except BaseException:
            process.kill()  # Ctrl-C kills the command, too
            raise
        finally:
            reader.join()  # before the log is closed
    if process.returncode != 0:
        shown = " ".join(command[:4])
        raise SetupFailed(
            f"`{shown} ...` failed ({process.returncode}); its output is in {log}, and ends:\n"
            + "".join(f"    {line}" for line in reader.last)
        )


def _start(
    command: Sequence[str], cwd: Path | None, environ: Mapping[str, str] | None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _is_running(process: "subprocess.Popen[str]") -> bool:
    try:
        process.wait(timeout=0.25)
    except subprocess.TimeoutExpired:
        return True
    return False
