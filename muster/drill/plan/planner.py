"""Make a plan from a scenario, its parameters and the system as it is.

Decides every step: how dials are ramped, what is expected, what stops the drill. Changes nothing.
What can't be read is assumed, and a note of the plan says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

from muster.drill.guards.evaluation import guards_for
from muster.drill.plan.dial_ramp import DIAL_EPSILON, ramp_dials
from muster.drill.plan.instructions import (
    AwaitApproval,
    ClearFault,
    DrainWrites,
    DrillAction,
    ExpectMeasure,
    InjectFault,
    Instruction,
    MeasureName,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import (
    DrillPlan,
    DrillTargets,
    PlannedStep,
    RollbackPolicy,
    StopCondition,
    step_budget_s,
)
from muster.drill.plan.plan_summary import describe_rollback, estimate_s, known_lags, plan_notes
from muster.drill.scenario.model import PLACEHOLDER, Activity, Mark, RawValue, Scenario
from muster.drill.scenario.parameters import bind_parameters, describe_unknown_region
from muster.errors import InvalidParameter, InvalidScenario, LeverUnavailable
from muster.formatting import format_dial
from muster.levers import Fault, FaultKind
from muster.levers.dns_door import MAX_WEIGHT, require_weights
from muster.limits import Limits
from muster.measure.samples import LONGEST_CACHE_S
from muster.model import FrontDoor, Stack, SwitchStatus, SystemView
from muster.parsers import (
    parse_count,
    parse_dials,
    parse_lifetime,
    parse_percent,
    parse_region,
    parse_scenario_duration,
    parse_share,
    parse_weight,
)

MAX_STEPS = 1000
MIN_DIAL_STEP = 0.1
"""Smallest turn of a dial, percentage points; smaller ones would make endless plans."""
GLOBAL_FAULT_KINDS = ("control-stop",)
"""Faults that break no single Region."""

Arguments = Mapping[str, RawValue]
NumberParser = Callable[[object], float]
_BOUND_PARSERS: Mapping[str, NumberParser] = {
    "error-rate": parse_share,
    "share": parse_share,
    "p99-latency": parse_scenario_duration,
    "replication-lag": parse_scenario_duration,
    "dial": parse_percent,
}
"""Of a measure's bounds; the other measures are counts."""
_TARGET_PARSERS: Mapping[str, tuple[str, NumberParser]] = {
    "rto": ("rto_s", parse_scenario_duration),
    "rpo": ("rpo_s", parse_scenario_duration),
    "rpo-items": ("rpo_items", parse_count),
    "failed-share": ("failed_share", parse_share),
}
"""A scenario's target -> field of DrillTargets, and how it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What the operator asks for."""

    parameters: Mapping[str, RawValue]
    targets: Mapping[str, float]
    """Fields of DrillTargets; they win over the scenario's."""
    limits: Limits
    forced: tuple[str, ...] = ()
    speed: float = 1.0
    """By what a twin divides TTLs and the caches of clients."""


def make_plan(
    scenario: Scenario, request: PlanRequest, stack: Stack, view: SystemView
) -> DrillPlan:
    """Raises InvalidParameter, InvalidScenario."""
    planner = _Planner(scenario, request, stack, view)
    fill_text = planner.parameters.fill_text
    steps = tuple(planner.method())
    plan = DrillPlan(
        scenario=scenario.name,
        title=fill_text(scenario.title),
        why=fill_text(scenario.why),
        source=scenario.source,
        steps_digest=scenario.steps_digest,
        parameters={
            name: planner.parameters.format_value(name) for name in planner.parameters.values
        },
        regions=tuple(stack.regions),
        subject=planner.subject,
        door=planner.door,
        hypothesis_title=fill_text(scenario.hypothesis_title),
        hypothesis=tuple(planner.hypothesis()),
        steps=steps,
        stop_conditions=tuple(planner.stop_conditions()),
        rollback=planner.rollback(),
        undo=tuple(describe_rollback(steps, view)),
        targets=planner.targets(),
        limits=request.limits,
        forced=request.forced,
        watch=tuple(fill_text(line) for line in scenario.watch),
        notes=(*planner.notes, *plan_notes(steps, stack, view, request.forced)),
    )
    if len(plan.steps) > MAX_STEPS:
        rule = f"makes {len(plan.steps)} steps; at most {MAX_STEPS}: choose a larger step"
        raise InvalidScenario(plan.source, "method", rule)
    return plan


