"""Keeps positions in order: insertion, removal and range reads without copying everything.

A position is a tuple that says where an item belongs in a table or an index. Positions are kept in
blocks of bounded length, so that an insertion moves a few kilobytes, however big the table is.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from functools import total_ordering
from typing import Any

MAX_BLOCK = 1000
"""Positions in a block; a fuller one is split in two."""

Position = tuple[Any, ...]
"""Comparable with all other positions of one table or index."""


@total_ordering
class _After:
    """Greater than everything: `(*position, AFTER)` comes right after all that begin so."""

    def __lt__(self, other: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


AFTER = _After()


class SortedPositions:
    """A set of positions in order."""

    def __init__(self, max_block: int = MAX_BLOCK) -> None:
        self._max_block = max_block
        self._blocks: list[list[Position]] = []
        self._last: list[Position] = []
        """The last position of each block."""

    def add(self, position: Position) -> None:
        """Insert a position that is not there."""
        if not self._blocks:
            self._blocks.append([position])
            self._last.append(position)
            return
        at = min(bisect_left(self._last, position), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, position)
        if len(block) > self._max_block:
            half = len(block) // 2
            self._blocks[at : at + 1] = [block[:half], block[half:]]
            self._last[at : at + 1] = [block[half - 1], block[-1]]
        else:
            self._last[at] = block[-1]

    def remove(self, position: Position) -> None:
        """Remove a position that is there."""
        at = bisect_left(self._last, position)
        block = self._blocks[at]
        del block[bisect_left(block, position)]
        if block:
            self._last[at] = block[-1]
        else:
            del self._blocks[at], self._last[at]

    def ascending(self, low: Position, high: Position) -> Iterator[Position]:
        """The positions from `low` (included) up to `high` (excluded)."""
        start = bisect_left(self._last, low)
        for at in range(start, len(self._blocks)):
            block = self._blocks[at]
            begin = bisect_left(block, low) if at == start else 0
            end = bisect_left(block, high) if self._last[at] >= high else len(block)
            yield from block[begin:end]
            if end < len(block):
                return

    def descending(self, low: Position, high: Position) -> Iterator[Position]:
        """The same positions, from the last one down."""
        start = min(bisect_left(self._last, high), len(self._blocks) - 1)
        for at in range(start, -1, -1):
            block = self._blocks[at]
            end = bisect_left(block, high) if at == start else len(block)
            begin = bisect_left(block, low) if block[0] < low else 0
            yield from reversed(block[begin:end])
            if begin > 0:
                return
