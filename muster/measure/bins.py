"""Samples over time, in bins of equal width: who answered, what failed, how fast.

A request belongs to the bin of its scheduled time. There are empty bins too, so that a chart has no
hidden gap.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muster.measure.samples import Count, Sample, percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One stretch of time, [start_s, start_s + width)."""

    start_s: float
    good_by_region: tuple[tuple[str, int], ...]
    """Good answers by Region, in the order of the Regions' names."""
    failed: int
    lost: int
    """Requests that the prober could not send."""
    p50_s: float | None
    p99_s: float | None

    @property
    def good(self) -> int:
        """Good answers of all Regions."""
        return sum(count for _, count in self.good_by_region)

    def share(self, region: str) -> float | None:
        """The Region's share (0 to 1) of the good answers; None without any."""
        return dict(self.good_by_region).get(region, 0) / self.good if self.good else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Latency of the good answers of one phase."""

    requests: Count
    """Good answers; a failed request has no latency."""
    failed: Count
    p50_s: float | None
    p99_s: float | None
    max_s: float | None


def bin_samples(
    samples: Sequence[Sample], width_s: float, *, origin_s: float | None = None
) -> list[Bin]:
    """All bins from the first sample's to the last one's.

    Bin edges are `origin_s` plus multiples of `width_s`; the first scheduled time is the default.
    """
    if width_s <= 0:
        raise ValueError(f"width_s {width_s}: must be above 0")
    if not samples:
        return []
    origin = min(s.scheduled_s for s in samples) if origin_s is None else origin_s
    members: dict[int, list[Sample]] = {}
    for sample in samples:
        index = math.floor((sample.scheduled_s - origin) / width_s)
        members.setdefault(index, []).append(sample)
    span = range(min(members), max(members) + 1)
    return [_bin(origin + index * width_s, members.get(index, [])) for index in span]


def measure_latency(samples: Iterable[Sample]) -> Latency:
    """Percentiles (nearest rank) of the good answers, seconds from sending to the answer's end."""
    all_samples = list(samples)
    values = _latencies(all_samples)
    return Latency(
        requests=len(values),
        failed=sum(s.failed for s in all_samples),
        p50_s=percentile(values, 50),
        p99_s=percentile(values, 99),
        max_s=max(values, default=None),
    )


def share_by_region(samples: Iterable[Sample]) -> dict[str, float]:
    """Each Region's share (0 to 1) of the good answers."""
    counts = Counter(s.region for s in samples if s.good and s.region is not None)
    total = sum(counts.values())
    return {region: count / total for region, count in sorted(counts.items())}


def _bin(start_s: float, members: Sequence[Sample]) -> Bin:
    values = _latencies(members)
    good = Counter(s.region or "" for s in members if s.good)
    return Bin(
        start_s=start_s,
        good_by_region=tuple(sorted(good.items())),
        failed=sum(s.failed for s in members),
        lost=sum(not s.counts for s in members),
        p50_s=percentile(values, 50),
        p99_s=percentile(values, 99),
    )


def _latencies(samples: Iterable[Sample]) -> list[float]:
    return [value for s in samples if (value := s.latency_s) is not None]
