"""What a plan consists of: frozen instructions, each a verb with its objects.

Decides which instructions there are and how each reads in words. Knows nothing of how one is done.
Their JSON form (`kind` says which) is what plan.json and the journal hold.
"""

from dataclasses import dataclass
from typing import Literal, assert_never, get_args

from muster import durations
from muster.drill.values import say_percent
from muster.levers import Fault, fault_words
from muster.model import SwitchStatus

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
_LENGTHS: tuple[MeasureName, ...] = ("p99-latency", "replication-lag")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDial:
    """Turn a Region's traffic dial."""

    region: str
    percent: float
    lowers: bool = False
    """Whether it takes traffic away from the Region, as the plan expects."""
    kind: Literal["dial"] = "dial"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSwitch:
    """Set a Region's health switch."""

    region: str
    status: SwitchStatus
    for_s: float = 0.0
    """After how long it ends by itself; 0: never. Not used with `until_epoch_s`."""
    until_epoch_s: float = 0.0
    """The very end, of a switch that is put back as it was found; 0: by `for_s`."""
    by: str = ""
    """Who set it, of a switch that is put back; empty: whoever runs the drill."""
    why: str = ""
    kind: Literal["switch"] = "switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """Break something on purpose."""

    fault: Fault
    again: bool = False
    """Whether it is a fault that was found, ended by the drill, and is put back."""
    until_epoch_s: float = 0.0
    """The very end that such a one had; 0: none, or not known."""
    by: str = ""
    """Who had injected it; empty: not known."""
    kind: Literal["inject"] = "inject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Put right what a fault broke."""

    fault: Fault
    kind: Literal["clear"] = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Wait, and watch."""

    seconds: float
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """Wait until an emptied Region's last writes have reached the others."""

    region: str
    factor: float = 10.0
    """How many times the recent replication lag is waited."""
    kind: Literal["drain"] = "drain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """Wait until a measure is in its range."""

    measure: MeasureName
    region: str | None = None
    low: float | None = None
    high: float | None = None
    kind: Literal["expect"] = "expect"


Instruction = SetDial | SetSwitch | Inject | Clear | Hold | Drain | Expect
Effect = SetDial | SetSwitch | Inject | Clear
"""The instructions that change something outside."""


def region_of(instruction: Instruction) -> str | None:
    """The Region that it is about."""
    match instruction:
        case Inject() | Clear():
            return instruction.fault.region
        case Hold():
            return None
        case _:
            return instruction.region


def words(instruction: Instruction) -> str:
    """One line for a person."""
    match instruction:
        case SetDial(region=region, percent=percent):
            return f"dial of {region} to {say_percent(percent)}"
        case SetSwitch():
            return _switch_words(instruction)
        case Inject() | Clear():
            again = isinstance(instruction, Inject) and instruction.again
            found = " again, as it was found" if again else ""
            return f"{instruction.kind} {fault_words(instruction.fault)}{found}"
        case Hold(seconds=seconds):
            return f"hold for {durations.words(seconds)}"
        case Drain(region=region, factor=factor):
            return f"wait {factor:g} times the recent replication lag of {region}"
        case Expect():
            return f"expect {range_words(instruction)}"
        case _:
            assert_never(instruction)


def value_words(measure: MeasureName, value: float | None) -> str:
    """A measure's value with its unit; `unknown` without one."""
    if value is None:
        return "unknown"
    if measure in ("error-rate", "share"):
        return f"{100 * value:.4g} %"
    if measure in _LENGTHS:
        return durations.figure(value)
    return say_percent(value) if measure == "dial" else f"{value:.4g}"


def range_words(expect: Expect) -> str:
    """`share of us-west-2 at most 0.1 %`."""
    what = f"{expect.measure} of {expect.region}" if expect.region else expect.measure
    low, high = (value_words(expect.measure, bound) for bound in (expect.low, expect.high))
    if expect.low is not None and expect.low == expect.high:
        return f"{what} = {low}"
    if expect.low and expect.high is not None:
        return f"{what} from {low} to {high}"
    if expect.high is not None:
        return f"{what} at most {high}"
    return f"{what} at least {low}" if expect.low is not None else f"{what} known"


def _switch_words(switch: SetSwitch) -> str:
    ends = f" for {durations.words(switch.for_s)}" if switch.for_s else ""
    return f"health switch of {switch.region} to {switch.status}{ends}"
