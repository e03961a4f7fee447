"""Notices that somebody has changed what a drill did, or what it relies on.

What is expected is one fold over the journal: the baseline of everything that could be read, then
the effect of each step that is done. A step that was begun is expected to leave nothing in
particular until it is done; so a step under way, or one that failed, is never judged. A fault or a
switch with an end of its own is expected until that end.

`InterferenceWatch` compares views of the system with it. A value that could not be read proves
nothing. Views may be late, so a deviation counts when the views in a row show it that begin after
the expectation, until one that began CONFIRM_AFTER_S after the end of the first.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from muster.drill.guards.region_health import active_faults_at
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.dial_ramp import DIAL_EPSILON
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.formatting import format_dial
from muster.levers import Fault, describe_fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting, SystemView

SettingKind = Literal["fault", "dial", "switch", "weight", "inversion", "outputs", "function"]
EXPIRY_TOLERANCE_S = 2.0
"""A fault or switch may end so much before its end: the clocks of two machines differ."""
CONFIRM_AFTER_S = 1.0
"""AWS's APIs may answer with an older state for a moment after a change."""
SINCE_TOLERANCE_S = 0.1
"""A fault of the drill's own begins before its step is done; a clock may be set back by so much."""
NO_FAULT = "no fault"


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that drills and people change."""

    kind: SettingKind
    where: str = ""
    """A Region; of a fault its scope (see muster.levers.fault_scope); of the outputs empty."""


OUTPUTS = Setting("outputs")
"""Whether the stack's outputs are those of the newest deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a setting is, if nobody interferes."""

    value: float | str | Fault | None
    """The dial, the status of the switch, the weight, the inversion (0 or 1), the drill's own
    fault, the version of the function; None: no fault, or outputs that are not outdated."""
    since_s: float
    """Monotonic seconds; an earlier view says nothing about it."""
    until: float | None = None
    """Seconds since 1970 at which it ends on its own; None: not known, or never."""
    done_at: float | None = None
    """Seconds since 1970 at which the drill's step was done; a fault that began later is another
    one. None: no step of the drill did it."""


Expected = Mapping[Setting, Expectation]


def expect_baseline(seen: DrillBaseline, at_s: float) -> Expected:
    """Everything stays as it was seen."""
    return {
        setting: Expectation(value=value, since_s=at_s, until=until)
        for setting, value, until in _baseline_values(seen)
    }


def _baseline_values(
    seen: DrillBaseline,
) -> Iterator[tuple[Setting, float | str | None, float | None]]:
    for region, percent in seen.dials.items():
        yield Setting("dial", region), percent, None
    for region, switch in seen.switches.items():
        yield Setting("switch", region), switch.status, switch.until_epoch_s or None
    for region, weight in seen.weights.items():
        yield Setting("weight", region), weight, None
    for region, inverted in seen.inversions.items():
        yield Setting("inversion", region), inverted, None
    for scope, faults in seen.faults.items():
        if not faults:  # others may end a fault that is not the drill's
            yield Setting("fault", scope), None, None


def changed_setting(do: Instruction) -> Setting | None:
    """The setting that an instruction changes."""
    match do:
        case SetDial(region=region):
            return Setting("dial", region)
        case SetSwitch(region=region):
            return Setting("switch", region)
        case SetWeight(region=region):
            return Setting("weight", region)
        case SetInverted(region=region):
            return Setting("inversion", region)
        case InjectFault(fault=fault) | ClearFault(fault=fault):
            return Setting("fault", scope_of_fault(fault))
        case _:
            return None


def is_changed_by(changes: DrillChanges, setting: Setting) -> bool:
    """Whether the setting is among what a drill changes."""
    changed: Mapping[SettingKind, Collection[str]] = {
        "dial": changes.dials,
        "switch": changes.switches,
        "weight": changes.weights,
        "inversion": changes.inversions,
        "fault": changes.scopes,
    }
    return setting.where in changed.get(setting.kind, ())


def forget_changed(expected: Expected, do: Instruction) -> Expected:
    """Without what a step is about to change."""
    changed = changed_setting(do)
    return {setting: one for setting, one in expected.items() if setting != changed}


def expect_effect(
    expected: Expected, do: Instruction, *, at_s: float, begun_at: float, done_at: float
) -> Expected:
    """With the effect of a step that is done.

    `begun_at` and `done_at`: its beginning and its end, seconds since 1970; `at_s` its end on the
    monotonic clock.
    """
    changed = changed_setting(do)
    if changed is None:
        return expected
    effect = Expectation(
        value=_effect_of(do), since_s=at_s, until=_end_of(do, begun_at), done_at=done_at
    )
    return {**expected, changed: effect}


