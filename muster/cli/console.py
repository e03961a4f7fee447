"""What a command prints on with rich.

Decides the width: a terminal folds lines at its own, and what goes to a pipe or a file stays whole,
for grep and the like.
"""

import sys

from rich.console import Console

UNLIMITED_WIDTH = 10_000
"""Columns of a pipe: wider than anything that is printed."""


def stdout_console() -> Console:
    """Standard output."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED_WIDTH)


def text_width(most: int) -> int:
    """Where to fold running text: at the terminal's width, or at `most` columns."""
    return min(stdout_console().width, most) if sys.stdout.isatty() else UNLIMITED_WIDTH
