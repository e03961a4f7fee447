"""A terminal: its modes, such as whether it echoes input, and what colours mean on it."""

import os
import termios
from contextlib import suppress

GOOD, WARNING, BAD = "green", "yellow", "bold red"
"""Styles of rich. Yellow: unknown, or one has to wait. A colour is that of a word which says the
same, since a terminal may have none (NO_COLOR)."""
TerminalModes = list[int | list[bytes | int]]
"""As of termios.tcgetattr."""


def set_terminal_modes(fd: int, modes: TerminalModes) -> None:
    """Set them at once; does nothing in the background or when the terminal is gone.

    SIGTTOU would stop a background process that sets them.
    """
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(fd) == os.getpgrp():
            termios.tcsetattr(fd, termios.TCSANOW, modes)
