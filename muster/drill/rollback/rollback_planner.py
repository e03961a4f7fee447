"""What is left to put back, and whether it may be put back now.

Decides the next step of a rollback from what was found, what may have been touched, and how the
system is now: first the faults end, then health switches go back, then dials, up before down, at
last the faults that were found and that the drill has ended. A fault that was found is never ended.
Traffic is never sent to a Region that is unhealthy now: such a turn holds. Pure.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from muster.drill.guards.context import (
    RegionHealth,
    active_faults_at,
    degraded_regions,
    region_health,
)
from muster.drill.journal.events import DrillBaseline, DrillChanges
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    ClearFault,
    DrillAction,
    InjectFault,
    SetDial,
    SetSwitch,
    describe_instruction,
)
from muster.formatting import format_dial
from muster.levers import Fault, FaultKind, describe_fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting, SystemView

ABOUT_S = 2.0
"""Ends of a fault that lie so near are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackSteps:
    """What a rollback does next."""

    steps: tuple[DrillAction, ...] = ()
    """May be taken now, one after the other, most urgent first."""
    held: tuple[str, ...] = ()
    """What must wait, and why."""

    @property
    def complete(self) -> bool:
        """Whether everything is as it was found."""
        return not self.steps and not self.held


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackSituation:
    """What the next step is decided by."""

    found: DrillBaseline
    touched: DrillChanges
    view: SystemView
    now: float
    """Seconds since 1970: a switch that has ended by itself is not set again."""
    answering: frozenset[str] = frozenset()
    tried: Collection[str] = field(default_factory=frozenset)
    """Regions whose switch this rollback has set to what was found already."""
    again: Collection[str] = field(default_factory=frozenset)
    """Sides of the system at which this rollback has injected again what was found."""
    step: float = 100.0
    """Largest turn of a dial on the way back."""


def next_rollback_steps(situation: RollbackSituation) -> RollbackSteps:
    """What can be put back now, and what must wait."""
    first = [*_own_faults(situation), *_switches(situation), *_dials(situation)]
    again = _found_faults(situation)
    # A Region that is broken again gets no dial turned up: so that comes last.
    last = (
        f"{describe_instruction(one)}: after the rest" if isinstance(one, InjectFault) else one
        for one in again
    )
    found: list[DrillAction | str] = [*first, *(last if first else again)]
    return RollbackSteps(
        steps=tuple(one for one in found if not isinstance(one, str)),
        held=tuple(one for one in found if isinstance(one, str)),
    )


def _own_faults(situation: RollbackSituation) -> Iterator[ClearFault]:
    """The drill's own end, but for one in whose place a fault was found that stands there now."""
    for fault in situation.touched.faults:
        side = scope_of_fault(fault)
        goal, now = _goal(situation, side), active_faults_at(situation.view, side)
        if goal is None or (fault.kind != goal.kind and fault.kind in _kinds(now)):
            yield ClearFault(fault=fault)


def _found_faults(situation: RollbackSituation) -> Iterator[InjectFault | str]:
    """Those that were found where the drill has broken or mended something."""
    for side in situation.touched.sides:
        goal = _goal(situation, side)
        if goal is not None:
            yield from _again(situation, side, goal)


def _again(
    situation: RollbackSituation, side: str, goal: ActiveFault
) -> Iterator[InjectFault | str]:
    now, was = active_faults_at(situation.view, side), f"{describe_fault(goal)}, which was found"
    others = _kinds(now) - {goal.kind}
    if now is None:
        yield f"{was}: it can't be read whether it stands"
    elif others:
        if others - {one.kind for one in situation.touched.faults if scope_of_fault(one) == side}:
            yield f"{was}: {describe_fault(now[0])} stands there, and is not this drill's"
    elif side in situation.again:
        if not now:
            yield f"{was}: it was injected again, and does not stand"
    elif not any(_alike(one, goal) for one in now):
        yield _injected(situation, goal, was)


def _injected(situation: RollbackSituation, goal: ActiveFault, was: str) -> InjectFault | str:
    region = goal.region
    if goal.kind not in get_args(FaultKind):
        return f"{was}: put it back by hand, the tool can't inject it"
    if region is not None and degraded_regions((goal,)) and not _may_lower(situation, region):
        return f"{was}: no other Region is healthy to take over"
    return InjectFault(
        fault=Fault(
            kind=cast("FaultKind", goal.kind), region=region, parameters=dict(goal.parameters)
        ),
        again=True,
        until_epoch_s=goal.until_epoch_s or 0.0,
        by=goal.by,
    )


def _goal(situation: RollbackSituation, side: str) -> ActiveFault | None:
    """What was found on a side, unless it has ended by itself meanwhile, or will in a moment."""
    found = situation.found.faults.get(side, ())
    soon = situation.now + ABOUT_S
    return next((f for f in found if f.until_epoch_s is None or f.until_epoch_s > soon), None)


