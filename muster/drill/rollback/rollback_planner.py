"""Next rollback steps, from the baseline, the drill's changes, and the system now.

The order: the drill's faults end, then health switches go back, then dials, up before down, and at
last faults of the baseline that the drill has ended come back. A fault of the baseline is never
ended. No traffic is sent to an unhealthy Region: such a step is held. Pure.

`events_from_lease` serves a rollback from the lease alone, on a machine without the run's journal:
the lease's note becomes a journal that `DrillRunner.roll_back` continues: every planned change
counts as started.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast, get_args

from muster.drill.guards.region_health import (
    RegionHealth,
    active_faults_at,
    degraded_regions,
    region_health,
)
from muster.drill.journal.events import BaselineRecorded, JournalEvent, StepStarted
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
    describe_instruction,
)
from muster.drill.plan.model import DrillPlan, DrillTargets, PlannedStep, RollbackPolicy
from muster.drill.run.lease import Lease
from muster.formatting import format_dial
from muster.levers import Fault, FaultKind, describe_fault, scope_of_fault
from muster.limits import Limits
from muster.model import ActiveFault, DnsRecordView, SwitchSetting, SystemView

END_TOLERANCE_S = 2.0
"""Ends of a fault that differ by less are equal."""
SWITCH_END_TOLERANCE_S = 1.0
"""The same of a health switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackSteps:
    steps: tuple[DrillAction, ...] = ()
    """May be taken now, most urgent first."""
    held: tuple[str, ...] = ()
    """Steps in words that must wait, and why."""

    @property
    def complete(self) -> bool:
        """The baseline is restored."""
        return not self.steps and not self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackSituation:
    """What the next steps depend on."""

    baseline: DrillBaseline
    changes: DrillChanges
    view: SystemView
    now: float
    """Seconds since 1970: an expired switch or fault is not put back."""
    answering: frozenset[str] = frozenset()
    set_switches: Collection[str] = field(default_factory=frozenset)
    """Regions whose switch this rollback has set already."""
    reinjected_scopes: Collection[str] = field(default_factory=frozenset)
    """Scopes whose baseline fault this rollback has injected already."""
    dial_step: float = 100.0
    """Largest turn of a dial."""


def next_rollback_steps(situation: RollbackSituation) -> RollbackSteps:
    first = [
        *_clear_own_faults(situation),
        *_reset_switches(situation),
        *_reset_inversions(situation),
        *_reset_weights(situation),
        *_reset_dials(situation),
    ]
    reinjections = list(_reinject_baseline(situation))
    if first:  # last, since no dial is turned up for a Region with a fault
        reinjections = [
            f"{describe_instruction(one)}: after the rest" if isinstance(one, InjectFault) else one
            for one in reinjections
        ]
    found: list[DrillAction | str] = [*first, *reinjections]
    return RollbackSteps(
        steps=tuple(one for one in found if not isinstance(one, str)),
        held=tuple(one for one in found if isinstance(one, str)),
    )


def _clear_own_faults(situation: RollbackSituation) -> Iterator[ClearFault]:
    """End the drill's faults, unless the baseline's fault has taken the place of one."""
    for fault in situation.changes.faults:
        scope = scope_of_fault(fault)
        goal, active = _baseline_fault(situation, scope), active_faults_at(situation.view, scope)
        if goal is None or (fault.kind != goal.kind and fault.kind in _kinds(active)):
            yield ClearFault(fault=fault)


def _reinject_baseline(situation: RollbackSituation) -> Iterator[InjectFault | str]:
    for scope in situation.changes.scopes:
        goal = _baseline_fault(situation, scope)
        if goal is not None:
            yield from _reinject(situation, scope, goal)


def _reinject(
    situation: RollbackSituation, scope: str, goal: ActiveFault
) -> Iterator[InjectFault | str]:
    active, name = active_faults_at(situation.view, scope), f"{describe_fault(goal)}, as found"
    others = _kinds(active) - {goal.kind}
    if active is None:
        yield f"{name}: it can't be read whether it is active"
    elif others:
        own_kinds = {
            fault.kind for fault in situation.changes.faults if scope_of_fault(fault) == scope
        }
        if others - own_kinds:
            yield f"{name}: {describe_fault(active[0])} is active, and is not this drill's"
    elif scope in situation.reinjected_scopes:
        if not active:
            yield f"{name}: it was injected again, and is not active"
    elif not any(_equals_baseline(fault, goal) for fault in active):
        yield _reinjection(situation, goal, name)


