"""Orders: what people tell a run from another terminal, as files in the run's folder.

    orders/001.json     an answer to a step that waits for approval, or a mark

Each is written whole or not at all, and stays: the journal has the number of those that were taken.
The process that executes the run is the only one that writes its journal.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from common.files.atomic_file import sync_folder
from muster import codec
from muster.errors import InvalidDocument, OrderNotTaken

ORDERS_FOLDER = "orders"
_ORDER_FILE = re.compile(r"(\d{3,9})\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalOrder:
    """Somebody approves, or refuses, what a run asks."""

    question: int
    """Number of the journal's line that asks."""
    approved: bool
    by: str
    host: str
    kind: Literal["approval"] = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOrder:
    """Somebody says what happened when."""

    words: str
    marked_at: float
    """Seconds since 1970."""
    by: str
    host: str
    kind: Literal["mark"] = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableOrder:
    """A file that is no order."""

    why: str


PersonOrder = ApprovalOrder | MarkOrder


class OrderInbox(Protocol):
    """Where a run finds its orders."""

    def read(self, known: Collection[int]) -> Iterator[tuple[int, PersonOrder | UnreadableOrder]]:
        """Orders by their numbers, in their order, without those that are known."""
        ...


class NoOrders:
    """Implements OrderInbox for a run that nobody tells anything."""

    def read(self, known: Collection[int]) -> Iterator[tuple[int, PersonOrder | UnreadableOrder]]:
        return iter(())


class OrderFolder:
    """The orders of one run. Implements OrderInbox."""

    def __init__(self, run_folder: Path) -> None:
        self.path = run_folder / ORDERS_FOLDER

    def read(self, known: Collection[int]) -> Iterator[tuple[int, PersonOrder | UnreadableOrder]]:
        for number, path in sorted(self._files()):
            if number not in known:
                yield number, _read(path)

    def add(self, order: PersonOrder, *, sync: Callable[[int], None] = os.fsync) -> int:
        """The number of the new order. Raises OrderNotTaken."""
        try:
            self.path.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path, prefix=".") as draft:
                draft.write(codec.dumps(order).encode() + b"\n")
                draft.flush()
                os.fchmod(draft.fileno(), 0o644)  # as the journal: another user may execute the run
                sync(draft.fileno())
                number = self._link(draft.name)
            sync_folder(self.path)
        except OSError as exc:
            raise OrderNotTaken(f"{self.path} can't be written: {exc.strerror}") from exc
        return number

    def _link(self, draft: str) -> int:
        """Give the draft the next number; another process may take one at the same moment."""
        number = max((number for number, _ in self._files()), default=0) + 1
        while True:
            with suppress(FileExistsError):
                os.link(draft, self.path / f"{number:03}.json")
                return number
            number += 1

    def _files(self) -> Iterator[tuple[int, Path]]:
        try:
            names = os.listdir(self.path)
        except OSError:  # mostly not there, since nobody has told anything
            return
        for name in names:
            if match := _ORDER_FILE.fullmatch(name):
                yield int(match[1]), self.path / name


def _read(path: Path) -> PersonOrder | UnreadableOrder:
    try:
        order: PersonOrder = codec.decode_union(PersonOrder, json.loads(path.read_bytes()))
    except (OSError, ValueError, InvalidDocument) as exc:
        return UnreadableOrder(why=f"{path} can't be read as an order: {exc}")
    return order
