"""Stretches of a run in which nothing was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from muster.measure.samples import Sample

LEAST_GAP_S = 2.0
"""A shorter stretch without samples is no gap."""
LEAST_GAP_PERIODS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementGap:
    """A stretch of the drill in which nothing was measured."""

    start_s: float
    """Seconds of the run: 0 is the journal's first entry."""
    end_s: float


def find_gaps(
    samples: Sequence[Sample], *, start_s: float, end_s: float
) -> tuple[MeasurementGap, ...]:
    """Stretches without a request, from the first one to `end_s`, when everything was put back.

    Requests that the prober lost measured nothing, so they don't count. `start_s`: second 0 of the
    run; both on the samples' clock.
    """
    times = sorted(s.scheduled_s for s in samples if s.counts)
    if len(times) < 2:
        return ()
    least_s = max(LEAST_GAP_S, LEAST_GAP_PERIODS * (times[-1] - times[0]) / len(times))
    return tuple(
        MeasurementGap(start_s=before - start_s, end_s=after - start_s)
        for before, after in pairwise([*times, end_s])
        if after - before > least_s
    )
