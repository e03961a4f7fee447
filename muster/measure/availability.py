"""Outages: how long requests failed, and how (docs/drills/measurements.md).

An outage is a run of failed requests in the order of the schedule. It ends when ten requests in a
row are good: a service that answers one request in three is not back. The samples bound its length
from both sides: it is certain from the first failed request to the last one, and it may have begun
right after the last good request before, and ended when the first of the ten had its answer. The
larger length is the one that is reported, since a report must not flatter.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from muster.measure.samples import (
    RequestOutcome,
    Sample,
    group_samples,
    in_schedule_order,
    longest_pause_s,
)

STEADY = 10
"""Good requests in a row that end an outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Failed requests without STEADY good ones between; seconds on the samples' clock."""

    start_s: float
    """Scheduled time of the last good request before (of the first failed one if none)."""
    end_s: float
    """End of the first good answer after (of the last failed request's wait if none)."""
    failed_from_s: float
    """Scheduled time of the first failed request."""
    failed_to_s: float
    """Scheduled time of the last failed request."""
    failed: int
    seen_begin: bool
    """False when no good request came before: the outage may be longer."""
    seen_end: bool
    """False when no good request came after: it went on when the samples end."""
    cut_short: bool = False
    """True when it ended with its cause, which ended before it was to: it would have gone on."""

    @property
    def exact(self) -> bool:
        """Whether its length is all of it, and not a lower bound."""
        return self.seen_begin and self.seen_end and not self.cut_short

    def ends_with(self, cause_end_s: float) -> bool:
        """Whether it went on until the cause's end, by which it may have been ended."""
        return self.start_s < cause_end_s <= self.end_s

    @property
    def length_s(self) -> float:
        """From the last good request to the next good answer: the most that it can have been."""
        return self.end_s - self.start_s

    @property
    def certain_s(self) -> float:
        """From the first to the last failed request: the least that it can have been."""
        return self.failed_to_s - self.failed_from_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailability:
    """Outages of one group of samples, such as one vantage point."""

    group: str
    requests: int
    """Requests that count: all but those that the prober lost."""
    failed: int
    longest_s: float
    """Length of the longest outage; 0 without one. The measured RTO of this group."""
    total_s: float
    """Time covered by outages; overlapping parts count once."""
    blind_s: float
    """Longest time between two sends that count: an outage within it was not seen."""
    outages: tuple[Outage, ...]

    @property
    def complete(self) -> bool:
        """Whether no outage may have been, or would have been, longer."""
        return all(outage.exact for outage in self.outages)


def find_outages(samples: Iterable[Sample], *, steady: int = STEADY) -> tuple[Outage, ...]:
    """The outages in samples of one group, in time order.

    An outage also ends at the samples' end, with fewer than `steady` good requests behind it.
    """
    found: list[Outage] = []
    failures: list[Sample] = []
    good_row: list[Sample] = []
    before: Sample | None = None
    for sample in in_schedule_order(s for s in samples if s.counts):
        if sample.failed:
            failures.append(sample)
            good_row.clear()
            continue
        if failures:
            good_row.append(sample)
            if len(good_row) < steady:
                continue
            found.append(_outage(before, failures, good_row[0]))
            failures, good_row = [], []
        before = sample
    if failures:
        found.append(_outage(before, failures, good_row[0] if good_row else None))
    return tuple(found)


def measure_unavailability(
    group: str, samples: Sequence[Sample], *, steady: int = STEADY
) -> Unavailability:
    """The outages of one group, and their sums."""
    found = find_outages(samples, steady=steady)
    return Unavailability(
        group=group,
        requests=sum(s.counts for s in samples),
        failed=sum(s.failed for s in samples),
        longest_s=max((o.length_s for o in found), default=0.0),
        total_s=_covered(found),
        blind_s=longest_pause_s(s.sent_s for s in samples if s.counts and s.sent_s is not None),
        outages=found,
    )


def mark_cut_short(group: Unavailability, cause_end_s: float) -> Unavailability:
    """The same, for a cause that ended before it was to: outages that ended with it are marked."""
    outages = (replace(one, cut_short=one.ends_with(cause_end_s)) for one in group.outages)
    return replace(group, outages=tuple(outages))


def unavailability_by_group(
    samples: Iterable[Sample], key: Callable[[Sample], str] = lambda s: s.vantage
) -> tuple[Unavailability, ...]:
    """Of each group: each vantage point, unless `key` gives other groups."""
    return tuple(
        measure_unavailability(name, group) for name, group in group_samples(samples, key).items()
    )


def worst_unavailability(groups: Iterable[Unavailability]) -> Unavailability | None:
    """The group with the longest outage (the first of equals); None of none."""
    return max(groups, key=lambda u: u.longest_s, default=None)


def failures_by_kind(samples: Iterable[Sample]) -> dict[str, int]:
    """Failed requests by outcome; other statuses apart, as `status 503`. Most frequent first."""
    counts = Counter(_kind(s) for s in samples if s.failed)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _kind(sample: Sample) -> str:
    if sample.outcome is RequestOutcome.STATUS:
        return f"status {sample.status}"
    return str(sample.outcome)


def _outage(before: Sample | None, failures: list[Sample], after: Sample | None) -> Outage:
    first, last = failures[0], failures[-1]
    # A long time-out may end after the next good answer: the service was back before it.
    end_s = after.finished_s if after else max(s.finished_s for s in failures)
    return Outage(
        start_s=before.scheduled_s if before else first.scheduled_s,
        end_s=end_s,
        failed_from_s=first.scheduled_s,
        failed_to_s=last.scheduled_s,
        failed=len(failures),
        seen_begin=before is not None,
        seen_end=after is not None,
    )


def _covered(found: Sequence[Outage]) -> float:
    total = 0.0
    reached = float("-inf")
    for outage in sorted(found, key=lambda o: o.start_s):
        total += max(0.0, outage.end_s - max(outage.start_s, reached))
        reached = max(reached, outage.end_s)
    return total
