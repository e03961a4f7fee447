"""The numbers of a drill, computed from the probes' samples by pure functions.

docs/drills/measurements.md defines every number in words. Nothing here reads a file, a clock or the
network: samples in, frozen values out.

    move = TrafficMove(region="us-west-2", at_s=t0)
    summary = summarise_samples(run.samples, closing=run.closing, move=move)
    print(summary.rto_s, summary.movement.evacuated, summary.quality.trusted)
"""

from muster.measure.availability import (
    Outage,
    Unavailability,
    failures_by_kind,
    find_outages,
    measure_unavailability,
    unavailability_by_group,
    worst_unavailability,
)
from muster.measure.bins import Bin, Latency, bin_samples, measure_latency, share_by_region
from muster.measure.doors import ClientSummary, DoorSummary, summarise_doors
from muster.measure.gaps import MeasurementGap, find_gaps
from muster.measure.movement import (
    Movement,
    Settled,
    Stragglers,
    TrafficMove,
    find_settled,
    home_vantages,
    measure_movement,
    measure_stragglers,
)
from muster.measure.quality import Closing, Doubt, DoubtCause, ProbeQuality, measure_quality
from muster.measure.recovery import (
    AcknowledgedWrite,
    Fate,
    Recovery,
    RecoveryPoint,
    RegionLoss,
    RegionRecovery,
    acknowledged_writes,
    final_fates,
    measure_recovery_point,
    sightings_of,
)
from muster.measure.samples import (
    Cohort,
    Presence,
    RequestKind,
    RequestOutcome,
    Sample,
    Sighting,
    percentile,
    select_samples,
)
from muster.measure.summary import PhaseSummary, Summary, summarise_samples

__all__ = [
    "AcknowledgedWrite",
    "Bin",
    "ClientSummary",
    "Closing",
    "Cohort",
    "DoorSummary",
    "Doubt",
    "DoubtCause",
    "Fate",
    "Latency",
    "MeasurementGap",
    "Movement",
    "Outage",
    "PhaseSummary",
    "Presence",
    "ProbeQuality",
    "Recovery",
    "RecoveryPoint",
    "RegionLoss",
    "RegionRecovery",
    "RequestKind",
    "RequestOutcome",
    "Sample",
    "Settled",
    "Sighting",
    "Stragglers",
    "Summary",
    "TrafficMove",
    "Unavailability",
    "acknowledged_writes",
    "bin_samples",
    "failures_by_kind",
    "final_fates",
    "find_gaps",
    "find_outages",
    "find_settled",
    "home_vantages",
    "measure_latency",
    "measure_movement",
    "measure_quality",
    "measure_recovery_point",
    "measure_stragglers",
    "measure_unavailability",
    "percentile",
    "select_samples",
    "share_by_region",
    "sightings_of",
    "summarise_doors",
    "summarise_samples",
    "unavailability_by_group",
    "worst_unavailability",
]
