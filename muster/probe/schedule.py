"""The open-loop schedule: which request comes due when, whatever the responses are.

Pure: the same plan gives the same schedule. Request number n is due n/rate seconds after the start.
Cohorts are mixed by weight: each slot goes to the cohort that is furthest behind its share. Within
a cohort the vantage points take turns, and after each full turn the next static address is used.

The write-read cohort sends writes and reads in a fixed order from each vantage point. Of three
requests one is a write, one reads the item that was acknowledged last (READ_SOON), and one reads an
item that was acknowledged `read_later_s` ago (READ_LATER). A read without an item becomes a write,
so that the rate never falls. Pure: time and outcomes are arguments.

When READ_LATER misses an item, the Region that answers now lacks a write that another Region has
acknowledged. Every n-th such item is written again: once the first Region is back, its older write
must lose against the later one, and the run shows whether it does.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from muster.measure.samples import Cohort, RequestKind
from muster.probe.plan import CohortShare, ProbePlan, ProbeTarget, VantagePoint


@dataclass(frozen=True, slots=True)
class Slot:
    seq: int
    due_s: float
    """Seconds from the start of the run."""
    cohort: Cohort
    turn: int
    """Number among the slots of the same cohort and vantage point, from 0."""
    vantage: VantagePoint
    target: ProbeTarget | None
    """None: the cohort resolves the plan's name."""


def schedule_slots(plan: ProbePlan) -> Iterator[Slot]:
    """All slots in order; endless unless the plan has a duration."""
    turns = {share.cohort: count() for share in plan.shares}
    for seq, cohort in enumerate(_mix_cohorts(plan.shares)):
        due_s = seq / plan.rate
        if plan.duration_s is not None and due_s >= plan.duration_s:
            return
        turn, vantage = divmod(next(turns[cohort]), len(plan.vantages))
        # Shifted by the vantage point, so that both addresses are used at any moment.
        resolves = cohort.door == "dns" or not plan.targets
        target = None if resolves else plan.targets[(turn + vantage) % len(plan.targets)]
        yield Slot(seq, due_s, cohort, turn, plan.vantages[vantage], target)


def _mix_cohorts(shares: tuple[CohortShare, ...]) -> Iterator[Cohort]:
    """Smooth weighted round robin."""
    total = sum(share.weight for share in shares)
    credit = dict.fromkeys((share.cohort for share in shares), 0.0)
    while True:
        for share in shares:
            credit[share.cohort] += share.weight
        richest = max(credit, key=lambda cohort: credit[cohort])
        credit[richest] -= total
        yield richest


MAX_WAITING = 10_000
"""Items queued for a read; beyond that the oldest are not read, but their writes are recorded."""
READ_SOON_WITHIN_S = 1.0
"""An item acknowledged longer ago is not read by READ_SOON."""


@dataclass(frozen=True, slots=True)
class ItemRequest:
    step: RequestKind
    item: str


class WriteSequence:
    """The sequence of one vantage point."""

    def __init__(self, prefix: str, *, read_later_s: float, rewrite_every: int) -> None:
        """Item ids are the prefix and a number, from 1."""
        self._prefix = prefix
        self._read_later_s = read_later_s
        self._rewrite_every = rewrite_every
        self._written = 0
        self._missed = 0
        self._read_soon: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._read_later: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._rewrites: deque[str] = deque(maxlen=MAX_WAITING)

    def next(self, turn: int, now_s: float) -> ItemRequest:
        """The request of this turn; turns count up from 0."""
        if turn % 3 == 1 and (item := self._take_read_soon(now_s)) is not None:
            return ItemRequest(RequestKind.READ_SOON, item)
        if turn % 3 == 2 and self._read_later and self._read_later[0][0] <= now_s:
            return ItemRequest(RequestKind.READ_LATER, self._read_later.popleft()[1])
        if self._rewrites:
            return ItemRequest(RequestKind.REWRITE, self._rewrites.popleft())
        self._written += 1
        return ItemRequest(RequestKind.WRITE, f"{self._prefix}{self._written:06d}")

    def acknowledged(self, request: ItemRequest, now_s: float) -> None:
        """Queue a write's item for its reads; the item of a rewrite is not read again."""
        if request.step is RequestKind.WRITE:
            self._read_soon.append((now_s, request.item))
            self._read_later.append((now_s + self._read_later_s, request.item))

    def missed(self, request: ItemRequest) -> None:
        """A read did not find its item: perhaps queue it for a rewrite."""
        if request.step is RequestKind.READ_LATER and self._rewrite_every:
            self._missed += 1
            if self._missed % self._rewrite_every == 0:
                self._rewrites.append(request.item)

    def _take_read_soon(self, now_s: float) -> str | None:
        while self._read_soon:
            acknowledged_s, item = self._read_soon.popleft()
            if now_s - acknowledged_s <= READ_SOON_WITHIN_S:
                return item
        return None