def _alike(now: ActiveFault, goal: ActiveFault) -> bool:
    """Whether it is what was found, as far as both are known."""
    known = now.parameters.keys() & goal.parameters.keys()
    ends = math.isclose(now.until_epoch_s or 0.0, goal.until_epoch_s or 0.0, abs_tol=ABOUT_S)
    return ends and all(now.parameters[name] == goal.parameters[name] for name in known)


def _kinds(faults: Iterable[ActiveFault] | None) -> set[str]:
    return {fault.kind for fault in faults or ()}


def _switches(situation: RollbackSituation) -> Iterator[SetSwitch | str]:
    for region in situation.touched.switches:
        was = situation.found.switches.get(region)
        if was is None:
            yield f"the health switch of {region} was never read: set it by hand (muster health)"
            continue
        yield from _switch(situation, region, was)


def _switch(
    situation: RollbackSituation, region: str, was: SwitchSetting
) -> Iterator[SetSwitch | str]:
    goal = _still(was, situation.now)
    now = situation.view.regions[region].switch if region in situation.view.regions else None
    if now is None:  # a blind write may still work: once, then wait to see it
        unseen = f"the health switch of {region} can't be read"
        yield unseen if region in situation.tried else _to(region, goal)
    elif not _same(now, goal):
        yield _careful(situation, region, now, goal)


def _careful(
    situation: RollbackSituation, region: str, now: SwitchSetting, goal: SwitchSetting
) -> SetSwitch | str:
    match goal.status:
        case "fail" if not _may_lower(situation, region):
            return f"health switch of {region} to fail: no other Region is healthy to take over"
        case "pass" if _alive(situation, region) != "healthy":
            # `pass` says healthy without looking: look first, by way of auto.
            if now.status == "fail":
                return _to(region, SwitchSetting(by=goal.by, why=goal.why))
            return f"health switch of {region} to pass: it is not healthy by itself now"
        case _:
            return _to(region, goal)


def _dials(situation: RollbackSituation) -> Iterator[SetDial | str]:
    """Up first. Down to 0 only while another Region keeps traffic by its dial and its health."""
    turns = [
        turn for region in situation.touched.dials if (turn := _turn(situation, region)) is not None
    ]
    yield from (turn for turn in turns if isinstance(turn, str))
    ups = [turn for turn in turns if isinstance(turn, SetDial) and not turn.lowers]
    downs = [turn for turn in turns if isinstance(turn, SetDial) and turn.lowers]
    for turn in ups:
        state = _alive(situation, turn.region)
        if state == "healthy":
            yield turn
        else:
            yield (
                f"{describe_instruction(turn)}: {turn.region} is {_seen(state)}, no traffic"
                f" is sent there"
            )
    for turn in downs:
        if turn.percent > DIAL_EPSILON or _may_lower(situation, turn.region):
            yield turn
        else:
            yield f"{describe_instruction(turn)}: no other Region is healthy with a dial above 0"


def _turn(situation: RollbackSituation, region: str) -> SetDial | str | None:
    was = situation.found.dials.get(region)
    one = situation.view.regions.get(region)
    if was is None:
        return f"the dial of {region} was never read: set it by hand (muster dial)"
    if one is None or one.dial is None:
        return f"dial of {region} to {format_dial(was)}: the accelerator's API does not answer"
    if abs(one.dial - was) <= DIAL_EPSILON:
        return None
    turn = max(-situation.step, min(situation.step, was - one.dial))
    return SetDial(region=region, percent=round(one.dial + turn, 6), lowers=turn < 0)


def _may_lower(situation: RollbackSituation, region: str) -> bool:
    others = (one for one in situation.view.regions.values() if one.region != region)
    return any(
        one.dial is not None
        and one.dial > DIAL_EPSILON
        and _alive(situation, one.region) == "healthy"
        for one in others
    )


def _alive(situation: RollbackSituation, region: str) -> RegionHealth:
    """A fault of the drill that still stands counts, whether telemetry has noticed it or not."""
    own = (one for one in situation.touched.faults if _goal(situation, scope_of_fault(one)) is None)
    if region in degraded_regions(own):
        return "unhealthy"
    return region_health(situation.view, region, situation.answering)


def _seen(state: RegionHealth) -> Literal["unhealthy now", "of unknown health"]:
    return "unhealthy now" if state == "unhealthy" else "of unknown health"


def _still(was: SwitchSetting, now: float) -> SwitchSetting:
    """What was found, or auto when it has ended by itself meanwhile."""
    return SwitchSetting() if was.until_epoch_s and was.until_epoch_s <= now else was


def _same(now: SwitchSetting, goal: SwitchSetting) -> bool:
    """Whether it is as it should be; of `auto` the end, the setter and the reason mean nothing."""
    if now.status != goal.status or goal.status == "auto":
        return now.status == goal.status
    ends = math.isclose(now.until_epoch_s, goal.until_epoch_s, abs_tol=1.0)
    return ends and now.why == goal.why and goal.by in ("", now.by)


def _to(region: str, goal: SwitchSetting) -> SetSwitch:
    return SetSwitch(
        region=region,
        status=goal.status,
        until_epoch_s=goal.until_epoch_s,
        by=goal.by,
        why=goal.why,
    )
