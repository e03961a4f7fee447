"""The modes of a terminal, such as whether it echoes input."""

import os
import termios
from contextlib import suppress

TerminalModes = list[int | list[bytes | int]]
"""As of termios.tcgetattr."""


def set_terminal_modes(fd: int, modes: TerminalModes) -> None:
    """Set them at once; does nothing in the background or when the terminal is gone.

    SIGTTOU would stop a background process that sets them.
    """
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(fd) == os.getpgrp():
            termios.tcsetattr(fd, termios.TCSANOW, modes)
