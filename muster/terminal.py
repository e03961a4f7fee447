"""A terminal's modes: whether what is typed is shown, and the like.

Decides when they are left alone: while some other process has the terminal in front they are not
ours to set (who tries is stopped by SIGTTOU).
"""

import os
import termios
from contextlib import suppress

TerminalModes = list[int | list[bytes | int]]
"""As termios has them."""


def set_terminal_modes(fd: int, modes: TerminalModes) -> None:
    """Set them at once, if we have the terminal in front; one that is gone needs none."""
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(fd) == os.getpgrp():
            termios.tcsetattr(fd, termios.TCSANOW, modes)
