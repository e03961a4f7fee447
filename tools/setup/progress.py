"""Long steps that show that they live: one line a step, with its seconds.

On a terminal the line is rewritten as it goes on; elsewhere (a CI log) a line comes every 10 s.
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

from tools.setup.errors import SetupFailed

_TERMINAL_EVERY_S = 0.5
_LOG_EVERY_S = 10.0
_LAST_LINES = 25


class ProgressStep:
    """One line of progress. Times in seconds since the step began."""

    def __init__(self, name: str, out: TextIO = sys.stdout) -> None:
        self.name = name
        self._out = out
        self._live = out.isatty()
        self._began = self._shown = time.monotonic()
        self._open_line = False

    @property
    def seconds(self) -> float:
        """Since the step began."""
        return time.monotonic() - self._began

    def going(self, what: str) -> None:
        """Show that the step goes on; called often, shown now and then."""
        now = time.monotonic()
        if now - self._shown < (_TERMINAL_EVERY_S if self._live else _LOG_EVERY_S):
            return
        self._shown = now
        text = f"  {self.name:<22} {what}, {self.seconds:.0f} s"
        self._out.write(f"\r\033[K{text}" if self._live else f"{text}\n")
        self._open_line = self._live
        self._out.flush()

    def note(self, what: str) -> None:
        """A line that stays."""
        self._out.write(f"{self._start_of_line()}  {self.name:<22} {what}\n")
        self._out.flush()

    def done(self, what: str) -> None:
        """The step's last line."""
        self.note(f"{what} ({self.seconds:.1f} s)")

    def _start_of_line(self) -> str:
        was_open, self._open_line = self._open_line, False
        return "\r\033[K" if was_open else ""


class _Reader(threading.Thread):
    """Takes a command's output into a log, counting its lines and keeping the last."""

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
    """Run a command whose output goes to a log; its lines are counted as progress.

    `what` may hold `{count}`. Raises SetupFailed with the end of the output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as opened, _started(command, cwd, environ) as process:
        reader = _Reader(process.stdout or (), opened)
        reader.start()
        try:
            while _still_runs(process):
                step.going(what.format(count=reader.count))
        except BaseException:
            process.kill()  # Ctrl-C ends the command as well
            raise
        finally:
            reader.join()  # before the log is closed
    if process.returncode != 0:
        shown = " ".join(command[:4])
        raise SetupFailed(
            f"`{shown} ...` failed ({process.returncode}); all of it is in {log}, the end is:\n"
            + "".join(f"    {line}" for line in reader.last)
        )


def _started(
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


def _still_runs(process: "subprocess.Popen[str]") -> bool:
    try:
        process.wait(timeout=0.25)
    except subprocess.TimeoutExpired:
        return True
    return False
