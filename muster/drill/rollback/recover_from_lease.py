"""A rollback from the lease alone, on a machine that has no journal of the run.

Decides how the lease's note becomes a journal that `Runner.roll_back` can go on from: whatever the
drill may have changed counts as begun. Pure.
"""

from collections.abc import Iterator

from muster.drill.journal.events import BaselineRecorded, JournalEvent, StepStarted
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial, SetSwitch
from muster.drill.plan.limits import Limits
from muster.drill.plan.model import DrillPlan, PlannedStep, RollbackPolicy
from muster.drill.plan.targets import DrillTargets
from muster.drill.run.lease import Lease


def plan_from_lease(
    lease: Lease, regions: tuple[str, ...], limits: Limits, forced: tuple[str, ...]
) -> DrillPlan:
    """A plan of nothing but what is to be put back."""
    return DrillPlan(
        scenario=lease.scenario,
        title=f"Put back what {lease.run} on {lease.host} had changed",
        why="The drill was left unfinished, and its journal is on another machine.",
        source="the lease in the control table",
        parameters={},
        regions=regions,
        subject=None,
        hypothesis_title="",
        hypothesis=(),
        steps=tuple(_steps(lease)),
        stop_conditions=(),
        rollback=RollbackPolicy(
            strategy="always", step=100.0, pause_s=0.0, hold_s=limits.rollback_hold_s
        ),
        undo=(),
        targets=DrillTargets(),
        limits=limits,
        forced=forced,
    )


def events_from_lease(lease: Lease, made: DrillPlan) -> Iterator[JournalEvent]:
    """What the journal says after its opening."""
    yield BaselineRecorded(state=lease.found)
    for step in made.steps:
        yield StepStarted(step=step.id, do=step.do)


def _steps(lease: Lease) -> Iterator[PlannedStep]:
    touched, found = lease.touched, lease.found
    faults: list[Instruction] = [InjectFault(fault=fault) for fault in touched.faults]
    ended: list[Instruction] = [ClearFault(fault=fault) for fault in touched.cleared]
    switches: list[Instruction] = [
        SetSwitch(region=region, status=found.switches[region].status)
        for region in touched.switches
        if region in found.switches
    ]
    dials: list[Instruction] = [
        SetDial(region=region, percent=found.dials[region])
        for region in touched.dials
        if region in found.dials
    ]
    for number, do in enumerate((*faults, *ended, *switches, *dials), start=1):
        yield PlannedStep(id=f"m{number}", activity="what the drill may have changed", do=do)
