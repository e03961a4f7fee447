"""The events of a journal: one frozen value for each decision, start and end.

`kind` is the tag of the JSON form. `run_state` folds the events into the state of a run.
"""

from dataclasses import dataclass, field
from typing import Literal, cast

from muster import codec
from muster.drill.guards.context import GuardVerdict
from muster.drill.observation.interference import SettingKind, describe_deviation
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import Instruction
from muster.drill.plan.model import DrillPlan
from muster.errors import InvalidDocument

PhaseName = Literal["preflight", "steady-state", "method", "targets", "rollback", "closing"]
StopCause = Literal[
    "signal",
    "operator",
    "stop-condition",
    "guard",
    "step",
    "hypothesis",
    "lease",
    "probes",
    "not-approved",
    "interference",
]
RunStatus = Literal["met", "missed", "refused", "stopped", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened:
    """The first event: everything that another process needs to continue the run."""

    run: str
    plan: DrillPlan
    target: str
    """In words: AWS or which twin, and the account."""
    account: str
    by: str
    host: str
    pid: int
    boot: str
    """The boot of the machine to which the monotonic times belong."""
    version: str
    """The tool's, with a digest of its code."""
    format: Literal[1] = 1
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """Another process continues the run."""

    by: str
    host: str
    pid: int
    boot: str
    rollback: bool
    """It was started to roll back, and not to finish the method."""
    forced: tuple[str, ...] = ()
    """Guards that it overrides, beside those of the plan."""
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecorded:
    """State before a change. The first event about a dial, a switch or a fault scope counts."""

    state: DrillBaseline
    """Of what the drill changes; a rollback restores it."""
    seen: DrillBaseline = field(default_factory=DrillBaseline)
    """Of everything that can be read; by it the drill notices what others change."""
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    phase: PhaseName
    kind: Literal["phase"] = "phase"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsEvaluated:
    """The guards' verdicts on a step; written when they change."""

    step: str
    verdicts: tuple[GuardVerdict, ...]
    kind: Literal["guards"] = "guards"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """Written before the step's change: from now on it may have happened."""

    step: str
    do: Instruction
    lags_s: dict[str, float] = field(default_factory=dict)
    """How late writes of the Region that the step degrades last came to each other one; seconds.
    Once it is empty, nothing shows it."""
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried:
    """An attempt failed with a transient error; the next one follows in `wait_s`."""

    step: str
    attempt: int
    why: str
    wait_s: float
    kind: Literal["retried"] = "retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    step: str
    took_s: float
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    step: str
    why: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswered:
    """A person has answered a step that waits for approval."""

    step: str
    approved: bool
    by: str
    host: str
    order: int
    """Number of the file in the run's folder that told it (`orders`)."""
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentMarked:
    """A person says what happened when, such as `on-call paged`."""

    words: str
    marked_at: float
    """When it happened, in seconds since 1970."""
    by: str
    host: str
    order: int
    """As in ApprovalAnswered."""
    kind: Literal["marked"] = "marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyStateDeviated:
    """A hypothesis did not hold after the method."""

    step: str
    why: str
    kind: Literal["deviated"] = "deviated"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterferenceSeen:
    """Somebody has changed what the drill did or relies on: its numbers are void from then on."""

    what: SettingKind
    where: str
    """A Region; of a fault its scope; empty for the outputs."""
    expected: str
    found: str
    who: str
    """Empty: not known."""
    good_before_s: float
    """How long before this event it was last seen as expected; seconds."""
    kind: Literal["interfered"] = "interfered"

    def describe(self) -> str:
        """`the dial of us-west-2 is 50 % and not 0 % any more, by ann on desk`."""
        return describe_deviation(self.what, self.where, self.expected, self.found, self.who)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStopped:
    """The drill ends before its method does."""

    cause: StopCause
    why: str
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackHeld:
    """The rollback waits until it can continue."""

    why: str
    kind: Literal["held"] = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackGaveUp:
    """The rollback ends although the baseline is not restored."""

    why: str
    kind: Literal["gave-up"] = "gave-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded:
    """A remark for the journal's reader."""

    words: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClosed:
    """The last event of a run that ended. After `incomplete` the run may be resumed."""

    status: RunStatus
    exit_code: int
    why: str
    reliable: bool = True
    """False: by its measurement a drill that went to its end neither met nor missed its targets."""
    unchanged: bool = False
    """It ended before it changed anything."""
    kind: Literal["closed"] = "closed"


JournalEvent = (
    RunOpened
    | RunResumed
    | BaselineRecorded
    | PhaseStarted
    | GuardsEvaluated
    | StepStarted
    | StepRetried
    | StepDone
    | StepFailed
    | ApprovalAnswered
    | MomentMarked
    | SteadyStateDeviated
    | InterferenceSeen
    | DrillStopped
    | RollbackHeld
    | RollbackGaveUp
    | NoteAdded
    | RunClosed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One event with its number and times."""

    n: int
    """From 1, without a gap."""
    at_s: float
    """Seconds on the machine's monotonic clock, as in the probes' samples."""
    at: float
    """The same moment in seconds since 1970."""
    event: JournalEvent


def encode_line(line: JournalLine) -> dict[str, object]:
    """A line as a flat JSON object."""
    event: dict[str, object] = codec.plain(line.event)
    head = {"n": line.n, "at_s": round(line.at_s, 6), "at": round(line.at, 3)}
    return head | {"kind": line.event.kind} | event


def decode_line(raw: object) -> JournalLine:
    """Raises InvalidDocument."""
    if not isinstance(raw, dict):
        raise InvalidDocument(f"{raw!r} is not an object")
    head = {name: raw.get(name) for name in ("n", "at_s", "at")}
    times = (head["at_s"], head["at"])
    if type(head["n"]) is not int or not all(type(time) in (int, float) for time in times):
        raise InvalidDocument("n, at_s and at must be numbers")
    rest = {name: value for name, value in raw.items() if name not in head}
    event: JournalEvent = codec.decode_union(JournalEvent, rest)
    at_s, at = (float(cast("float", time)) for time in times)
    return JournalLine(n=head["n"], at_s=at_s, at=at, event=event)
