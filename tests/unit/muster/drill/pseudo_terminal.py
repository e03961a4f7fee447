"""Run a program of a test in a pseudo terminal, and type into it."""

import fcntl
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress


def run_in_terminal(program: str, keys: Mapping[str, str]) -> str:
    """Run Python code in a terminal; `keys`: text to wait for -> text to type then.

    Returns the whole output.
    """
    process, master = _start(program)
    pending, output = dict(keys), ""
    with suppress(OSError):  # EIO: the program has closed its side
        while data := os.read(master, 65536):
            output += data.decode()
            for word in [word for word in pending if word in output]:
                os.write(master, pending.pop(word).encode())
    process.wait()
    os.close(master)
    return output


def run_until_hangup(program: str, word: str) -> int:
    """Run Python code in a terminal that is closed after this output; the exit code."""
    process, master = _start(program)
    output = ""
    while word not in output:
        output += os.read(master, 65536).decode()
    os.close(master)
    return process.wait()


def _start(program: str) -> tuple[subprocess.Popen[bytes], int]:
    """The program's process, and the master side of its terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - needs no lock
    )
    os.close(slave)
    return process, master
