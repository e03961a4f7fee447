"""Sorted positions behave as a sorted list does, whatever was added and removed."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.dynamodb import sorted_positions
from twin.dynamodb.sorted_positions import AFTER, Position, SortedPositions

NUMBERS = st.integers(0, 40)
CHANGES = st.lists(NUMBERS, max_size=120)


def filled(numbers: list[int], block: int) -> tuple[SortedPositions, list[Position]]:
    """Each number is added, or removed if it is there, with blocks of a few positions."""
    positions, model = SortedPositions(block), set[Position]()
    for number in numbers:
        position = (number, f"k{number % 3}")
        if position in model:
            positions.remove(position)
        else:
            positions.add(position)
        model ^= {position}
    return positions, sorted(model)


@settings(max_examples=50, deadline=None)
@given(numbers=CHANGES, block=st.integers(2, 9), low=NUMBERS, high=NUMBERS)
def test_a_range_is_read_in_both_directions(
    numbers: list[int], block: int, low: int, high: int
) -> None:
    positions, model = filled(numbers, block)
    wanted = [p for p in model if (low,) <= p < (high, AFTER)]

    assert list(positions.ascending((low,), (high, AFTER))) == wanted
    assert list(positions.descending((low,), (high, AFTER))) == wanted[::-1]
    assert list(positions.ascending((), (AFTER,))) == model


def test_the_end_mark_follows_every_key_of_its_prefix() -> None:
    keys: list[Any] = ["\U0010ffff", b"\xff", Decimal("1E125"), (2**40, "x")]
    for key in keys:
        assert (1, key) < (1, AFTER)
        assert (1, key, "more") < (1, AFTER)
        assert (2, key) > (1, AFTER)
    assert (1, AFTER) == (1, AFTER)


def test_many_positions_are_kept_in_blocks() -> None:
    positions = SortedPositions()
    for number in range(5000):
        positions.add((number * 7919 % 5000,))

    assert [p[0] for p in positions.ascending((0,), (AFTER,))] == list(range(5000))
    assert max(map(len, positions._blocks)) <= sorted_positions.MAX_BLOCK
