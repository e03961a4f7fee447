"""One bash for all steps, as a person's terminal: variables and the folder stay."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.checkout import CommandResult
from tests.waiting import eventually

_PAUSE_S = 0.05


class BashSession:
    """Takes one step at a time. Its steps have no standard input."""

    def __init__(self, folder: Path, scratch: Path, environ: Mapping[str, str]) -> None:
        """Start it in `folder`; `scratch` is an empty folder for its files."""
        self._scratch = scratch
        self._count = 0
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._send("trap 'failed=$?' ERR")

    def run(self, commands: str, within_s: float) -> CommandResult:
        """The status of the last command that failed, else 0, and the output of all.

        Raises AssertionError when they don't end in time; the session is then of no more use.
        """
        self._count += 1
        script, output, status = (
            self._scratch / f"{self._count}.{kind}" for kind in ("sh", "out", "status")
        )
        script.write_text(commands)
        self._send(
            f"failed=0; source {script} </dev/null >{output} 2>&1;"
            f" echo $failed >{status}.new; mv {status}.new {status}"
        )
        try:
            eventually(lambda: status.exists() or self._has_ended(), within_s, _PAUSE_S)
        except AssertionError:
            self._kill()
            text = output.read_text() if output.exists() else ""
            raise AssertionError(f"not within {within_s} s: {commands}{text}") from None
        assert status.exists(), f"the shell has ended: {commands}"
        return CommandResult(int(status.read_text()), output.read_text())

    def close(self) -> None:
        """End the shell, and what it has started and not ended."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._kill()

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _has_ended(self) -> bool:
        return self._process.poll() is not None

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()