def _effect_of(do: Instruction) -> float | str | Fault | None:
    match do:
        case SetDial(percent=percent):
            return percent
        case SetSwitch(status=status):
            return status
        case SetWeight(weight=weight):
            return weight
        case SetInverted(inverted=inverted):
            return inverted
        case InjectFault(fault=fault):
            return fault
        case _:
            return None


def _end_of(do: Instruction, begun_at: float) -> float | None:
    """The earliest end: a fault or a switch may have taken effect as soon as its step began."""
    match do:
        case SetSwitch(until_epoch_s=until, for_s=for_s) if until or for_s:
            return until or begun_at + for_s
        case InjectFault(until_epoch_s=until, fault=fault) if until or "for_s" in fault.parameters:
            return until or begun_at + float(fault.parameters["for_s"])
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedView:
    """A view, and when it was made: each of its values was read between its begin and its end."""

    view: SystemView
    began_s: float
    ended_s: float
    """Monotonic seconds, as `began_s`."""
    now: float
    """Its end in seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A setting that is not as expected."""

    setting: Setting
    expected: str
    found: str
    who: str = ""
    """Who changed it, as far as the setting itself says; empty: not known."""
    last_good_s: float
    """When it was last known to be as expected; monotonic seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The present value of a setting."""

    as_expected: bool
    found: str
    who: str = ""
    until: float | None = None
    """Its end by itself, if it has one."""


@dataclass(slots=True)
class InterferenceWatch:
    """Compares views with what is expected, one after the other."""

    _last_began_s: float = -1.0
    _good: dict[Setting, tuple[Expectation, float]] = field(default_factory=dict)
    """What was as expected, and the begin of the last view that showed it."""
    _ends: dict[Setting, tuple[Expectation, float]] = field(default_factory=dict)
    """The ends that views have shown."""
    _suspected: dict[Setting, tuple[Expectation, float]] = field(default_factory=dict)
    """What is not as expected, and the end of the first view that showed it."""

    @property
    def suspected(self) -> Collection[Setting]:
        """What was not as expected in the last view; the next one may confirm it."""
        return self._suspected.keys()

    def look(self, expected: Expected, seen: TimedView) -> tuple[Deviation, ...]:
        """The deviations that this view confirms; each view confirms them again."""
        if seen.began_s < self._last_began_s:
            return ()  # a later view has ended before this one
        self._last_began_s = seen.began_s
        before, self._suspected = self._suspected, {}
        confirmed = []
        for setting, one in expected.items():
            reading = _read(setting, one, seen.view) if one.since_s <= seen.began_s else None
            if reading is None or self._is_as_expected(setting, one, reading, seen):
                continue
            suspicion = before.get(setting, (one, seen.ended_s))
            if suspicion[0] != one:
                suspicion = (one, seen.ended_s)
            self._suspected[setting] = suspicion
            if seen.began_s >= suspicion[1] + CONFIRM_AFTER_S:
                confirmed.append(self._deviation(setting, one, reading))
        return tuple(confirmed)

    def _is_as_expected(
        self, setting: Setting, one: Expectation, reading: _Reading, seen: TimedView
    ) -> bool:
        if not reading.as_expected:
            return self._has_ended(setting, one, seen.now)
        self._good[setting] = (one, seen.began_s)
        if reading.until is not None:
            self._ends[setting] = (one, reading.until)
        return True

    def _has_ended(self, setting: Setting, one: Expectation, now: float) -> bool:
        """Whether it may have ended on its own. On AWS only a view shows when a pause will."""
        seen_one, seen_end = self._ends.get(setting, (one, None))
        ends = (one.until, seen_end if seen_one == one else None)
        return any(end is not None and now >= end - EXPIRY_TOLERANCE_S for end in ends)

    def _deviation(self, setting: Setting, one: Expectation, reading: _Reading) -> Deviation:
        good = self._good.get(setting)
        return Deviation(
            setting=setting,
            expected=_format_expected(setting, one),
            found=reading.found,
            who=reading.who,
            last_good_s=good[1] if good and good[0] == one else one.since_s,
        )


_SUBJECTS: Mapping[SettingKind, str] = {
    "dial": "the dial of {}",
    "switch": "the health switch of {}",
    "weight": "the weight of {}",
    "inversion": "the inversion of {}'s health check",
}