class _Planner:
    """Turns activities into steps in their order, and keeps the dials' planned positions.

    `path` is a value's path in the scenario, for errors.
    """

    def __init__(
        self, scenario: Scenario, request: PlanRequest, stack: Stack, view: SystemView
    ) -> None:
        self._scenario = scenario
        self._request = request
        self._declared = {name: one.declared_dial for name, one in stack.regions.items()}
        self.notes: list[str] = []
        self._baseline_dials = dict(self._read_dials(view))
        self._dials = dict(self._baseline_dials)
        self._stack = stack
        self._baseline_weights = _read_weights(view)
        self._weights = dict(self._baseline_weights)
        self._moves_dns = False
        self._lags_s = known_lags(view)
        self.parameters = bind_parameters(scenario, request.parameters, self._declared)
        self.subject = self._region_or_none(scenario.subject, "subject")
        self.door = self._door(scenario.door, "door") or stack.doors[0]

    def hypothesis(self) -> Iterator[PlannedStep]:
        for index, activity in enumerate(self._scenario.hypothesis):
            path = f"steady-state-hypothesis.probes[{index}]"
            yield self._step(f"h{index + 1}", activity, self._expect(activity, path), path)

    def method(self) -> Iterator[PlannedStep]:
        number, last = 0, None
        for index, activity in enumerate(self._scenario.method):
            path = f"method[{index}]"
            for instruction, mark in self._with_pauses_and_mark(activity, path):
                number += 1
                step = self._step(f"m{number}", activity, instruction, path, after=last)
                last = instruction if isinstance(instruction, DrillAction) else last
                yield replace(step, marks=mark)

    def stop_conditions(self) -> Iterator[StopCondition]:
        for index, stop in enumerate(self._scenario.stop_conditions):
            path = f"stop-conditions[{index}]"
            region = stop.arguments.get("region")
            yield StopCondition(
                measure=cast("MeasureName", stop.measure),
                region=self._region_or_none(region, f"{path}.arguments.region"),
                above=self._bound(stop.measure, stop.above, f"{path}.above"),
                below=self._bound(stop.measure, stop.below, f"{path}.below"),
                lasting_s=self._duration(stop.lasting, f"{path}.for"),
            )

    def rollback(self) -> RollbackPolicy:
        rollbacks = self._scenario.rollbacks
        step = self.parameters.parse(rollbacks.step, parse_percent, "rollbacks.step")
        return RollbackPolicy(
            strategy=rollbacks.strategy,
            step=max(1.0, step),
            pause_s=self._duration(rollbacks.pause, "rollbacks.pause"),
            hold_s=self._request.limits.rollback_hold_s,
        )

    def targets(self) -> DrillTargets:
        targets = {}
        for name, raw in self._scenario.targets.items():
            field, parser = _TARGET_PARSERS[name]
            targets[field] = self.parameters.parse(raw, parser, f"targets.{name}")
        return DrillTargets(**(targets | dict(self._request.targets)))

    def _read_dials(self, view: SystemView) -> Iterator[tuple[str, float]]:
        for region, declared in self._declared.items():
            if "accelerator" not in view.doors:
                yield region, declared
                continue
            seen = view.regions.get(region)
            if seen is None or seen.dial is None:
                self.notes.append(
                    f"the dial of {region} can't be read now; the plan assumes the declared"
                    f" {format_dial(declared)}"
                )
                yield region, declared
            else:
                yield region, seen.dial

    def _duration(self, raw: RawValue, path: str) -> float:
        return self.parameters.parse(raw, parse_scenario_duration, path)

    def _region_or_none(self, raw: RawValue, path: str) -> str | None:
        if raw is None:
            return None
        region = self.parameters.parse(raw, parse_region, path)
        if region not in self._declared:
            raise self._unknown_region(region, raw, path)
        return region

    def _region(self, raw: RawValue, path: str) -> str:
        region = self._region_or_none(raw, path)
        if region is None:
            raise InvalidScenario(self._scenario.source, path, "needs a Region")
        return region

    def _unknown_region(
        self, region: str, raw: RawValue, path: str
    ) -> InvalidParameter | InvalidScenario:
        """The mistake is the command line's if a parameter gave the Region, else the file's."""
        rule = describe_unknown_region(region, self._declared)
        given = PLACEHOLDER.fullmatch(raw) if isinstance(raw, str) else None
        if given:
            return InvalidParameter(self._scenario.name, given[1], rule)
        return InvalidScenario(self._scenario.source, path, rule)

    def _bound(self, measure: str, raw: RawValue, path: str) -> float | None:
        parser = _BOUND_PARSERS.get(measure, parse_count)
        return None if raw is None else self.parameters.parse(raw, parser, path)

    def _step(
        self,
        step_id: str,
        activity: Activity,
        instruction: Instruction,
        path: str,
        after: DrillAction | None = None,
    ) -> PlannedStep:
        """`after`: the last action before it."""
        within_s = step_budget_s(instruction)
        if activity.within is not None:
            within_s = self._duration(activity.within, f"{path}.within")
        if isinstance(instruction, Pause):
            within_s = instruction.seconds
        return PlannedStep(
            id=step_id,
            activity=self.parameters.fill_text(activity.name),
            do=instruction,
            guards=guards_for(instruction),
            within_s=within_s,
            expected_s=min(within_s, estimate_s(instruction, self._lags_s, after)),
        )

    def _with_pauses_and_mark(
        self, activity: Activity, path: str
    ) -> Iterator[tuple[Instruction, Mark | None]]:
        """The activity's instructions between its pauses, each with its mark or None."""
        before_s = self._duration(activity.pause_before, f"{path}.pauses.before")
        after_s = self._duration(activity.pause_after, f"{path}.pauses.after")
        instructions = list(self._instructions(activity, path))
        # The others are alone only after the last one; a cause begins or ends with the first.
        marked = len(instructions) - 1 if activity.marks == "alone" else 0
        if before_s:
            yield Pause(seconds=before_s), None
        for index, instruction in enumerate(instructions):
            yield instruction, activity.marks if index == marked else None
        if after_s:
            yield Pause(seconds=after_s), None

    def _instructions(self, activity: Activity, path: str) -> Iterator[Instruction]:
        if activity.type == "probe":
            yield self._expect(activity, path)
            return
        if activity.func == "approval":
            yield from self._await_approval(activity, path)
            return
        path = f"{path}.arguments"
        match activity.func:
            case "dial":
                yield from self._set_dial(activity.arguments, path)
            case "dials":
                yield from self._set_dials(activity.arguments, path)
            case "switch":
                yield self._set_switch(activity, path)
            case "dns-weight" | "dns-invert":
                yield self._change_dns(activity, path)
            case "fault" | "clear":
                fault = self._fault(activity.arguments, path)
                kind = InjectFault if activity.func == "fault" else ClearFault
                yield kind(fault=fault)
            case _:
                yield self._drain(activity.arguments, path)

    def _await_approval(self, activity: Activity, path: str) -> Iterator[AwaitApproval]:
        """No step if nobody is given time to approve, as with a pause of 0."""
        if activity.within is None or self._duration(activity.within, f"{path}.within"):
            words = self.parameters.fill_text(str(activity.arguments["words"]))
            yield AwaitApproval(words=" ".join(words.split()))

    def _expect(self, activity: Activity, path: str) -> ExpectMeasure:
        low = self._bound(activity.func, activity.tolerance[0], f"{path}.tolerance[0]")
        high = self._bound(activity.func, activity.tolerance[1], f"{path}.tolerance[1]")
        if low is not None and high is not None and low > high:
            rule = f"no value is both at least {low:g} and at most {high:g}"
            raise InvalidScenario(self._scenario.source, f"{path}.tolerance", rule)
        region = activity.arguments.get("region")
        return ExpectMeasure(
            measure=cast("MeasureName", activity.func),
            region=self._region_or_none(region, f"{path}.arguments.region"),
            low=low,
            high=high,
            door=self._door(activity.arguments.get("door"), f"{path}.arguments.door"),
        )

    def _door(self, raw: RawValue, path: str) -> FrontDoor | None:
        """The named door. Raises InvalidScenario if the stack has not that one."""
        if raw is not None and raw not in self._stack.doors:
            has = ", ".join(self._stack.doors)
            rule = f"{raw} is no door of the stack ({has}); see muster:front_doors"
            raise InvalidScenario(self._scenario.source, path, rule)
        return next((door for door in self._stack.doors if door == raw), None)

    def _change_dns(self, activity: Activity, path: str) -> SetWeight | SetInverted:
        self._moves_dns = True
        if activity.func == "dns-weight":
            return self._set_weight(activity.arguments, path)
        return self._set_inverted(activity.arguments, path)

    def _set_weight(self, arguments: Arguments, path: str) -> SetWeight:
        region = self._region(arguments["region"], f"{path}.region")
        try:
            require_weights(self._stack)
        except LeverUnavailable as exc:
            raise InvalidScenario(self._scenario.source, path, str(exc)) from exc
        goal = self.parameters.fill(arguments["to"])
        if goal == "found":
            weight = self._baseline_weights.get(region)
            if weight is None:
                rule = f"the weight of {region} can't be read now, so it can't be put back"
                raise InvalidScenario(self._scenario.source, f"{path}.to", rule)
        else:
            weight = self.parameters.parse(goal, parse_weight, f"{path}.to")
        lowers = weight < self._weights.get(region, MAX_WEIGHT)
        self._weights[region] = weight
        return SetWeight(region=region, weight=weight, lowers=lowers)

    def _set_inverted(self, arguments: Arguments, path: str) -> SetInverted:
        region = self._region(arguments["region"], f"{path}.region")
        self._door("dns", path)
        state = self.parameters.fill(arguments["state"])
        if state not in ("on", "off"):
            rule = f"{state!r} is not one of on, off"
            raise InvalidScenario(self._scenario.source, f"{path}.state", rule)
        return SetInverted(region=region, inverted=state == "on")

    def _set_dial(self, arguments: Arguments, path: str) -> Iterator[Instruction]:
        region = self._region(arguments["region"], f"{path}.region")
        goal = self.parameters.fill(arguments["to"])
        if goal == "declared":
            percent = self._declared[region]
        elif goal == "found":
            percent = self._baseline_dials[region]
        else:
            percent = self.parameters.parse(goal, _parse_dial_goal, f"{path}.to")
        yield from self._ramp({region: percent}, arguments, path)

    def _set_dials(self, arguments: Arguments, path: str) -> Iterator[Instruction]:
        raw = arguments["to"]
        word = None if isinstance(raw, dict) else self.parameters.fill(raw)
        if word == "declared":
            goals = self._declared
        elif word == "found":
            goals = self._baseline_dials
        else:
            goals = self.parameters.parse(raw, parse_dials, f"{path}.to")
        for region in goals:
            if region not in self._declared:
                raise self._unknown_region(region, raw, f"{path}.to")
        yield from self._ramp(goals, arguments, path)

    def _ramp(
        self, goals: Mapping[str, float], arguments: Arguments, path: str
    ) -> Iterator[Instruction]:
        raw_step = arguments.get("step", 100.0)
        step = self.parameters.parse(raw_step, parse_percent, f"{path}.step")
        if step < MIN_DIAL_STEP:
            rule = f"must be at least {format_dial(MIN_DIAL_STEP)}"
            raise self.parameters.mistake(raw_step, f"{path}.step", rule)
        pause_s = self._duration(arguments.get("pause", 0.0), f"{path}.pause")
        for index, turns in enumerate(ramp_dials(self._dials, goals, step)):
            if index and pause_s:
                yield Pause(seconds=pause_s)
            for region, percent in turns:
                lowers = percent < self._dials[region] - DIAL_EPSILON
                self._dials[region] = percent
                yield SetDial(region=region, percent=percent, lowers=lowers)

    def _set_switch(self, activity: Activity, path: str) -> SetSwitch:
        arguments = activity.arguments
        status = self.parameters.fill(arguments["status"])
        if status not in ("auto", "fail", "pass"):
            rule = f"{status!r} is not one of fail, pass, auto"
            raise InvalidScenario(self._scenario.source, f"{path}.status", rule)
        self._moves_dns = True
        return SetSwitch(
            region=self._region(arguments["region"], f"{path}.region"),
            status=cast("SwitchStatus", status),
            for_s=self._lifetime_s(arguments, path) or 0.0,
            why=f"drill {self._scenario.name}",
        )

    def _lifetime_s(self, arguments: Arguments, path: str) -> float | None:
        """Seconds until the change expires; None: never."""
        if "for" not in arguments:
            return None
        return self.parameters.parse(arguments["for"], parse_lifetime, f"{path}.for")

    def _fault(self, arguments: Arguments, path: str) -> Fault:
        raw_parameters = cast("dict[str, RawValue]", arguments.get("parameters", {}))
        parameters: dict[str, float | str] = {
            name: self.parameters.parse(raw, parse_count, f"{path}.parameters.{name}")
            for name, raw in raw_parameters.items()
        }
        lifetime_s = self._lifetime_s(arguments, path)
        if lifetime_s is not None:
            parameters["for_s"] = lifetime_s
        kind = self.parameters.fill(arguments["kind"])
        if kind not in get_args(FaultKind):
            rule = f"{kind!r} is not one of {', '.join(get_args(FaultKind))}"
            raise InvalidScenario(self._scenario.source, f"{path}.kind", rule)
        region = self._region_or_none(arguments.get("region"), f"{path}.region")
        if region is None and kind not in GLOBAL_FAULT_KINDS:
            raise InvalidScenario(self._scenario.source, path, f"{kind} needs a region")
        return Fault(
            kind=cast("FaultKind", kind),
            region=None if kind in GLOBAL_FAULT_KINDS else region,
            parameters=parameters,
        )

    def _drain(self, arguments: Arguments, path: str) -> DrainWrites:
        min_factor = self._request.limits.drain_factor
        raw = arguments.get("factor", min_factor)
        return DrainWrites(
            region=self._region(arguments["region"], f"{path}.region"),
            factor=max(min_factor, self.parameters.parse(raw, parse_count, f"{path}.factor")),
            clients_s=self._clients_s(),
        )

    def _clients_s(self) -> float:
        """How long clients of the DNS door may stay after a move of it; 0 without one."""
        dns = self._stack.dns
        if dns is None or not self._moves_dns:
            return 0.0
        return (dns.ttl_s + LONGEST_CACHE_S) / self._request.speed


def _read_weights(view: SystemView) -> dict[str, int]:
    records = (view.dns or {}).values()
    return {record.region: record.weight for record in records if record.weight is not None}


def _parse_dial_goal(raw: object) -> float:
    try:
        return parse_percent(raw)
    except ValueError as exc:
        raise ValueError(f"{exc}, nor declared or found") from None
