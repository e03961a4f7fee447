"""Scenario + parameters + system -> a Plan.

Decides the exact steps: how a dial is ramped, what is expected, when the drill stops. Pure: making
a plan does nothing. What could not be read is assumed, and the plan's notes say so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

from muster.drill.guards.evaluation import guards_for
from muster.drill.plan.dial_ramp import DIAL_EPSILON, ramp_dials
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Instruction,
    MeasureName,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.limits import Limits
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
from muster.drill.scenario.parameters import BoundParameters, bind_parameters
from muster.errors import InvalidParameter, InvalidScenario
from muster.levers import Fault, FaultKind
from muster.model import Stack, SwitchStatus, SystemView
from muster.parsers import (
    format_dial,
    parse_count,
    parse_dials,
    parse_duration,
    parse_lifetime,
    parse_percent,
    parse_region,
    parse_share,
)

MAX_STEPS = 1000
OF_NO_REGION = ("control-stop",)
"""Faults that break no single Region."""
_MEASURED: Mapping[str, Callable[[object], float]] = {
    "error-rate": parse_share,
    "share": parse_share,
    "p99-latency": parse_duration,
    "replication-lag": parse_duration,
    "dial": parse_percent,
}
"""How the bounds of a measure are written; those of the others are counts."""
_TARGETS: Mapping[str, tuple[str, Callable[[object], float]]] = {
    "rto": ("rto_s", parse_duration),
    "rpo": ("rpo_s", parse_duration),
    "rpo-items": ("rpo_items", parse_count),
    "failed-share": ("failed_share", parse_share),
}
LEAST_STEP = 0.1
"""Smallest turn of a dial, percentage points: below it a plan has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What whoever runs the drill asks for."""

    parameters: Mapping[str, RawValue]
    targets: Mapping[str, float]
    """By the fields of Targets; they win over the scenario's."""
    limits: Limits
    forced: tuple[str, ...] = ()


def make_plan(scenario: Scenario, wish: PlanRequest, stack: Stack, view: SystemView) -> DrillPlan:
    """The plan. Raises ParameterWrong, ScenarioWrong."""
    planner = _Planner(scenario, wish, stack, view)
    steps = tuple(planner.method())
    plan = DrillPlan(
        scenario=scenario.name,
        title=planner.binding.text(scenario.title),
        why=planner.binding.text(scenario.why),
        source=scenario.source,
        parameters={name: planner.binding.shown(name) for name in planner.binding.values},
        regions=tuple(stack.regions),
        subject=planner.subject,
        hypothesis_title=planner.binding.text(scenario.hypothesis_title),
        hypothesis=tuple(planner.hypothesis()),
        steps=steps,
        stop_conditions=tuple(planner.stop_conditions()),
        rollback=planner.rollback(),
        undo=tuple(describe_rollback(steps, view)),
        targets=planner.targets(),
        limits=wish.limits,
        forced=wish.forced,
        watch=tuple(planner.binding.text(line) for line in scenario.watch),
        notes=(*planner.notes, *plan_notes(steps, view, wish.forced)),
    )
    _check_length(plan)
    return plan


def _check_length(plan: DrillPlan) -> None:
    if len(plan.steps) > MAX_STEPS:
        rule = f"makes {len(plan.steps)} steps; at most {MAX_STEPS}: choose a larger step"
        raise InvalidScenario(plan.source, "method", rule)


