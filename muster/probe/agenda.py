"""Which acknowledged item is to be read next in which Region's table.

Decides the order and the pauses: an item is read at once in every Region, then again after pauses
that double, until it is found. Pure: it is told the time. Bounded: what is offered beyond the bound
is counted and not read.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
MAX_WAITING = 50_000
"""Items waiting in one Region."""


@dataclass(frozen=True, slots=True, order=True)
class Errand:
    """One item to be read in one Region."""

    due_s: float
    number: int
    item: str
    pause_s: float


class Agenda:
    """The readings that wait, by Region."""

    def __init__(self, regions: Sequence[str]) -> None:
        """Empty."""
        self._waiting: dict[str, list[Errand]] = {region: [] for region in regions}
        self._under_way = dict.fromkeys(regions, 0)
        self._numbers = count()
        self.overflow = 0

    def offer(self, item: str, now_s: float) -> None:
        """Read the item in every Region, from now on until it is found there."""
        for waiting in self._waiting.values():
            if len(waiting) >= MAX_WAITING:
                self.overflow += 1
                continue
            heapq.heappush(waiting, Errand(now_s, next(self._numbers), item, FIRST_PAUSE_S))

    def take(self, region: str, now_s: float) -> Errand | None:
        """The next errand that is due; it has to be given back by `found` or `again`."""
        waiting = self._waiting[region]
        if not waiting or waiting[0].due_s > now_s:
            return None
        self._under_way[region] += 1
        return heapq.heappop(waiting)

    def found(self, region: str) -> None:
        """An errand is done."""
        self._under_way[region] -= 1

    def again(self, region: str, errand: Errand, now_s: float) -> None:
        """Not found, or not readable: once more after a pause twice as long."""
        self._under_way[region] -= 1
        later = Errand(
            now_s + errand.pause_s,
            next(self._numbers),
            errand.item,
            min(errand.pause_s * 2, LONGEST_PAUSE_S),
        )
        heapq.heappush(self._waiting[region], later)

    def pending(self, region: str | None = None) -> int:
        """Readings that wait or are under way, in one Region or in all."""
        regions = self._waiting if region is None else (region,)
        return sum(len(self._waiting[r]) + self._under_way[r] for r in regions)
