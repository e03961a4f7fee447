"""A keyboard whose keys are not shown while a picture is drawn on its terminal.

A terminal writes `^C`, and a new line for Enter, wherever the cursor is. In the midst of a picture
that moves everything below, and the next picture is drawn in the wrong place.

Decides when a terminal is left alone: while some other process has it in front, its modes are not
ours to set (who tries is stopped by SIGTTOU). Of a killed process, its shell puts them right.
"""

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

LOCAL_MODES = 3
"""Where termios has ECHO."""


@contextmanager
def unechoed(out: IO[str]) -> Iterator[None]:
    """Show no key that is pressed meanwhile at the terminal that is written to, if it is one."""
    try:
        fd = out.fileno()
        found = termios.tcgetattr(fd)
    except (OSError, ValueError, termios.error):  # no terminal
        yield
        return
    quiet = [*found]
    quiet[LOCAL_MODES] &= ~termios.ECHO
    _set(fd, quiet)
    try:
        yield
    finally:
        _set(fd, found)


def _set(fd: int, modes: list[int | list[bytes | int]]) -> None:
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(fd) == os.getpgrp():
            termios.tcsetattr(fd, termios.TCSANOW, modes)
