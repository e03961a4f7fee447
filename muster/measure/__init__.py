"""The numbers of a drill, made of the probes' samples by pure functions.

Decides what every number means; docs/measurements.md says the same in words. Reads no file, no
clock and no network: samples in, frozen values out.

    summary = summarise(run.samples, closing=run.closing, move=Move(region="us-west-2", at_s=t0))
    print(summary.rto_s, summary.movement.evacuated, summary.quality.trusted)
"""

from muster.measure.availability import (
    Outage,
    Unavailability,
    failures_by_kind,
    outages,
    unavailability,
    unavailability_by,
    worst,
)
from muster.measure.movement import (
    Move,
    Movement,
    Settled,
    Stragglers,
    home_vantages,
    movement,
    settled,
    stragglers,
)
from muster.measure.quality import Closing, Quality, quality
from muster.measure.recovery import (
    Fate,
    Loss,
    Recovery,
    RecoveryPoint,
    RegionRecovery,
    Write,
    acknowledged,
    final_fates,
    recovery_point,
    sightings_of,
)
from muster.measure.samples import (
    Cohort,
    Outcome,
    Presence,
    Sample,
    Sighting,
    Step,
    percentile,
    select,
)
from muster.measure.series import Bin, Latency, bins, latency, share_by_region
from muster.measure.summary import Phase, Summary, summarise

__all__ = [
    "Bin",
    "Closing",
    "Cohort",
    "Fate",
    "Latency",
    "Loss",
    "Move",
    "Movement",
    "Outage",
    "Outcome",
    "Phase",
    "Presence",
    "Quality",
    "Recovery",
    "RecoveryPoint",
    "RegionRecovery",
    "Sample",
    "Settled",
    "Sighting",
    "Step",
    "Stragglers",
    "Summary",
    "Unavailability",
    "Write",
    "acknowledged",
    "bins",
    "failures_by_kind",
    "final_fates",
    "home_vantages",
    "latency",
    "movement",
    "outages",
    "percentile",
    "quality",
    "recovery_point",
    "select",
    "settled",
    "share_by_region",
    "sightings_of",
    "stragglers",
    "summarise",
    "unavailability",
    "unavailability_by",
    "worst",
]