def describe_deviation(kind: SettingKind, where: str, expected: str, found: str, who: str) -> str:
    """`the dial of us-west-2 is 50 % and not 0 % any more, by ann on desk`."""
    what = f"{expected}, which this drill had injected, has become {found}"
    if kind == "outputs":
        what = f"the deployment has changed: {found}"
    elif kind == "function":
        version = f"version {found} of the function in {where}, in place of {expected}"
        what = f"the deployment has changed: {version}"
    elif kind in _SUBJECTS:
        what = f"{_SUBJECTS[kind].format(where)} is {found} and not {expected} any more"
    elif expected == NO_FAULT:
        what = f"{found} is active, which is not this drill's"
    elif found == NO_FAULT:
        what = f"{expected}, which this drill had injected, was ended"
    return f"{what}, by {who}" if who else f"{what}, it is not known by whom"


def _format_expected(setting: Setting, one: Expectation) -> str:
    match setting.kind, one.value:
        case _, Fault() as fault:
            return describe_fault(fault)
        case "fault", _:
            return NO_FAULT
        case "dial", float() | int() as percent:
            return format_dial(percent)
        case "inversion", inverted:
            return _on_or_off(inverted)
        case "outputs", _:
            return "as the outputs say"
        case _, value:
            return str(value)


def _on_or_off(inverted: object) -> str:
    return "on" if inverted else "off"


def _read(setting: Setting, one: Expectation, view: SystemView) -> _Reading | None:
    """The setting now; None: could not be read."""
    region, record = view.regions.get(setting.where), (view.dns or {}).get(setting.where)
    match setting.kind:
        case "dial":
            found = None if region is None else _read_dial(region.dial, one)
        case "switch":
            found = None if region is None else _read_switch(region.switch, one)
        case "weight":
            found = _read_value(record and record.weight, one.value, str)
        case "inversion":
            found = _read_value(record and record.inverted, one.value, _on_or_off)
        case "function":
            found = _read_value(region and region.function_version, one.value, str)
        case "fault":
            found = _read_faults(active_faults_at(view, setting.where), one)
        case "outputs":
            found = _read_outputs(view)
        case _:
            assert_never(setting.kind)
    return found


def _read_value(found: object, expected: object, words: Callable[[object], str]) -> _Reading | None:
    """Compares a value and what is expected by their words; None: it could not be read."""
    if found is None:
        return None
    return _Reading(as_expected=words(found) == words(expected), found=words(found))


def _read_dial(dial: float | None, one: Expectation) -> _Reading | None:
    if dial is None or not isinstance(one.value, float | int):
        return None
    return _Reading(as_expected=abs(dial - one.value) <= DIAL_EPSILON, found=format_dial(dial))


def _read_switch(switch: SwitchSetting | None, one: Expectation) -> _Reading | None:
    if switch is None:
        return None
    who = f"{switch.by} ({switch.why})" if switch.by and switch.why else switch.by
    return _Reading(as_expected=switch.status == one.value, found=switch.status, who=who)


def _read_faults(active: tuple[ActiveFault, ...] | None, one: Expectation) -> _Reading | None:
    if active is None:
        return None
    who = ", ".join(fault.by for fault in active if fault.by)
    if not isinstance(one.value, Fault):
        words = ", ".join(describe_fault(fault) for fault in active) or NO_FAULT
        return _Reading(as_expected=not active, found=words, who=who)
    alike = [fault for fault in active if _is_same(fault, one.value)]
    own = next((fault for fault in alike if not _is_later(fault, one)), None)
    words = ", ".join(
        f"{'another ' if fault in alike and fault != own else ''}{describe_fault(fault)}"
        for fault in active
    )
    until = own.until_epoch_s if own is not None else None
    return _Reading(as_expected=own is not None, found=words or NO_FAULT, who=who, until=until)


def _is_later(active: ActiveFault, one: Expectation) -> bool:
    """Whether it began after the drill's own fault: somebody has put it in that one's place."""
    since, done_at = active.since_epoch_s, one.done_at
    return since is not None and done_at is not None and since > done_at + SINCE_TOLERANCE_S


def _is_same(active: ActiveFault, own: Fault) -> bool:
    """Of the same kind; of the parameters that both have, the integer parts are compared."""
    known = active.parameters.keys() & own.parameters.keys()
    return active.kind == own.kind and all(
        abs(float(active.parameters[name]) - float(own.parameters[name])) < 1 for name in known
    )


def _read_outputs(view: SystemView) -> _Reading | None:
    if view.twin_gone:
        return _Reading(as_expected=False, found="the twin is gone, nothing listens there")
    if all(seen.dial is None for seen in view.regions.values()):
        return None  # the accelerator did not answer
    return _Reading(as_expected=not view.outdated, found="; ".join(view.outdated))
