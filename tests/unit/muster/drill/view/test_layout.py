"""What a terminal of a certain size has room for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.view.layout import (
    FRAME_COLUMNS,
    FRAME_ROWS,
    GAP_COLUMNS,
    GIVES_WAY,
    GOOD_BAR_COLUMNS,
    MIN_MAIN_COLUMNS,
    Layout,
    plan_layout,
)

CELLS = {"region": 14, "share": 5, "dial": 5, "health": 18, "switch": 6, "lag": 6}


def layout(columns: int, rows: int, *, steps_columns: int = 50, regions: int = 2) -> Layout:
    """Two lines each of headline and figures, and the table's heading."""
    return plan_layout(
        columns, rows, cells=CELLS, fixed_rows=5 + regions, steps_columns=steps_columns
    )


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (100, 30), (200, 50)])
def test_bars_are_long_and_the_timeline_takes_the_height(columns: int, rows: int) -> None:
    found = layout(columns, rows)

    assert found.bar >= GOOD_BAR_COLUMNS
    assert found.hidden == ()
    assert found.spaced
    assert found.timeline_rows == rows - 11


def test_a_wide_terminal_shows_the_steps_beside_it_all() -> None:
    assert layout(200, 50).steps_columns == 50
    assert layout(100, 50).steps_columns == 0
    assert layout(200, 50, steps_columns=0).steps_columns == 0
    assert layout(200, 50, steps_columns=180).steps_columns == 0


def test_columns_give_way_before_a_bar_gets_short() -> None:
    assert layout(76, 24).hidden == ("lag",)
    assert layout(64, 24).hidden == ("lag", "switch")
    assert layout(64, 24).bar >= GOOD_BAR_COLUMNS


def test_on_a_terminal_of_a_phones_size_dials_and_bars_go() -> None:
    assert layout(55, 24).hidden == ("lag", "switch", "dial")
    assert layout(55, 24).bar == 8
    assert layout(50, 24).bar == 0


def test_a_low_terminal_gives_up_its_blank_rows() -> None:
    low = layout(80, 11)

    assert not low.spaced
    assert low.timeline_rows == 2


@given(
    columns=st.integers(1, 300),
    rows=st.integers(1, 100),
    steps=st.integers(0, 100),
    regions=st.integers(1, 20),
)
def test_no_layout_is_wider_or_higher_than_its_terminal(
    columns: int, rows: int, steps: int, regions: int
) -> None:
    found = layout(columns, rows, steps_columns=steps, regions=regions)
    shown = [width for name, width in CELLS.items() if name not in found.hidden]
    table = found.bar + sum(width + GAP_COLUMNS for width in shown)
    fixed = FRAME_ROWS + 5 + regions + (2 if found.spaced else 0)

    if columns >= 48:
        assert table <= found.columns
    if found.steps_columns:
        assert found.columns >= MIN_MAIN_COLUMNS
        assert found.columns + found.steps_columns < columns - FRAME_COLUMNS
    if rows > 8 + regions:
        assert fixed + found.timeline_rows == rows
    assert found.hidden == tuple(GIVES_WAY)[: len(found.hidden)]
