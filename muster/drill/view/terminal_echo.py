"""A keyboard whose keys are not shown while a picture is drawn on its terminal.

A terminal writes `^C`, and a new line for Enter, wherever the cursor is. In the midst of a picture
that moves everything below, and the next picture is drawn in the wrong place.

Decides how long keys stay hidden. Of a killed process, its shell puts the terminal right.
"""

import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from muster.terminal import set_terminal_modes

LOCAL_MODES = 3
"""Where termios has ECHO."""


@contextmanager
def hide_keystrokes(out: IO[str]) -> Iterator[None]:
    """Show no key that is pressed meanwhile at the terminal that is written to, if it is one."""
    try:
        fd = out.fileno()
        found = termios.tcgetattr(fd)
    except (OSError, ValueError, termios.error):  # no terminal
        yield
        return
    quiet = [*found]
    quiet[LOCAL_MODES] &= ~termios.ECHO
    set_terminal_modes(fd, quiet)
    try:
        yield
    finally:
        set_terminal_modes(fd, found)
