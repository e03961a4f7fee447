"""The console that commands print to with rich, and its width.

A terminal wraps lines at its own width. Output to a pipe or a file is never wrapped, for grep and
the like.
"""

import sys

from rich.console import Console

UNLIMITED_WIDTH = 10_000
"""Columns of a pipe: more than any line of output has."""


def stdout_console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED_WIDTH)


def text_width(limit: int) -> int:
    """Columns at which to wrap running text: the terminal's, at most `limit`."""
    return min(stdout_console().width, limit) if sys.stdout.isatty() else UNLIMITED_WIDTH
