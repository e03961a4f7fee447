"""What the write-read cohort of one vantage point does next: write, read soon, read later.

Decides the order of writes and readings, and keeps what is to be read in bounds. Pure: it is told
the time and the outcomes. One request in three is a write, one reads the item that was acknowledged
last, one reads an item that was acknowledged `read_later_s` ago; a reading that has nothing to read
becomes a write, so that the rate never falls.

An item that the later reading misses was acknowledged by one Region and is not there in the one
that answers now. Every n-th such item is written again: when the first Region comes back, its write
must lose against the later one, and the run shows whether it does.
"""

from collections import deque
from dataclasses import dataclass

from muster.measure.samples import RequestKind

MAX_WAITING = 10_000
"""Items that wait for a reading; the oldest are dropped beyond (they are still written down)."""
READ_SOON_WITHIN_S = 1.0
"""An older item is not worth a reading `soon`."""


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """The next request: what to do with which item."""

    step: RequestKind
    item: str


class WriteSequence:
    """The items of one vantage point."""

    def __init__(self, prefix: str, *, read_later_s: float, rewrite_every: int) -> None:
        """Item ids are the prefix and a number, from 1 on."""
        self._prefix = prefix
        self._read_later_s = read_later_s
        self._rewrite_every = rewrite_every
        self._written = 0
        self._missed = 0
        self._fresh: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._later: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._again: deque[str] = deque(maxlen=MAX_WAITING)

    def next(self, turn: int, now_s: float) -> ItemRequest:
        """The task of this turn (the cohort's slots count up from 0)."""
        if turn % 3 == 1 and (item := self._take_fresh(now_s)) is not None:
            return ItemRequest(RequestKind.READ_SOON, item)
        if turn % 3 == 2 and self._later and self._later[0][0] <= now_s:
            return ItemRequest(RequestKind.READ_LATER, self._later.popleft()[1])
        if self._again:
            return ItemRequest(RequestKind.REWRITE, self._again.popleft())
        self._written += 1
        return ItemRequest(RequestKind.WRITE, f"{self._prefix}{self._written:06d}")

    def acknowledged(self, task: ItemRequest, now_s: float) -> None:
        """A write was acknowledged; a rewrite is not read again by this cohort."""
        if task.step is RequestKind.WRITE:
            self._fresh.append((now_s, task.item))
            self._later.append((now_s + self._read_later_s, task.item))

    def missed(self, task: ItemRequest) -> None:
        """A reading did not find its item."""
        if task.step is RequestKind.READ_LATER and self._rewrite_every:
            self._missed += 1
            if self._missed % self._rewrite_every == 0:
                self._again.append(task.item)

    def _take_fresh(self, now_s: float) -> str | None:
        while self._fresh:
            acked_s, item = self._fresh.popleft()
            if now_s - acked_s <= READ_SOON_WITHIN_S:
                return item
        return None
