"""The open-loop schedule: which request comes due when, whatever the responses are.

Pure: the same plan gives the same schedule. Request number n is due n/rate seconds after the start.
Cohorts are mixed by weight: each slot goes to the cohort that is furthest behind its share. Within
a cohort the vantage points take turns, and after each full turn the next static address is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from muster.measure.samples import Cohort
from muster.probe.plan import CohortShare, ProbePlan, ProbeTarget, VantagePoint


@dataclass(frozen=True, slots=True)
class Slot:
    seq: int
    due_s: float
    """Seconds from the start of the run."""
    cohort: Cohort
    turn: int
    """Number among the slots of the same cohort and vantage point, from 0."""
    vantage: VantagePoint
    target: ProbeTarget


def schedule_slots(plan: ProbePlan) -> Iterator[Slot]:
    """All slots in order; endless unless the plan has a duration."""
    turns = {share.cohort: count() for share in plan.shares}
    for seq, cohort in enumerate(_mix_cohorts(plan.shares)):
        due_s = seq / plan.rate
        if plan.duration_s is not None and due_s >= plan.duration_s:
            return
        turn, vantage = divmod(next(turns[cohort]), len(plan.vantages))
        # Shifted by the vantage point, so that both addresses are used at any moment.
        target = plan.targets[(turn + vantage) % len(plan.targets)]
        yield Slot(seq, due_s, cohort, turn, plan.vantages[vantage], target)


def _mix_cohorts(shares: tuple[CohortShare, ...]) -> Iterator[Cohort]:
    """Smooth weighted round robin."""
    total = sum(share.weight for share in shares)
    credit = dict.fromkeys((share.cohort for share in shares), 0.0)
    while True:
        for share in shares:
            credit[share.cohort] += share.weight
        richest = max(credit, key=lambda cohort: credit[cohort])
        credit[richest] -= total
        yield richest
