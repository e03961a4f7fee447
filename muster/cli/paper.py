"""What a command prints on with rich.

Decides the width: a terminal folds lines at its own, and what goes to a pipe or a file stays whole,
for grep and the like.
"""

import sys

from rich.console import Console

ENDLESS = 10_000
"""Columns of a pipe: wider than anything that is printed."""


def paper() -> Console:
    """Standard output."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else ENDLESS)


def columns(most: int) -> int:
    """Where to fold running text: at the terminal's width, or at `most` columns."""
    return min(paper().width, most) if sys.stdout.isatty() else ENDLESS
