"""Whether the prober was punctual and complete enough for its numbers to be believed.

This judges the prober and never the service.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from muster.formatting import format_percent, format_percent_above
from muster.measure.samples import Sample, longest_pause_s, percentile

DoubtCause = Literal["load", "lateness", "lost", "place", "interference", "gap", "unread"]
"""Why a measurement is not reliable. `load`: the prober was late, and had to wait for a processor.
`lateness`: it was late for another reason. `lost`: requests or records are missing. `place`: no
vantage point was near. `interference`: somebody changed what was measured. `gap`: nothing was
measured for a while. `unread`: tables or files could not be read."""
LATE_S = 0.010
"""A send this much after its schedule is late."""
MAX_LATE_SHARE = 0.01
MAX_LOST_SHARE = 0.001
MAX_BLIND_S = 1.0
"""The longest time without a send that is allowed: an outage can hide in it."""
BLIND_PERIODS = 3.0
"""Periods of the schedule without a send that are allowed too, for low rates."""
MIN_WAITED_SHARE = 0.01
"""A late prober that waited for a processor for this share of its time was late by the machine's
load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reason why numbers can't be believed."""

    cause: DoubtCause
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The prober's last record: its own account of the run."""

    scheduled: int
    """Requests that came due."""
    abandoned: int
    """Requests that were still open when the prober was ended; they have no sample."""
    unwritten: int
    """Records that were dropped, since the reader of the pipe was too slow."""
    ended_s: float
    cpu_s: float
    """Processor time that the prober's process used."""
    reason: str
    """Why it ended: `done`, `stopped`, or what went wrong."""
    waited_share: float | None = None
    """Share (0 to 1) of its time for which it was ready to run and waited for a processor; None:
    the system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeQuality:
    """The prober's lateness and losses."""

    scheduled: int
    sent: int
    lost: int
    """Due requests without a usable sample: lost, abandoned, unwritten, or never recorded."""
    held_back: int
    """Keep-alive requests behind an unanswered one: counted as failed, not as lost."""
    late: int
    p50_s: float | None
    """Lateness: from the schedule to the send."""
    p99_s: float | None
    max_s: float | None
    blind_s: float
    """Longest time of the schedule in which nothing was sent or held back."""
    reasons: tuple[str, ...]
    """Why the numbers can't be trusted; empty when they can."""
    causes: tuple[DoubtCause, ...] = ()
    """The cause of each reason."""

    @property
    def late_share(self) -> float:
        """Share (0 to 1) of the sends that were late."""
        return self.late / self.sent if self.sent else 0.0

    @property
    def lost_share(self) -> float:
        """Share (0 to 1) of the due requests that were lost."""
        return self.lost / self.scheduled if self.scheduled else 0.0

    @property
    def trusted(self) -> bool:
        """Whether the numbers of these samples can be believed."""
        return not self.reasons

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The reasons with their causes."""
        pairs = zip(self.causes, self.reasons, strict=True)
        return tuple(Doubt(cause=cause, words=words) for cause, words in pairs)


def measure_quality(samples: Sequence[Sample], closing: Closing | None) -> ProbeQuality:
    """Judge a run by its samples and the prober's closing record; None: there is none."""
    lateness = [value for s in samples if (value := s.lateness_s) is not None and s.counts]
    usable = sum(s.counts for s in samples)
    scheduled = _scheduled(samples, closing)
    judged = ProbeQuality(
        scheduled=scheduled,
        sent=len(lateness),
        lost=scheduled - usable,
        held_back=usable - len(lateness),
        late=sum(value > LATE_S for value in lateness),
        p50_s=percentile(lateness, 50),
        p99_s=percentile(lateness, 99),
        max_s=max(lateness, default=None),
        blind_s=_blind_s(samples),
        reasons=(),
    )
    doubts = tuple(_find_doubts(judged, closing, _period_s(samples)))
    return replace(
        judged,
        reasons=tuple(doubt.words for doubt in doubts),
        causes=tuple(doubt.cause for doubt in doubts),
    )


def _scheduled(samples: Sequence[Sample], closing: Closing | None) -> int:
    """Due requests; without a closing record, as far as the samples' numbers show."""
    seen = max((s.seq + 1 for s in samples), default=0)
    return max(seen, closing.scheduled) if closing else seen


def _blind_s(samples: Sequence[Sample]) -> float:
    """The longest pause in the whole schedule, so that losses at its ends count as well."""
    if not samples:
        return 0.0
    # A held back request ended at the moment at which it would have been sent.
    sent = [s.finished_s if s.sent_s is None else s.sent_s for s in samples if s.counts]
    due = [s.scheduled_s for s in samples]
    return longest_pause_s((min(due), *sent, max(due)))


def _period_s(samples: Sequence[Sample]) -> float:
    """Mean time between two requests of the schedule."""
    due = [s.scheduled_s for s in samples]
    return (max(due) - min(due)) / max(len(due) - 1, 1) if due else 0.0


def _find_doubts(judged: ProbeQuality, closing: Closing | None, period_s: float) -> Iterator[Doubt]:
    late = _cause_of_lateness(closing)
    if not judged.sent:
        yield Doubt(cause="lost", words="no request was sent")
    if judged.late_share > MAX_LATE_SHARE:
        share = format_percent_above(judged.late_share, MAX_LATE_SHARE)
        most = f"at most {format_percent(MAX_LATE_SHARE)}"
        words = f"{share} of the sends were more than {LATE_S * 1000:.0f} ms late ({most})"
        yield Doubt(cause=late, words=words)
    if judged.lost_share > MAX_LOST_SHARE:
        most = f"at most {format_percent(MAX_LOST_SHARE)}"
        words = f"{judged.lost} of {judged.scheduled} requests were lost ({most})"
        yield Doubt(cause="lost", words=words)
    if judged.blind_s > max(MAX_BLIND_S, BLIND_PERIODS * period_s):
        most = f"at most {MAX_BLIND_S:.0f} s"
        words = f"nothing was sent for {judged.blind_s:.1f} s on end ({most})"
        yield Doubt(cause=late, words=words)
    if closing is None:
        words = "the prober left no closing record: it is still at work, or it was killed"
        yield Doubt(cause="lost", words=words)


def _cause_of_lateness(closing: Closing | None) -> DoubtCause:
    waited_share = closing.waited_share if closing else None
    return "load" if (waited_share or 0.0) >= MIN_WAITED_SHARE else "lateness"
