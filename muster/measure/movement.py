"""When traffic left a Region, when it came back, and who answered in between.

Decides when a move was noticed, when it was complete, and which kept connections stayed behind.
Definitions, in words: docs/measurements.md. Knows nothing of dials and health: it sees answers.

Completeness is judged in windows of consecutive requests and not over all that follow, since a
longer recording would then forgive more stragglers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from muster.measure.samples import Cohort, Count, Sample, in_schedule_order, select_samples

WINDOW = 1000
"""Consecutive requests that a share of 99.9 % is judged over."""
ENOUGH = 20
"""Requests that a state must have held for: a few may be elsewhere by chance."""
TOLERATED = 1
"""Requests of a full window that may be otherwise: 0.1 % of 1000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficMove:
    """What was done to which Region, and when; seconds on the samples' clock."""

    region: str
    """The Region that traffic was to leave."""
    at_s: float
    """When the cause came: the fault, the dial, the switch."""
    return_at_s: float | None = None
    """When the cause was taken away; None if it was not."""
    end_s: float | None = None
    """Samples scheduled from here on are not looked at; None for no end."""

    @property
    def away_until_s(self) -> float | None:
        """Where the time without the Region ends."""
        return self.return_at_s if self.return_at_s is not None else self.end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The moment from which a share held, and on how many requests that rests."""

    after_s: float
    """Seconds from the cause to the first request of the state that held."""
    requests: Count
    """Requests from that moment on that were judged."""

    @property
    def full(self) -> bool:
        """Whether there were enough requests to tell 99.9 % from all."""
        return self.requests >= WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """The numbers of one move; None means that the samples don't show it."""

    home_vantages: tuple[str, ...]
    """Vantage points that the Region alone had answered before the move."""
    detect_s: float | None
    """From the cause to the first request of a home vantage point answered elsewhere."""
    evacuated: Settled | None
    """From the cause until 99.9 % of new connections were answered elsewhere."""
    returned: Settled | None
    """From the cause's end until 99.9 % of the home vantage points' were answered at home.

    None too when they had been all along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stragglers:
    """Kept connections that the old Region went on answering after the move."""

    connections: Count
    requests: Count
    last_s: float | None
    """Seconds from the cause to the last such request; None without any."""
    still_there: Count
    """Connections of these that still stayed when the samples end, or when the cause did."""


def home_vantages(samples: Iterable[Sample], move: TrafficMove) -> tuple[str, ...]:
    """Vantage points whose new connections the Region alone answered before the move."""
    answered: dict[str, set[str]] = {}
    for sample in select_samples(samples, Cohort.NEW, end_s=move.at_s):
        if sample.region is not None:
            answered.setdefault(sample.vantage, set()).add(sample.region)
    return tuple(sorted(name for name, regions in answered.items() if regions == {move.region}))


def measure_movement(samples: Sequence[Sample], move: TrafficMove) -> Movement:
    """All numbers of a move, from the cohort of new connections."""
    new = in_schedule_order(
        s for s in select_samples(samples, Cohort.NEW, end_s=move.end_s) if s.counts
    )
    homes = home_vantages(new, move)
    away = select_samples(new, start_s=move.at_s, end_s=move.away_until_s)
    back = [] if move.return_at_s is None else select_samples(new, start_s=move.return_at_s)
    left = any(s.vantage in homes and not _at_home(s, move.region) for s in away)
    return Movement(
        home_vantages=homes,
        detect_s=_detect_s(away, homes, move),
        evacuated=find_settled(
            away,
            move.at_s,
            lambda s: _elsewhere(s, move.region),
            # Who never used the Region was elsewhere all along, and tells no moment.
            begins=lambda s: not homes or s.vantage in homes,
        ),
        returned=find_settled(
            [s for s in back if left and s.vantage in homes],
            move.return_at_s or 0.0,
            lambda s: _at_home(s, move.region),
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

    The moment is the earliest request that holds itself, may be the first one (`begins`), and from
    which on no full window has more than one request that does not hold. With fewer than a window
    of requests left, all must hold; fewer than `enough` tell nothing.
    """
    ordered = in_schedule_order(samples)
    held = [holds(s) for s in ordered]
    calm = _first_settled(held, window)
    first = next((n for n in range(calm, len(held)) if held[n] and begins(ordered[n])), None)
    if first is None or len(ordered) - first < enough:
        return None
    return Settled(after_s=ordered[first].scheduled_s - since_s, requests=len(ordered) - first)


def measure_stragglers(samples: Iterable[Sample], move: TrafficMove) -> Stragglers:
    """Kept connections made before the move, and answered by the old Region after it."""
    kept = in_schedule_order(
        select_samples(samples, Cohort.KEEPALIVE, start_s=move.at_s, end_s=move.away_until_s)
    )
    stayed = [s for s in kept if s.region == move.region and _made_before(s, move.at_s)]
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


def _made_before(sample: Sample, at_s: float) -> bool:
    return sample.connected_s is not None and sample.connected_s < at_s


def _elsewhere(sample: Sample, region: str) -> bool:
    return sample.region is not None and sample.region != region


def _at_home(sample: Sample, region: str) -> bool:
    return sample.good and sample.region == region


def _detect_s(away: Sequence[Sample], homes: Sequence[str], move: TrafficMove) -> float | None:
    noticed = (s for s in away if s.vantage in homes and _elsewhere(s, move.region))
    first = next(noticed, None)
    return first.scheduled_s - move.at_s if first else None


def _first_settled(held: Sequence[bool], window: int) -> int:
    """Index from which on it stays so; the length if it never does."""
    misses = [0, *accumulate(not h for h in held)]
    start = len(held)
    for at in range(len(held) - window, -1, -1):
        if misses[at + window] - misses[at] > TOLERATED:
            break
        start = at
    if start == len(held):  # no full window: from behind the last miss
        start = next((i + 1 for i in reversed(range(len(held))) if not held[i]), 0)
    return start
