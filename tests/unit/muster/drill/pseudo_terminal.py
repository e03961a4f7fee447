"""A terminal of its own for a program of a test, and somebody who types."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress


def run_in_terminal(program: str, keys: Mapping[str, str]) -> str:
    """Run Python code on a terminal; whenever it has shown a word, type what belongs to it.

    All that the terminal showed.
    """
    running, ours = _begin(program)
    left, shown = dict(keys), ""
    with suppress(OSError):  # Linux' word for the end of a terminal
        while said := os.read(ours, 65536):
            shown += said.decode()
            for word in [one for one in left if one in shown]:
                os.write(ours, left.pop(word).encode())
    running.wait()
    os.close(ours)
    return shown


def run_until_hangup(program: str, word: str) -> int:
    """Run Python code on a terminal that is closed when it has shown a word; its exit code."""
    running, ours = _begin(program)
    shown = ""
    while word not in shown:
        shown += os.read(ours, 65536).decode()
    os.close(ours)
    return running.wait()


def _begin(program: str) -> tuple[subprocess.Popen[bytes], int]:
    """A program, and our side of its terminal."""
    ours, its = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - needs no lock
    )
    os.close(its)
    return running, ours
