"""The changes of tables with point-in-time recovery, from which earlier states are rebuilt.

A history keeps what each change replaced, so the state at a time is today's items with the later
changes taken back. It is in memory, and rebuilt from the write-ahead log at a start; so a start
forgets what is older than the last snapshot, and newer changes push out the oldest: MAX_CHANGES of
them, or MAX_BYTES of replaced items. Both move the earliest time that can be restored (a
simplification; AWS keeps up to 35 days).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from twin.core.tables.table_engine import Image
from twin.dynamodb.item_size import item_size
from twin.region.tables.storage.table_state import TableState

MAX_CHANGES = 50_000
MAX_BYTES = 256 * 1024 * 1024
"""Of the items of one table."""
DAY_S = 24 * 3600.0


class ReplacedItem(NamedTuple):
    """What a change replaced."""

    at_s: float
    """Seconds since 1970."""
    item: str
    """The item's key, as TableState.item_key."""
    before: Image | None
    size: int
    """Bytes of the item."""


class TableHistory:
    """The changes of one table."""

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        """The state is known from this time on."""
        self._changes: deque[ReplacedItem] = deque()
        self._bytes = 0

    def add(self, at_s: float, item: str, before: Image | None) -> None:
        """Record a change, in the order of their application."""
        if self._changes:
            at_s = max(at_s, self._changes[-1].at_s)
        size = 0 if before is None else item_size(before)
        self._changes.append(ReplacedItem(at_s, item, before, size))
        self._bytes += size
        while len(self._changes) > MAX_CHANGES or self._bytes > MAX_BYTES:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = self._changes.popleft()
        self._bytes -= oldest.size
        self.since_s = oldest.at_s

    def forget_before(self, time_s: float) -> None:
        """Drop the changes before a time."""
        while self._changes and self._changes[0].at_s < time_s:
            self._forget_oldest()

    def replaced_since(self, at_s: float) -> dict[str, Image | None]:
        """The items that changed after a time, as they were then: by key, None if not there."""
        replaced: dict[str, Image | None] = {}
        for change in reversed(self._changes):
            if change.at_s <= at_s:
                break
            replaced[change.item] = change.before
        return replaced


class TableHistories:
    """The histories of all tables of a Region that have point-in-time recovery."""

    def __init__(self) -> None:
        self._by_table: dict[str, TableHistory] = {}
        self.known_since_s = 0.0
        """Before this time the log says nothing."""

    def begin(self, at_s: float) -> None:
        """Forget everything: the state is known from this time on."""
        self._by_table.clear()
        self.known_since_s = at_s

    def note(self, state: TableState, at_s: float, item: str, before: Image | None) -> None:
        """Record a change of a table, if it has point-in-time recovery."""
        recovery = state.recovery
        if recovery is None:
            return
        history = self._by_table.get(state.id)
        if history is None:
            history = self._by_table[state.id] = TableHistory(self.known_since_s)
        history.add(at_s, item, before)
        history.forget_before(at_s - recovery.days * DAY_S)

    def forget(self, state: TableState) -> None:
        """Drop the history of a table that is dropped, or whose recovery is switched off."""
        self._by_table.pop(state.id, None)

    def earliest_s(self, state: TableState) -> float:
        """The earliest time that can be restored, of a table with point-in-time recovery."""
        history = self._by_table.get(state.id)
        since_s = self.known_since_s if history is None else history.since_s
        enabled_s = 0.0 if state.recovery is None else state.recovery.enabled_s
        return max(since_s, enabled_s)

    def images_at(
        self, state: TableState, at_s: float, present: Iterable[tuple[str, Image]]
    ) -> dict[str, Image]:
        """The table's items at a time, by key; `present` are all items now."""
        history = self._by_table.get(state.id)
        replaced = {} if history is None else history.replaced_since(at_s)
        images = dict(present)
        for item, before in replaced.items():
            if before is None:
                images.pop(item, None)
            else:
                images[item] = before
        return images
