"""All numbers of one run.

Decides which samples each number is computed from: availability, movement and latency from the
cohort of new connections, stragglers from the kept ones, the recovery point from the writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from muster.measure.availability import (
    Unavailability,
    failures_by_kind,
    mark_cut_short,
    unavailability_by_group,
    worst_unavailability,
)
from muster.measure.bins import Latency, measure_latency, share_by_region
from muster.measure.doors import DoorSummary, summarise_doors
from muster.measure.movement import (
    Movement,
    Stragglers,
    TrafficMove,
    measure_movement,
    measure_stragglers,
)
from muster.measure.quality import Closing, ProbeQuality, measure_quality
from muster.measure.recovery import (
    RecoveryPoint,
    RegionLoss,
    acknowledged_writes,
    measure_recovery_point,
    sightings_of,
)
from muster.measure.samples import (
    KEPT_OF_DOOR,
    NEW_OF_DOOR,
    Sample,
    Sighting,
    group_samples,
    select_samples,
)
from muster.model import FrontDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSummary:
    """New connections of one stretch of a run."""

    name: str
    """`before`, `during` or `after`; `all` when there was no move."""
    requests: int
    latency: Latency
    shares: Mapping[str, float]
    """Each Region's share (0 to 1) of the good answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCount:
    """The requests of one cohort that count, and those that failed."""

    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The numbers of one run."""

    requests: int
    """Requests of all cohorts that count: all but those that the prober lost."""
    failed: int
    failures: Mapping[str, Mapping[str, int]]
    """By cohort, failed requests by kind."""
    unavailability: tuple[Unavailability, ...]
    """By vantage point."""
    phases: tuple[PhaseSummary, ...]
    movement: Movement | None
    stragglers: Stragglers | None
    recovery: RecoveryPoint | None
    quality: ProbeQuality
    doors: tuple[DoorSummary, ...] = ()
    """Each front door that was probed, with its kinds of clients."""
    cohorts: Mapping[str, CohortCount] = field(default_factory=dict)
    """Each cohort that sent requests; together they are all."""

    @property
    def rto_s(self) -> float:
        """The longest outage at the vantage point that was hit worst; 0 without any."""
        worst = worst_unavailability(self.unavailability)
        return worst.longest_s if worst else 0.0

    @property
    def rto_complete(self) -> bool:
        """False: `rto_s` is a lower bound: an outage's beginning or end was not seen, or it was cut
        short by the rollback."""
        return all(one.complete for one in self.unavailability)


def summarise_samples(
    samples: Sequence[Sample],
    *,
    closing: Closing | None,
    move: TrafficMove | None = None,
    loss: RegionLoss | None = None,
    sightings: Iterable[Sighting] = (),
    door: FrontDoor = "accelerator",
) -> Summary:
    """The numbers that the samples allow; those of a move or a loss only where there was one.

    Availability, movement, latency and stragglers are those of `door`.
    """
    leading, kept = NEW_OF_DOOR[door], KEPT_OF_DOOR[door]
    new = select_samples(samples, leading)
    unavailability = unavailability_by_group(new)
    if move and move.cut_short and move.return_at_s is not None:
        unavailability = tuple(mark_cut_short(one, move.return_at_s) for one in unavailability)
    return Summary(
        requests=sum(s.counts for s in samples),
        failed=sum(s.failed for s in samples),
        failures={
            cohort: failures_by_kind(group)
            for cohort, group in group_samples(samples, lambda s: s.cohort).items()
        },
        unavailability=unavailability,
        phases=_phases(new, move),
        movement=measure_movement(samples, move, leading) if move else None,
        stragglers=measure_stragglers(samples, move, kept) if move else None,
        recovery=_recovery(samples, sightings, loss) if loss else None,
        quality=measure_quality(samples, closing),
        doors=summarise_doors(samples, move),
        cohorts={
            cohort: CohortCount(
                requests=sum(s.counts for s in group), failed=sum(s.failed for s in group)
            )
            for cohort, group in group_samples(samples, lambda s: s.cohort).items()
        },
    )


def _phases(new: Sequence[Sample], move: TrafficMove | None) -> tuple[PhaseSummary, ...]:
    if move is None:
        return (_phase("all", new),)
    phases = [
        _phase("before", select_samples(new, end_s=move.at_s)),
        _phase("during", select_samples(new, start_s=move.at_s, end_s=move.away_until_s)),
    ]
    if move.return_at_s is not None:
        back = select_samples(new, start_s=move.return_at_s, end_s=move.end_s)
        phases.append(_phase("after", back))
    return tuple(phases)


def _phase(name: str, samples: Sequence[Sample]) -> PhaseSummary:
    return PhaseSummary(
        name=name,
        requests=sum(s.counts for s in samples),
        latency=measure_latency(samples),
        shares=share_by_region(samples),
    )


def _recovery(
    samples: Sequence[Sample], sightings: Iterable[Sighting], loss: RegionLoss
) -> RecoveryPoint:
    seen = [*sightings, *sightings_of(samples)]
    return measure_recovery_point(acknowledged_writes(samples), seen, loss)