def _reinjection(situation: RollbackSituation, goal: ActiveFault, name: str) -> InjectFault | str:
    region = goal.region
    if goal.kind not in get_args(FaultKind):
        return f"{name}: put it back by hand, the tool can't inject it"
    if region is not None and degraded_regions((goal,)) and not _has_refuge(situation, region):
        return f"{name}: no other Region is healthy to take over"
    return InjectFault(
        fault=Fault(
            kind=cast("FaultKind", goal.kind), region=region, parameters=dict(goal.parameters)
        ),
        again=True,
        until_epoch_s=goal.until_epoch_s or 0.0,
        by=goal.by,
    )


def _baseline_fault(situation: RollbackSituation, scope: str) -> ActiveFault | None:
    """The baseline's fault of a scope, unless it has expired, or is about to."""
    soon = situation.now + END_TOLERANCE_S
    faults = situation.baseline.faults.get(scope, ())
    lasting = (f for f in faults if f.until_epoch_s is None or f.until_epoch_s > soon)
    return next(lasting, None)


def _equals_baseline(active: ActiveFault, goal: ActiveFault) -> bool:
    """Compares what is known of both."""
    known = active.parameters.keys() & goal.parameters.keys()
    same_end = abs((active.until_epoch_s or 0.0) - (goal.until_epoch_s or 0.0)) <= END_TOLERANCE_S
    return same_end and all(active.parameters[name] == goal.parameters[name] for name in known)


def _kinds(faults: Iterable[ActiveFault] | None) -> set[str]:
    return {fault.kind for fault in faults or ()}


def _reset_switches(situation: RollbackSituation) -> Iterator[SetSwitch | str]:
    for region in situation.changes.switches:
        baseline = situation.baseline.switches.get(region)
        if baseline is None:
            yield f"the health switch of {region} was never read: set it by hand (muster health)"
            continue
        ended = baseline.until_epoch_s and baseline.until_epoch_s <= situation.now
        yield from _reset_switch(situation, region, SwitchSetting() if ended else baseline)


def _reset_switch(
    situation: RollbackSituation, region: str, goal: SwitchSetting
) -> Iterator[SetSwitch | str]:
    seen = situation.view.regions.get(region)
    if seen is None or seen.switch is None:  # a blind write may work: once, then wait to see it
        unreadable = f"the health switch of {region} can't be read"
        yield unreadable if region in situation.set_switches else _set_switch(region, goal)
    elif not _is_same_switch(seen.switch, goal):
        yield _safe_switch(situation, region, seen.switch, goal)


def _safe_switch(
    situation: RollbackSituation, region: str, now: SwitchSetting, goal: SwitchSetting
) -> SetSwitch | str:
    match goal.status:
        case "fail" if not _has_refuge(situation, region):
            return f"health switch of {region} to fail: no other Region is healthy to take over"
        case "pass" if _health(situation, region) != "healthy":
            # `pass` hides the Region's real health: set `auto` first, to see it.
            if now.status == "fail":
                return _set_switch(region, SwitchSetting(by=goal.by, why=goal.why))
            return f"health switch of {region} to pass: the Region is not healthy now"
        case _:
            return _set_switch(region, goal)


def _is_same_switch(now: SwitchSetting, goal: SwitchSetting) -> bool:
    """The end, the setter and the reason of `auto` mean nothing."""
    if now.status != goal.status or goal.status == "auto":
        return now.status == goal.status
    same_end = abs(now.until_epoch_s - goal.until_epoch_s) <= SWITCH_END_TOLERANCE_S
    return same_end and now.why == goal.why and goal.by in ("", now.by)


def _set_switch(region: str, goal: SwitchSetting) -> SetSwitch:
    return SetSwitch(
        region=region,
        status=goal.status,
        until_epoch_s=goal.until_epoch_s,
        by=goal.by,
        why=goal.why,
    )


def _reset_inversions(situation: RollbackSituation) -> Iterator[SetInverted | str]:
    """Ends of inversions first; one that was found comes back while another record is healthy."""
    turns: list[SetInverted] = []
    for region in situation.changes.inversions:
        goal, record = situation.baseline.inversions.get(region), _record(situation, region)
        if goal is None:
            yield f"whether {region}'s check was inverted was never read: see muster dns invert"
        elif record is None or record.inverted is None:
            words = describe_instruction(SetInverted(region=region, inverted=goal))
            yield f"{words}: Route 53's API does not answer"
        elif record.inverted != goal:
            turns.append(SetInverted(region=region, inverted=goal))
    for turn in sorted(turns, key=lambda turn: turn.inverted):
        if turn.inverted and not _has_healthy_record(situation, turn.region):
            yield f"{describe_instruction(turn)}: no other record is healthy"
        else:
            yield turn


