"""Notices, and destinations that take, refuse or hang."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from muster.drill.journal.events import JournalEvent, JournalLine
from muster.drill.notify.notices import Notice, NoticeKind
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import build_run_opened

OPENED = build_run_opened(build_plan("evacuate"))
AT = 1_795_255_327.25
NOTICE = Notice(
    id="run/1",
    kind="begin",
    at=AT,
    headline="drill begins",
    why="Empty us-west-2",
    run="run",
    scenario="evacuate",
    region="us-west-2",
    target="a test",
    by="ann",
)
NUMBERS: Mapping[str, object] = {
    "started_at": AT - 444.5,
    "ended_at": AT,
    "rto_s": 12.7,
    "rpo_s": 0.41,
    "rpo_items": 0,
    "requests": 4810,
    "failed": 133,
    "trusted": True,
    "doubts": [],
}
END = replace(
    NOTICE,
    kind="end",
    headline="drill ended: targets met",
    why="RTO 12.7 s, at most 60 s",
    status="met",
    reliable=True,
    exit_code=0,
    numbers=NUMBERS,
)
"""The end of NOTICE's run."""


def line_of(event: JournalEvent, n: int = 7) -> JournalLine:
    return JournalLine(n=n, at_s=1.0, at=AT, event=event)


class FakeDestination:
    """Takes notices; `errors` are those of its next attempts."""

    name = "fake"
    kinds: frozenset[NoticeKind] = frozenset({"begin", "stop", "person-needed", "end"})

    def __init__(self, errors: Sequence[Exception] = ()) -> None:
        self.errors = list(errors)
        self.attempts = 0
        self.taken: list[Notice] = []

    def prepare(self) -> None: ...

    def deliver(self, notice: Notice) -> None:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(notice)


class HangingDestination(FakeDestination):
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def deliver(self, notice: Notice) -> None:
        self.go.wait(60)
        super().deliver(notice)
