"""When traffic left a Region, when it came back, and which kept connections stayed behind.

Computed from answers alone, without dials and health (docs/drills/measurements.md). A move is
complete when 99.9 % of every window of consecutive requests were answered elsewhere; a share of all
that follow would forgive more stragglers, the longer the recording is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from muster.measure.samples import Cohort, Count, Sample, in_schedule_order, select_samples

WINDOW = 1000
"""Consecutive requests over which the share of 99.9 % is judged."""
ENOUGH = 20
"""Requests for which a state must have held: a few may be answered elsewhere by chance."""
TOLERATED = 1
"""Requests of a full window that may be answered otherwise: 0.1 % of 1000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficMove:
    """Which Region traffic left, and when; seconds on the samples' clock."""

    region: str
    """The Region that traffic was to leave."""
    at_s: float
    """When the cause came: the fault, the dial, the switch."""
    return_at_s: float | None = None
    """When the cause ended; None if it did not."""
    end_s: float | None = None
    """Samples scheduled from here on are ignored; None for no end."""
    cut_short: bool = False
    """The cause ended before it was to: an outage that ended with it would have lasted longer."""

    @property
    def away_until_s(self) -> float | None:
        """When the time without the Region ends."""
        return self.return_at_s if self.return_at_s is not None else self.end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The moment from which a state held, and the number of requests that show it."""

    after_s: float
    """Seconds from the cause, or from its end, to the first request of that state."""
    requests: Count
    """Requests from that moment on, which were judged."""

    @property
    def full(self) -> bool:
        """Whether there were enough requests to tell 99.9 % from 100 %."""
        return self.requests >= WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """The times of one move; None: the samples don't show it."""

    home_vantages: tuple[str, ...]
    """Vantage points that only the Region answered before the move."""
    detect_s: float | None
    """From the cause to the first request of a home vantage point answered elsewhere."""
    evacuated: Settled | None
    """From the cause until 99.9 % of new connections were answered elsewhere."""
    returned: Settled | None
    """From the cause's end until 99.9 % of the home vantage points' were answered at home.

    Also None if they were answered at home all along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stragglers:
    """Kept connections on which the old Region still answered after the move."""

    connections: Count
    requests: Count
    last_s: float | None
    """Seconds from the cause to the last such request; None without any."""
    still_there: Count
    """Connections of these that still stayed when the cause ended, or the samples."""


def home_vantages(
    samples: Iterable[Sample], move: TrafficMove, cohort: Cohort = Cohort.NEW
) -> tuple[str, ...]:
    """Vantage points whose requests of a cohort only the Region answered before the move."""
    answered: dict[str, set[str]] = {}
    for sample in select_samples(samples, cohort, end_s=move.at_s):
        if sample.region is not None:
            answered.setdefault(sample.vantage, set()).add(sample.region)
    return tuple(sorted(name for name, regions in answered.items() if regions == {move.region}))


def measure_movement(
    samples: Sequence[Sample], move: TrafficMove, cohort: Cohort = Cohort.NEW
) -> Movement:
    """The times of a move, from a cohort of new connections."""
    new = in_schedule_order(
        s for s in select_samples(samples, cohort, end_s=move.end_s) if s.counts
    )
    homes = home_vantages(new, move, cohort)
    away = select_samples(new, start_s=move.at_s, end_s=move.away_until_s)
    back = [] if move.return_at_s is None else select_samples(new, start_s=move.return_at_s)
    left = any(s.vantage in homes and not _answered_well_by(s, move.region) for s in away)
    return Movement(
        home_vantages=homes,
        detect_s=_detect_s(away, homes, move),
        evacuated=find_settled(
            away,
            move.at_s,
            lambda s: _answered_elsewhere(s, move.region),
            # A vantage point that never used the Region was elsewhere all along.
            begins=lambda s: not homes or s.vantage in homes,
        ),
        returned=find_settled(
            [s for s in back if left and s.vantage in homes],
            move.return_at_s or 0.0,
            lambda s: _answered_well_by(s, move.region),
        ),
    )


def find_settled(
    samples: Iterable[Sample],
    since_s: float,
    holds: Callable[[Sample], bool],
    *,
    begins: Callable[[Sample], bool] = lambda _: True,
    window: int = WINDOW,
    enough: int = ENOUGH,
) -> Settled | None:
    """From when on the condition held for 99.9 % of every 1000 consecutive requests.

    The moment is the earliest request that meets the condition, is allowed by `begins`, and from
    which on no full window has more than one request that does not meet it. With fewer than a
    window of requests left, all must meet it; None with fewer than `enough`.
    """
    ordered = in_schedule_order(samples)
    held = [holds(s) for s in ordered]
    start = _first_settled(held, window)
    first = next((n for n in range(start, len(held)) if held[n] and begins(ordered[n])), None)
    if first is None or len(ordered) - first < enough:
        return None
    return Settled(after_s=ordered[first].scheduled_s - since_s, requests=len(ordered) - first)


def measure_stragglers(
    samples: Iterable[Sample], move: TrafficMove, cohort: Cohort = Cohort.KEEPALIVE
) -> Stragglers:
    """Connections that were made before the move and answered by the old Region after it."""
    kept = in_schedule_order(
        select_samples(samples, cohort, start_s=move.at_s, end_s=move.away_until_s)
    )
    stayed = [s for s in kept if s.region == move.region and _connected_before(s, move.at_s)]
    last_of_place = {s.place: s for s in kept}.values()
    staying = {s.connection for s in stayed} & {
        s.connection for s in last_of_place if s.region == move.region
    }
    return Stragglers(
        connections=len({s.connection for s in stayed}),
        requests=len(stayed),
        last_s=stayed[-1].scheduled_s - move.at_s if stayed else None,
        still_there=len(staying),
    )


def _connected_before(sample: Sample, at_s: float) -> bool:
    return sample.connected_s is not None and sample.connected_s < at_s


def _answered_elsewhere(sample: Sample, region: str) -> bool:
    return sample.region is not None and sample.region != region


def _answered_well_by(sample: Sample, region: str) -> bool:
    return sample.good and sample.region == region


def _detect_s(away: Sequence[Sample], homes: Sequence[str], move: TrafficMove) -> float | None:
    elsewhere = (s for s in away if s.vantage in homes and _answered_elsewhere(s, move.region))
    first = next(elsewhere, None)
    return first.scheduled_s - move.at_s if first else None


def _first_settled(held: Sequence[bool], window: int) -> int:
    """Index from which on no window has too many misses; the length if there is none."""
    misses = [0, *accumulate(not h for h in held)]
    start = len(held)
    for at in range(len(held) - window, -1, -1):
        if misses[at + window] - misses[at] > TOLERATED:
            break
        start = at
    if start == len(held):  # no full window: from behind the last miss
        start = next((i + 1 for i in reversed(range(len(held))) if not held[i]), 0)
    return start
