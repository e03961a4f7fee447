"""The front doors side by side: what each kind of client of each door saw of a run.

A kind of client is a cohort of GET requests. Each is measured as new connections are elsewhere: its
outages by vantage point, and how long after the cause its requests were answered by the old Region.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from muster.measure.availability import (
    measure_unavailability,
    worst_unavailability,
)
from muster.measure.movement import TrafficMove
from muster.measure.samples import (
    NEW_OF_DOOR,
    Cohort,
    Count,
    Sample,
    group_samples,
    in_schedule_order,
    select_samples,
)
from muster.model import FrontDoor

CLIENTS = (Cohort.NEW, Cohort.KEEPALIVE, *(one for one in Cohort if one.door == "dns"))
"""The cohorts that are kinds of clients; reads and writes of items are not one."""

CLIENT_NAMES: Mapping[Cohort, str] = {
    Cohort.NEW: "new connections",
    Cohort.KEEPALIVE: "kept connections",
    Cohort.DNS_TTL: "honours the TTL (curl, Python)",
    Cohort.DNS_CHROME: "keeps it for 60 s (Chrome)",
    Cohort.DNS_FIREFOX: "keeps it for 120 s (Firefox)",
    Cohort.DNS_JVM: "never asks again (some JVMs)",
    Cohort.DNS_POOL: "kept connections (an SDK's pool)",
}
DOOR_NAMES: Mapping[FrontDoor, str] = {"accelerator": "the accelerator", "dns": "DNS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSummary:
    """What one kind of client saw, at the vantage point that was hit worst."""

    cohort: Cohort
    requests: Count
    """Requests that count, of all vantage points."""
    failed: Count
    rto_s: float
    """Its longest outage; 0 without any."""
    ended: bool
    """False: this outage was still going on when the cause ended, or the samples."""
    seen_end: bool = True
    """False: the samples end before this outage does, which lasted longer than `rto_s`."""
    cut_short: bool = False
    """The rollback ended this outage, which would have gone on, before the method was done."""
    left_s: float | None
    """From the cause to the last request, before its end, that the Region answered to clients whom
    it had served last before; None without a cause, or if it answered none."""
    stayed: bool
    """Whether the Region still answered at the end of the cause: these clients did not move."""

    @property
    def availability(self) -> float | None:
        """Share (0 to 1) of the requests that were good."""
        return 1 - self.failed / self.requests if self.requests else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSummary:
    """One front door: its kinds of clients."""

    door: FrontDoor
    clients: tuple[ClientSummary, ...]

    @property
    def rto_s(self) -> float | None:
        """Of new connections that keep no address: what the door itself can do."""
        new = NEW_OF_DOOR[self.door]
        return next((one.rto_s for one in self.clients if one.cohort is new), None)


STAYED_S = 5.0
"""A Region that answered so shortly before the end of the cause had not been left."""


def summarise_doors(
    samples: Iterable[Sample], move: TrafficMove | None = None
) -> tuple[DoorSummary, ...]:
    """The doors that were probed, the accelerator first."""
    ordered = in_schedule_order(samples)
    by_cohort = group_samples(ordered, lambda sample: sample.cohort)
    doors: dict[FrontDoor, list[ClientSummary]] = {}
    for cohort in CLIENTS:
        if cohort in by_cohort:
            summary = _summarise_client(cohort, by_cohort[cohort], move)
            doors.setdefault(cohort.door, []).append(summary)
    return tuple(DoorSummary(door=door, clients=tuple(clients)) for door, clients in doors.items())


def _summarise_client(
    cohort: Cohort, samples: Sequence[Sample], move: TrafficMove | None
) -> ClientSummary:
    vantages = group_samples(samples, lambda sample: sample.vantage)
    groups = [measure_unavailability(name, group) for name, group in vantages.items()]
    worst = worst_unavailability(groups)
    outages = [outage for group in groups for outage in group.outages]
    longest = max(outages, key=lambda outage: outage.length_s, default=None)
    until_s = move.away_until_s if move else None
    left_s, stayed = _left(samples, move) if move else (None, False)
    returned = longest is not None and until_s is not None and longest.ends_with(until_s)
    seen_end = longest is None or longest.seen_end
    return ClientSummary(
        cohort=cohort,
        requests=sum(group.requests for group in groups),
        failed=sum(group.failed for group in groups),
        rto_s=worst.longest_s if worst else 0.0,
        ended=seen_end and not returned,
        seen_end=seen_end,
        cut_short=returned and move is not None and move.cut_short,
        left_s=left_s,
        stayed=stayed,
    )


def served_vantages(samples: Iterable[Sample], move: TrafficMove) -> frozenset[str]:
    """Vantage points whose last answer before the cause came from the Region."""
    last: dict[str, str] = {}
    for sample in select_samples(samples, end_s=move.at_s):
        if sample.region is not None:
            last[sample.vantage] = sample.region
    return frozenset(vantage for vantage, region in last.items() if region == move.region)


def _left(samples: Sequence[Sample], move: TrafficMove) -> tuple[float | None, bool]:
    """When the Region last answered its own clients, and whether it did until the end."""
    homes = served_vantages(samples, move)
    during = select_samples(samples, start_s=move.at_s, end_s=move.away_until_s)
    answered = [s.scheduled_s for s in during if s.vantage in homes and s.region == move.region]
    if not answered:
        return None, False
    stayed = during[-1].scheduled_s - answered[-1] < STAYED_S
    return answered[-1] - move.at_s, stayed
