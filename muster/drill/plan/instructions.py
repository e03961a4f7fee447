"""Instructions: the frozen verbs of a plan, and how each reads in words.

Actions change the system; the others wait and watch. The JSON form (`kind` is its tag) is in
plan.json and in the journal.
"""

from dataclasses import dataclass
from typing import Literal, assert_never, get_args

from muster.formatting import format_dial, format_duration, format_precise_duration
from muster.levers import Fault, describe_fault
from muster.measure.doors import DOOR_NAMES
from muster.model import FrontDoor, SwitchStatus

MeasureName = Literal[
    "error-rate",
    "p99-latency",
    "share",
    "healthy",
    "dial",
    "replication-lag",
    "healthy-regions",
    "lost-writes",
    "alarms",
]
MEASURES: tuple[MeasureName, ...] = get_args(MeasureName)
DOORED_MEASURES: tuple[MeasureName, ...] = ("error-rate", "share", "healthy")
"""Measures of one door, which may be named."""
_DURATIONS: tuple[MeasureName, ...] = ("p99-latency", "replication-lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDial:
    """Turn a Region's traffic dial."""

    region: str
    percent: float
    lowers: bool = False
    """The planner expects that this takes traffic away from the Region."""
    kind: Literal["dial"] = "dial"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSwitch:
    """Set a Region's health switch."""

    region: str
    status: SwitchStatus
    for_s: float = 0.0
    """The switch expires after this; 0: never. Not used with `until_epoch_s`."""
    until_epoch_s: float = 0.0
    """End of a switch that a rollback puts back; 0: see `for_s`."""
    by: str = ""
    """Who had set the switch that a rollback puts back; empty: the operator of the drill."""
    why: str = ""
    kind: Literal["switch"] = "switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWeight:
    """Set the weight of a Region's record in Route 53."""

    region: str
    weight: int
    lowers: bool = False
    """The planner expects that this takes traffic away from the Region."""
    kind: Literal["dns-weight"] = "dns-weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInverted:
    """Invert a Region's health check in Route 53, or end that."""

    region: str
    inverted: bool
    kind: Literal["dns-invert"] = "dns-invert"


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectFault:
    """Break something on purpose."""

    fault: Fault
    again: bool = False
    """The fault is part of the baseline: the drill ended it, and the rollback puts it back."""
    until_epoch_s: float = 0.0
    """The end that such a fault had; 0: none, or unknown."""
    by: str = ""
    """Who had injected such a fault; empty: unknown."""
    kind: Literal["inject"] = "inject"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearFault:
    """End a fault."""

    fault: Fault
    kind: Literal["clear"] = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Wait, and watch."""

    seconds: float
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitApproval:
    """Wait until somebody approves that the drill goes on."""

    words: str
    """What is to be approved."""
    kind: Literal["approval"] = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainWrites:
    """Wait until an emptied Region's last writes have reached the others."""

    region: str
    factor: float = 10.0
    """Waits for this multiple of the recent replication lag."""
    clients_s: float = 0.0
    """Waits at least so long after the move, for clients of the DNS door: the TTL, and the longest
    cache of clients that move."""
    kind: Literal["drain"] = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectMeasure:
    """Wait until a measure is in its range."""

    measure: MeasureName
    region: str | None = None
    low: float | None = None
    high: float | None = None
    door: FrontDoor | None = None
    """Of a measure by door; None: the plan's."""
    kind: Literal["expect"] = "expect"


DrillAction = SetDial | SetSwitch | SetWeight | SetInverted | InjectFault | ClearFault
"""The instructions that change the system."""
Instruction = DrillAction | Pause | AwaitApproval | DrainWrites | ExpectMeasure


def instruction_region(instruction: Instruction) -> str | None:
    """The Region that it is about."""
    match instruction:
        case InjectFault() | ClearFault():
            return instruction.fault.region
        case Pause() | AwaitApproval():
            return None
        case _:
            return instruction.region


def describe_instruction(instruction: Instruction) -> str:
    """One line for a person."""
    match instruction:
        case SetDial() | SetSwitch() | SetWeight() | SetInverted():
            return _describe_setting(instruction)
        case InjectFault() | ClearFault():
            again = isinstance(instruction, InjectFault) and instruction.again
            as_found = " again, as before the drill" if again else ""
            return f"{instruction.kind} {describe_fault(instruction.fault)}{as_found}"
        case Pause(seconds=seconds):
            return f"hold for {format_duration(seconds)}"
        case AwaitApproval(words=words):
            return f"wait for approval: {words}"
        case DrainWrites(region=region, factor=factor, clients_s=clients_s):
            least = f", {format_duration(clients_s)} at least" if clients_s else ""
            return f"wait {factor:g} times the recent replication lag of {region}{least}"
        case ExpectMeasure():
            return f"expect {format_range(instruction)}"
        case _:
            assert_never(instruction)


def _describe_setting(do: SetDial | SetSwitch | SetWeight | SetInverted) -> str:
    match do:
        case SetDial(region=region, percent=percent):
            return f"dial of {region} to {format_dial(percent)}"
        case SetSwitch(region=region, status=status, for_s=for_s):
            ends = f" for {format_duration(for_s)}" if for_s else ""
            return f"health switch of {region} to {status}{ends}"
        case SetWeight(region=region, weight=weight):
            return f"weight of {region} to {weight}"
        case SetInverted(region=region, inverted=inverted):
            return f"inversion of {region}'s health check {'on' if inverted else 'off'}"
        case _:
            assert_never(do)


def format_measure(measure: MeasureName, value: float | None) -> str:
    """A measure's value with its unit; `unknown` for None."""
    if value is None:
        return "unknown"
    if measure in ("error-rate", "share"):
        return f"{100 * value:.4g} %"
    if measure in _DURATIONS:
        return format_precise_duration(value)
    return format_dial(value) if measure == "dial" else f"{value:.4g}"


def format_range(expect: ExpectMeasure) -> str:
    """`share of us-west-2 at most 0.1 %`."""
    what = f"{expect.measure} of {expect.region}" if expect.region else expect.measure
    what += f" through {DOOR_NAMES[expect.door]}" if expect.door else ""
    low, high = (format_measure(expect.measure, bound) for bound in (expect.low, expect.high))
    if expect.low is not None and expect.low == expect.high:
        return f"{what} = {low}"
    if expect.low and expect.high is not None:
        return f"{what} from {low} to {high}"
    if expect.high is not None:
        return f"{what} at most {high}"
    return f"{what} at least {low}" if expect.low is not None else f"{what} known"
