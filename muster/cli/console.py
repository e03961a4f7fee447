"""The console that commands print to with rich, its width, and tables that fit into it.

A terminal wraps lines at its own width. Output to a pipe or a file is never wrapped, for grep and
the like.
"""

import sys
from collections.abc import Collection, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNLIMITED_WIDTH = 10_000
"""Columns of a pipe: more than any line of output has."""


def stdout_console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED_WIDTH)


def text_width(limit: int) -> int:
    """Columns at which to wrap running text: the terminal's, at most `limit`."""
    return min(stdout_console().width, limit) if sys.stdout.isatty() else UNLIMITED_WIDTH


def print_rows(
    console: Console,
    titles: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    right: Collection[str] = (),
) -> None:
    """Print a table, or on a narrower console a block for each row, so that no cell is cut.

    A block has the first cell as its head, and below it the others, each after its title.
    `right`: titles of the columns that are aligned to the right.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    boundless = console.options.update(width=UNLIMITED_WIDTH)
    if console.measure(table, options=boundless).maximum <= console.width:
        console.print(table)
        return
    for row in rows:
        for line in _block(titles, row, console.width):
            console.print(line)


def _block(titles: Sequence[str], row: Sequence[Text], width: int) -> Iterator[Text]:
    """A row below its first cell. A title and its cell stay on one line."""
    yield row[0]
    line = Text()
    for title, cell in zip(titles[1:], row[1:], strict=True):
        pair = Text.assemble("  ", (title, "dim"), " ", cell)
        if line and line.cell_len + pair.cell_len > width:
            yield line
            line = Text()
        line.append_text(pair)
    yield line
