"""What a live view shows in a terminal of a certain size. Pure.

The bars of the Regions' table take the width that is left, and columns give way before the bars get
too short to be read; on a terminal of a phone's size the bars go, too. The timeline takes the
height that is left. A wide terminal shows the steps of the method beside it all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FRAME_COLUMNS, FRAME_ROWS = 4, 2
GAP_COLUMNS = 2
"""Between two columns of the Regions' table."""
MAX_BAR_COLUMNS, GOOD_BAR_COLUMNS, MIN_BAR_COLUMNS = 60, 8, 4
GIVES_WAY = {"lag": GOOD_BAR_COLUMNS, "switch": GOOD_BAR_COLUMNS, "dial": MIN_BAR_COLUMNS}
"""Columns of the Regions' table that are left out on a narrow terminal, in this order, each unless
a bar has so many columns."""
MIN_MAIN_COLUMNS = 90
"""The Regions and the timeline keep these when the steps are shown beside them."""
STEPS_GAP_COLUMNS = 3
MIN_TIMELINE_ROWS, SPACED_TIMELINE_ROWS = 1, 3
BLANK_ROWS = 2
"""Between headline, Regions and timeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Sizes in columns and rows."""

    columns: int
    """Of the Regions and the timeline, inside the frame."""
    bar: int
    """0: there are none."""
    cells: Mapping[str, int]
    """Width of each other column of the Regions' table."""
    hidden: tuple[str, ...]
    """Columns of the Regions' table that are left out."""
    timeline_rows: int
    spaced: bool
    """Whether there are blank rows between the parts."""
    steps_columns: int
    """Of the steps beside it all; 0: they are not shown."""
    rows: int
    """Inside the frame."""


def plan_layout(
    columns: int,
    rows: int,
    *,
    cells: Mapping[str, int],
    fixed_rows: int,
    steps_columns: int,
    event_rows: int = MIN_TIMELINE_ROWS,
) -> Layout:
    """The layout for a terminal of this size.

    `cells`: width of each column of the Regions' table but the bars'. `fixed_rows`: rows inside the
    frame besides timeline and blanks. `steps_columns`: width of the list of steps. `event_rows`: of
    the latest event, which blanks must leave room for.
    """
    inner = max(1, columns - FRAME_COLUMNS)
    beside = steps_columns + STEPS_GAP_COLUMNS
    shows_steps = steps_columns > 0 and inner - beside >= MIN_MAIN_COLUMNS
    main = inner - beside if shows_steps else inner
    bar, hidden = _plan_table(main, dict(cells))
    room = rows - FRAME_ROWS - fixed_rows
    spaced = room - BLANK_ROWS >= max(SPACED_TIMELINE_ROWS, event_rows)
    return Layout(
        columns=main,
        bar=bar,
        cells=cells,
        hidden=hidden,
        timeline_rows=max(MIN_TIMELINE_ROWS, room - (BLANK_ROWS if spaced else 0)),
        spaced=spaced,
        steps_columns=steps_columns if shows_steps else 0,
        rows=max(1, rows - FRAME_ROWS),
    )


def _plan_table(columns: int, cells: dict[str, int]) -> tuple[int, tuple[str, ...]]:
    """The bars' width, and the columns that are left out for it."""
    hidden: list[str] = []
    for name, enough in GIVES_WAY.items():
        if _bar_columns(columns, cells) >= enough:
            break
        if cells.pop(name, None) is not None:
            hidden.append(name)
    bar = _bar_columns(columns, cells)
    return min(MAX_BAR_COLUMNS, bar) if bar >= MIN_BAR_COLUMNS else 0, tuple(hidden)


def _bar_columns(columns: int, cells: Mapping[str, int]) -> int:
    return columns - sum(width + GAP_COLUMNS for width in cells.values())
