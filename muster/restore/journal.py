"""The journal of a restore: JSON lines, each on the disk before the next step; and its state.

RUNS/restores/NAME/
    journal.jsonl     what was asked for, which tables were made, which items were written
    items.sqlite      copies of the tables' items, until `clean`
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from common.clock import Clock
from common.command.wording import suggest_name
from common.files.atomic_file import sync_folder
from common.files.file_lock import FileLock
from common.files.jsonl import cut_torn_line, split_whole_lines
from common.files.private_files import UntrustedFolder, create_private_folder
from muster import codec
from muster.errors import InvalidDocument, InvalidJournal, UnknownRun

FOLDER, JOURNAL_FILE, ITEMS_FILE = "restores", "journal.jsonl", "items.sqlite"
ItemOutcome = Literal["written", "back", "newer", "too-long"]
"""`newer`: somebody wrote it after it was compared. `too-long`: DynamoDB takes no condition with so
many attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOpened:
    """The first event: what the restore is about."""

    name: str
    table: str
    region: str
    account: str
    before_s: float
    """The time before the bad write, in seconds since 1970."""
    after_s: float | None
    """The time after it; None: what the table has now counts as the bad write's."""
    key_names: tuple[str, ...]
    by: str
    kind: Literal["opened"] = "opened"

    @property
    def times_s(self) -> dict[str, float]:
        """Side -> the time that its table is restored to."""
        times = {"before": self.before_s, "after": self.after_s}
        return {side: at_s for side, at_s in times.items() if at_s is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequested:
    """Written before the call: from now on the table may exist."""

    side: str
    table: str
    kind: Literal["requested"] = "requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    counts: dict[str, int]
    kind: Literal["compared"] = "compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSettled:
    """What became of an item that was to be brought back."""

    key: str
    outcome: ItemOutcome
    kind: Literal["item"] = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDeleted:
    table: str
    kind: Literal["deleted"] = "deleted"


RestoreEvent = RestoreOpened | TableRequested | Compared | ItemSettled | TableDeleted


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreState:
    """The sum of a journal's events."""

    opened: RestoreOpened
    tables: dict[str, str]
    """Side -> the restored table, unless it was deleted."""
    counts: dict[str, int] | None
    """By finding; None: not compared yet."""
    outcomes: dict[str, ItemOutcome]
    """Key -> what became of the item."""
    cleaned: bool

    @property
    def sides(self) -> tuple[str, ...]:
        """The tables that are restored."""
        return tuple(self.opened.times_s)

    @property
    def outcome_counts(self) -> dict[ItemOutcome, int]:
        """How many items had each outcome; all of them are in it."""
        counts = Counter(self.outcomes.values())
        return {outcome: counts[outcome] for outcome in get_args(ItemOutcome)}


def fold(events: list[RestoreEvent], path: Path) -> RestoreState:
    """Raises InvalidJournal."""
    first, rest = (events[0], events[1:]) if events else (None, [])
    if not isinstance(first, RestoreOpened) or any(isinstance(e, RestoreOpened) for e in rest):
        raise InvalidJournal(path, 1, "the first event, and no other, must be `opened`")
    tables: dict[str, str] = {}
    counts: dict[str, int] | None = None
    outcomes: dict[str, ItemOutcome] = {}
    cleaned = False
    for event in rest:
        match event:
            case TableRequested():
                tables[event.side] = event.table
            case Compared():
                counts, outcomes = event.counts, {}
            case ItemSettled():
                outcomes[event.key] = event.outcome
            case TableDeleted():
                tables = {side: name for side, name in tables.items() if name != event.table}
                cleaned = not tables
    return RestoreState(
        opened=first, tables=tables, counts=counts, outcomes=outcomes, cleaned=cleaned
    )


class RestoreJournal:
    """A journal that this process writes."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._path = folder / JOURNAL_FILE
        self._clock = clock

    @property
    def items_path(self) -> Path:
        return self.folder / ITEMS_FILE

    def append(self, event: RestoreEvent) -> None:
        """Returns when the event is safe. Raises InvalidJournal."""
        line = {"at": round(self._clock.now(), 3), **codec.plain(event)}
        try:
            with open(self._path, "ab", opener=_open_private) as file:
                file.write(codec.dumps(line).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as exc:
            raise InvalidJournal(self._path, 0, f"can't be written: {exc.strerror}") from exc

    def state(self) -> RestoreState:
        """What the events add up to. Raises InvalidJournal."""
        return read_state(self.folder)


def create_journal(runs: Path, opened: RestoreOpened, clock: Clock) -> RestoreJournal:
    """A new journal with its first event. Raises InvalidJournal."""
    folder = runs / FOLDER / opened.name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            raise InvalidJournal(folder, 0, "is there already")
        create_private_folder(folder)
        journal = RestoreJournal(folder, clock)
        journal.append(opened)
        sync_folder(folder)
    except (OSError, UntrustedFolder) as exc:
        raise InvalidJournal(folder, 0, f"can't be made: {exc}") from exc
    return journal


@contextmanager
def open_journal(runs: Path, name: str, clock: Clock) -> Iterator[RestoreJournal]:
    """The journal, which no other process writes meanwhile. Raises InvalidJournal, UnknownRun."""
    folder = runs / FOLDER / name
    if not (folder / JOURNAL_FILE).is_file():
        names = list_names(runs)
        known = f"{', '.join(names) or 'none'}{suggest_name(name, names)}"
        raise UnknownRun(f"there is no restore {name} in {runs / FOLDER}; there is {known}")
    lock = FileLock.try_acquire(folder / "lock")
    if lock is None:
        raise InvalidJournal(folder, 0, "another process works on this restore")
    with lock:
        cut_torn_line(folder / JOURNAL_FILE)
        yield RestoreJournal(folder, clock)


def list_names(runs: Path) -> list[str]:
    """The restores in a folder, the oldest first."""
    return sorted(path.parent.name for path in (runs / FOLDER).glob(f"*/{JOURNAL_FILE}"))


def read_state(folder: Path) -> RestoreState:
    """Raises InvalidJournal."""
    path = folder / JOURNAL_FILE
    events: list[RestoreEvent] = []
    try:
        lines = split_whole_lines(path.read_bytes())
    except OSError as exc:
        raise InvalidJournal(path, 0, f"can't be read: {exc.strerror}") from exc
    for number, line in enumerate(lines, start=1):
        try:
            raw = json.loads(line)
            events.append(
                codec.decode_union(RestoreEvent, {k: v for k, v in raw.items() if k != "at"})
            )
        except (ValueError, AttributeError, InvalidDocument) as exc:
            raise InvalidJournal(path, number, str(exc)) from exc
    return fold(events, path)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
