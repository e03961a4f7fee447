"""The items of a restore's tables in a file on this machine, with how far each was read.

A table may be larger than memory, and its reading may be interrupted: each page is stored together
with the key after which the next one begins. The file has the table's data, so only its owner may
read it.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from muster.errors import InvalidJournal
from muster.restore.comparison import ItemStates

Side = Literal["before", "after", "live"]
SIDES: tuple[Side, ...] = ("before", "after", "live")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (key TEXT, side TEXT, text TEXT, PRIMARY KEY (key, side)) STRICT;
CREATE TABLE IF NOT EXISTS progress (side TEXT PRIMARY KEY, next TEXT, done INTEGER) STRICT;
"""
_STATES = """
SELECT key, max(text) FILTER (WHERE side = 'before'), max(text) FILTER (WHERE side = 'after'),
       max(text) FILTER (WHERE side = 'live')
FROM item GROUP BY key ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table was read."""

    next_key: str | None = None
    """The text of the key after which the next page begins; None: from the beginning."""
    done: bool = False


class ItemStore:
    """Close it after use (contextlib.closing)."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises InvalidJournal."""
        self._path = path
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path)
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as exc:
            raise InvalidJournal(path, 0, f"can't be opened: {exc}") from exc

    def close(self) -> None:
        self._database.close()

    def progress(self, side: Side) -> Progress:
        row = self._database.execute(
            "SELECT next, done FROM progress WHERE side = ?", (side,)
        ).fetchone()
        return Progress(row[0], bool(row[1])) if row else Progress()

    def add_page(self, side: Side, items: Iterable[tuple[str, str]], next_key: str | None) -> None:
        """Keep the keys and texts of a page, and where the next one begins; None: it was the last.

        Raises InvalidJournal.
        """
        try:
            with self._database:
                self._database.executemany(
                    "INSERT OR REPLACE INTO item VALUES (?, ?, ?)",
                    [(key, side, text) for key, text in items],
                )
                self._database.execute(
                    "INSERT OR REPLACE INTO progress VALUES (?, ?, ?)",
                    (side, next_key, int(next_key is None)),
                )
        except sqlite3.Error as exc:
            raise InvalidJournal(self._path, 0, f"can't be written: {exc}") from exc

    def forget(self, side: Side) -> None:
        """Drop what was read of a table, to read it anew."""
        with self._database:
            self._database.execute("DELETE FROM item WHERE side = ?", (side,))
            self._database.execute("DELETE FROM progress WHERE side = ?", (side,))

    def count(self, side: Side) -> int:
        """How many items of a table were read."""
        (number,) = self._database.execute(
            "SELECT count(*) FROM item WHERE side = ?", (side,)
        ).fetchone()
        return int(number)

    def states(self, *, has_after: bool) -> Iterator[ItemStates]:
        """Every item's states, by key. Without `after`, the live table is it."""
        for key, before, after, live in self._database.execute(_STATES):
            yield ItemStates(key=key, before=before, after=after if has_after else live, live=live)