def _reset_weights(situation: RollbackSituation) -> Iterator[SetWeight | str]:
    """Up first; down to 0 only while another record is healthy with a weight above 0."""
    turns: list[SetWeight] = []
    for region in situation.changes.weights:
        goal, record = situation.baseline.weights.get(region), _record(situation, region)
        if goal is None:
            yield f"the weight of {region} was never read: set it by hand (muster dns weight)"
        elif record is None or record.weight is None:
            yield f"weight of {region} to {goal}: Route 53's API does not answer"
        elif record.weight != goal:
            lowers = goal < record.weight
            turns.append(SetWeight(region=region, weight=goal, lowers=lowers))
    for turn in sorted(turns, key=lambda turn: turn.lowers):
        if turn.weight == 0 and not _has_healthy_record(situation, turn.region):
            yield f"{describe_instruction(turn)}: no other record is healthy with a weight above 0"
        else:
            yield turn


def _record(situation: RollbackSituation, region: str) -> DnsRecordView | None:
    return (situation.view.dns or {}).get(region)


def _has_healthy_record(situation: RollbackSituation, region: str) -> bool:
    return any(
        record.healthy is True and record.weight != 0
        for record in (situation.view.dns or {}).values()
        if record.region != region
    )


def _reset_dials(situation: RollbackSituation) -> Iterator[SetDial | str]:
    """Up first; down to 0 only while another Region is healthy with a dial above 0."""
    turns = [
        turn
        for region in situation.changes.dials
        if (turn := _next_turn(situation, region)) is not None
    ]
    yield from (turn for turn in turns if isinstance(turn, str))
    ups = [turn for turn in turns if isinstance(turn, SetDial) and not turn.lowers]
    downs = [turn for turn in turns if isinstance(turn, SetDial) and turn.lowers]
    for turn in ups:
        health = _health(situation, turn.region)
        if health == "healthy":
            yield turn
        else:
            state = "unhealthy now" if health == "unhealthy" else "of unknown health"
            name = describe_instruction(turn)
            switch = _describe_foreign_switch(situation, turn.region)
            yield f"{name}: {turn.region} is {state}, no traffic is sent there{switch}"
    for turn in downs:
        if turn.percent > DIAL_EPSILON or _has_refuge(situation, turn.region):
            yield turn
        else:
            yield f"{describe_instruction(turn)}: no other Region is healthy with a dial above 0"


def _describe_foreign_switch(situation: RollbackSituation, region: str) -> str:
    """Who holds the Region unhealthy by a health switch that the rollback leaves alone."""
    seen = situation.view.regions.get(region)
    switch = seen.switch if seen is not None else None
    if switch is None or switch.status != "fail" or region in situation.changes.switches:
        return ""
    by = f", set by {switch.by}" if switch.by else ""
    # The run's own lease refuses changes by hand, this one too.
    return (
        f"; its health switch is at fail{by}: `muster health {region} auto --force lease` ends that"
    )


def _next_turn(situation: RollbackSituation, region: str) -> SetDial | str | None:
    goal = situation.baseline.dials.get(region)
    seen = situation.view.regions.get(region)
    if goal is None:
        return f"the dial of {region} was never read: set it by hand (muster dial)"
    if seen is None or seen.dial is None:
        return f"dial of {region} to {format_dial(goal)}: the accelerator's API does not answer"
    if abs(seen.dial - goal) <= DIAL_EPSILON:
        return None
    turn = max(-situation.dial_step, min(situation.dial_step, goal - seen.dial))
    return SetDial(region=region, percent=round(seen.dial + turn, 6), lowers=turn < 0)


def _has_refuge(situation: RollbackSituation, region: str) -> bool:
    """Another Region is healthy with a dial above 0."""
    return any(
        seen.dial is not None
        and seen.dial > DIAL_EPSILON
        and _health(situation, seen.region) == "healthy"
        for seen in situation.view.regions.values()
        if seen.region != region
    )


def _health(situation: RollbackSituation, region: str) -> RegionHealth:
    """A Region with a fault that the rollback will clear is unhealthy: telemetry is late."""
    to_clear = (
        fault
        for fault in situation.changes.faults
        if _baseline_fault(situation, scope_of_fault(fault)) is None
    )
    if region in degraded_regions(to_clear):
        return "unhealthy"
    return region_health(situation.view, region, situation.answering)


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
            SetInverted(region=region, inverted=baseline.inversions[region])
            for region in changes.inversions
            if region in baseline.inversions
        ),
        *(
            SetWeight(region=region, weight=baseline.weights[region])
            for region in changes.weights
            if region in baseline.weights
        ),
        *(
            SetDial(region=region, percent=baseline.dials[region])
            for region in changes.dials
            if region in baseline.dials
        ),
    ]
    for number, do in enumerate(actions, start=1):
        yield PlannedStep(id=f"m{number}", activity="what the drill may have changed", do=do)
