"""A rollback from the lease alone, on a machine that has no journal of the run.

Decides how the lease's note becomes a journal that `Runner.roll_back` can go on from: whatever the
drill may have changed counts as begun. Pure.
"""

from collections.abc import Iterator

from muster.drill.entries import Begun, Entry, Found
from muster.drill.instructions import Clear, Inject, Instruction, SetDial, SetSwitch
from muster.drill.lease import Lease
from muster.drill.limits import Limits
from muster.drill.plan import Plan, PlannedStep, RollbackRule, Targets


def plan(lease: Lease, regions: tuple[str, ...], limits: Limits, forced: tuple[str, ...]) -> Plan:
    """A plan of nothing but what is to be put back."""
    return Plan(
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
        rollback=RollbackRule(
            strategy="always", step=100.0, pause_s=0.0, hold_s=limits.rollback_hold_s
        ),
        undo=(),
        targets=Targets(),
        limits=limits,
        forced=forced,
    )


def entries(lease: Lease, made: Plan) -> Iterator[Entry]:
    """What the journal says after its opening."""
    yield Found(state=lease.found)
    for step in made.steps:
        yield Begun(step=step.id, do=step.do)


def _steps(lease: Lease) -> Iterator[PlannedStep]:
    touched, found = lease.touched, lease.found
    faults: list[Instruction] = [Inject(fault=fault) for fault in touched.faults]
    ended: list[Instruction] = [Clear(fault=fault) for fault in touched.cleared]
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