class _Planner:
    """Walks the method and remembers where the dials stand by then."""

    def __init__(
        self, scenario: Scenario, wish: PlanRequest, stack: Stack, view: SystemView
    ) -> None:
        self._scenario = scenario
        self._wish = wish
        self._declared = {name: one.declared_dial for name, one in stack.regions.items()}
        self.notes: list[str] = []
        self._found = dict(self._read_dials(view))
        self._dials = dict(self._found)
        self._lag_s = known_lags(view)
        self.binding: BoundParameters = bind_parameters(scenario, wish.parameters)
        self.subject = self._subject()

    def hypothesis(self) -> Iterator[PlannedStep]:
        for index, activity in enumerate(self._scenario.hypothesis):
            place = f"steady-state-hypothesis.probes[{index}]"
            yield self._step(f"h{index + 1}", activity, self._expect(activity, place), place)

    def method(self) -> Iterator[PlannedStep]:
        number = 0
        for index, activity in enumerate(self._scenario.method):
            place = f"method[{index}]"
            for instruction, marks in self._marked(activity, place):
                number += 1
                step = self._step(f"m{number}", activity, instruction, place)
                yield replace(step, marks=marks)

    def stop_conditions(self) -> Iterator[StopCondition]:
        for index, stop in enumerate(self._scenario.stop_conditions):
            place = f"stop-conditions[{index}]"
            yield StopCondition(
                measure=cast("MeasureName", stop.measure),
                region=self._region(stop.arguments.get("region"), f"{place}.arguments.region"),
                above=self._bound(stop.measure, stop.above, f"{place}.above"),
                below=self._bound(stop.measure, stop.below, f"{place}.below"),
                lasting_s=self.binding.read(stop.lasting, parse_duration, f"{place}.for"),
            )

    def rollback(self) -> RollbackPolicy:
        rule = self._scenario.rollbacks
        return RollbackPolicy(
            strategy=rule.strategy,
            step=max(1.0, self.binding.read(rule.step, parse_percent, "rollbacks.step")),
            pause_s=self.binding.read(rule.pause, parse_duration, "rollbacks.pause"),
            hold_s=self._wish.limits.rollback_hold_s,
        )

    def targets(self) -> DrillTargets:
        read = {}
        for name, raw in self._scenario.targets.items():
            field, kind = _TARGETS[name]
            read[field] = self.binding.read(raw, kind, f"targets.{name}")
        return DrillTargets(**(read | dict(self._wish.targets)))

    def _read_dials(self, view: SystemView) -> Iterator[tuple[str, float]]:
        for region, declared in self._declared.items():
            seen = view.regions.get(region)
            if seen is None or seen.dial is None:
                self.notes.append(
                    f"the dial of {region} can't be read now; the plan assumes the declared"
                    f" {format_dial(declared)}"
                )
                yield region, declared
            else:
                yield region, seen.dial

    def _subject(self) -> str | None:
        return self._region(self._scenario.subject, "subject")

    def _region(self, raw: RawValue, place: str) -> str | None:
        if raw is None:
            return None
        region = self.binding.read(raw, parse_region, place)
        if region not in self._declared:
            raise self._no_region(region, raw, place)
        return region

    def _no_region(
        self, region: str, raw: RawValue, place: str
    ) -> InvalidParameter | InvalidScenario:
        """Whose mistake it is: the command line's, or the file's."""
        rule = f"{region} is no Region of the stack ({', '.join(self._declared)})"
        given = PLACEHOLDER.fullmatch(raw) if isinstance(raw, str) else None
        if given:
            return InvalidParameter(self._scenario.name, given[1], rule)
        return InvalidScenario(self._scenario.source, place, rule)

    def _must_region(self, raw: RawValue, place: str) -> str:
        region = self._region(raw, place)
        if region is None:
            raise InvalidScenario(self._scenario.source, place, "needs a Region")
        return region

    def _bound(self, measure: str, raw: RawValue, place: str) -> float | None:
        kind = _MEASURED.get(measure, parse_count)
        return None if raw is None else self.binding.read(raw, kind, place)

    def _step(
        self, step_id: str, activity: Activity, instruction: Instruction, place: str
    ) -> PlannedStep:
        within_s = step_budget_s(instruction)
        if activity.within is not None:
            within_s = self.binding.read(activity.within, parse_duration, f"{place}.within")
        if isinstance(instruction, Pause):
            within_s = instruction.seconds
        return PlannedStep(
            id=step_id,
            activity=self.binding.text(activity.name),
            do=instruction,
            guards=guards_for(instruction),
            within_s=within_s,
            expected_s=estimate_s(instruction, self._lag_s),
        )

    def _marked(self, activity: Activity, place: str) -> Iterator[tuple[Instruction, Mark | None]]:
        """The activity's instructions with its pauses; the mark sits on the one that it means."""
        before = self.binding.read(activity.pause_before, parse_duration, f"{place}.pauses.before")
        after = self.binding.read(activity.pause_after, parse_duration, f"{place}.pauses.after")
        core = list(self._instructions(activity, place))
        at = len(core) - 1 if activity.marks == "alone" else 0
        if before:
            yield Pause(seconds=before), None
        for index, instruction in enumerate(core):
            yield instruction, activity.marks if index == at else None
        if after:
            yield Pause(seconds=after), None

    def _instructions(self, activity: Activity, place: str) -> Iterator[Instruction]:
        if activity.type == "probe":
            yield self._expect(activity, place)
            return
        place = f"{place}.arguments"
        match activity.func:
            case "dial":
                yield from self._dial(activity.arguments, place)
            case "dials":
                yield from self._all_dials(activity.arguments, place)
            case "switch":
                yield self._switch(activity, place)
            case "fault":
                yield InjectFault(fault=self._fault(activity.arguments, place))
            case "clear":
                yield ClearFault(fault=self._fault(activity.arguments, place))
            case _:
                yield self._drain(activity.arguments, place)

    def _expect(self, activity: Activity, place: str) -> ExpectMeasure:
        low = self._bound(activity.func, activity.tolerance[0], f"{place}.tolerance[0]")
        high = self._bound(activity.func, activity.tolerance[1], f"{place}.tolerance[1]")
        if low is not None and high is not None and low > high:
            rule = f"no value is both at least {low:g} and at most {high:g}"
            raise InvalidScenario(self._scenario.source, f"{place}.tolerance", rule)
        return ExpectMeasure(
            measure=cast("MeasureName", activity.func),
            region=self._region(activity.arguments.get("region"), f"{place}.arguments.region"),
            low=low,
            high=high,
        )

    def _dial(self, arguments: Mapping[str, RawValue], place: str) -> Iterator[Instruction]:
        region = self._must_region(arguments["region"], f"{place}.region")
        goal = self._goal(region, arguments["to"], f"{place}.to")
        yield from self._move({region: goal}, arguments, place)

    def _all_dials(self, arguments: Mapping[str, RawValue], place: str) -> Iterator[Instruction]:
        raw = arguments["to"]
        word = None if isinstance(raw, dict) else self.binding.fill(raw)
        if word == "declared":
            goals = self._declared
        elif word == "found":
            goals = self._found
        else:
            goals = self.binding.read(raw, parse_dials, f"{place}.to")
        for region in goals:
            if region not in self._declared:
                raise self._no_region(region, raw, f"{place}.to")
        yield from self._move(goals, arguments, place)

    def _goal(self, region: str, raw: RawValue, place: str) -> float:
        to = self.binding.fill(raw)
        if to == "declared":
            return self._declared[region]
        return self._found[region] if to == "found" else self.binding.read(to, _percent, place)

    def _move(
        self, goals: Mapping[str, float], arguments: Mapping[str, RawValue], place: str
    ) -> Iterator[Instruction]:
        step = self.binding.read(arguments.get("step", 100.0), parse_percent, f"{place}.step")
        if step < LEAST_STEP:
            rule = f"must be at least {format_dial(LEAST_STEP)}"
            raise InvalidScenario(self._scenario.source, f"{place}.step", rule)
        pause = self.binding.read(arguments.get("pause", 0.0), parse_duration, f"{place}.pause")
        for index, round_of_turns in enumerate(ramp_dials(self._dials, goals, step)):
            if index and pause:
                yield Pause(seconds=pause)
            for region, percent in round_of_turns:
                lowers = percent < self._dials[region] - DIAL_EPSILON
                self._dials[region] = percent
                yield SetDial(region=region, percent=percent, lowers=lowers)

    def _switch(self, activity: Activity, place: str) -> SetSwitch:
        arguments = activity.arguments
        status = self.binding.fill(arguments["status"])
        if status not in ("auto", "fail", "pass"):
            rule = f"{status!r} is not one of fail, pass, auto"
            raise InvalidScenario(self._scenario.source, f"{place}.status", rule)
        return SetSwitch(
            region=self._must_region(arguments["region"], f"{place}.region"),
            status=cast("SwitchStatus", status),
            for_s=self._lasting(arguments, place) or 0.0,
            why=f"drill {self._scenario.name}",
        )

    def _lasting(self, arguments: Mapping[str, RawValue], place: str) -> float | None:
        """Seconds until it ends by itself; None: never."""
        if "for" not in arguments:
            return None
        return self.binding.read(arguments["for"], parse_lifetime, f"{place}.for")

    def _fault(self, arguments: Mapping[str, RawValue], place: str) -> Fault:
        more = cast("dict[str, RawValue]", arguments.get("parameters", {}))
        parameters: dict[str, float | str] = {
            name: self.binding.read(raw, parse_count, f"{place}.parameters.{name}")
            for name, raw in more.items()
        }
        lasting_s = self._lasting(arguments, place)
        if lasting_s is not None:
            parameters["for_s"] = lasting_s
        kind = self.binding.fill(arguments["kind"])
        if kind not in get_args(FaultKind):
            rule = f"{kind!r} is not one of {', '.join(get_args(FaultKind))}"
            raise InvalidScenario(self._scenario.source, f"{place}.kind", rule)
        region = self._region(arguments.get("region"), f"{place}.region")
        if region is None and kind not in OF_NO_REGION:
            raise InvalidScenario(self._scenario.source, place, f"{kind} needs a region")
        return Fault(
            kind=cast("FaultKind", kind),
            region=None if kind in OF_NO_REGION else region,
            parameters=parameters,
        )

    def _drain(self, arguments: Mapping[str, RawValue], place: str) -> DrainWrites:
        least = self._wish.limits.drain_factor
        raw = arguments.get("factor", least)
        return DrainWrites(
            region=self._must_region(arguments["region"], f"{place}.region"),
            factor=max(least, self.binding.read(raw, parse_count, f"{place}.factor")),
        )


def _percent(raw: object) -> float:
    """Where a dial is to go, when it is no word."""
    try:
        return parse_percent(raw)
    except ValueError as exc:
        raise ValueError(f"{exc}, nor declared or found") from None
