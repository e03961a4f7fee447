"""Roll back from the lease alone, on a machine without the run's journal.

The lease's note becomes a journal that `DrillRunner.roll_back` continues: every planned change
counts as started.
"""

from collections.abc import Iterator

from muster.drill.journal.events import BaselineRecorded, JournalEvent, StepStarted
from muster.drill.lease.model import Lease
from muster.drill.plan.instructions import ClearFault, InjectFault, Instruction, SetDial, SetSwitch
from muster.drill.plan.limits import Limits
from muster.drill.plan.model import DrillPlan, PlannedStep, RollbackPolicy
from muster.drill.plan.targets import DrillTargets


def plan_from_lease(
    lease: Lease, regions: tuple[str, ...], limits: Limits, forced: tuple[str, ...]
) -> DrillPlan:
    """A plan whose steps are the changes to put back."""
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


def events_from_lease(lease: Lease, plan: DrillPlan) -> Iterator[JournalEvent]:
    """The journal's events after its opening."""
    yield BaselineRecorded(state=lease.found)
    for step in plan.steps:
        yield StepStarted(step=step.id, do=step.do)


def _steps(lease: Lease) -> Iterator[PlannedStep]:
    changes, baseline = lease.touched, lease.found
    actions: list[Instruction] = [
        *(InjectFault(fault=fault) for fault in changes.faults),
        *(ClearFault(fault=fault) for fault in changes.cleared),
        *(
            SetSwitch(region=region, status=baseline.switches[region].status)
            for region in changes.switches
            if region in baseline.switches
        ),
        *(
            SetDial(region=region, percent=baseline.dials[region])
            for region in changes.dials
            if region in baseline.dials
        ),
    ]
    for number, do in enumerate(actions, start=1):
        yield PlannedStep(id=f"m{number}", activity="what the drill may have changed", do=do)
