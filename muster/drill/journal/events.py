"""What a journal holds: one frozen entry for each thing that was decided, begun or done.

Decides the entries and their JSON form. Knows nothing of files; what they mean together is `state`.
"""

from dataclasses import dataclass, field
from typing import Literal, cast

from muster import codec
from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import Instruction
from muster.drill.plan.model import DrillPlan
from muster.errors import InvalidDocument
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting

PhaseName = Literal["preflight", "steady-state", "method", "targets", "rollback", "closing"]
StopCause = Literal[
    "signal", "operator", "stop-condition", "guard", "step", "hypothesis", "lease", "probes"
]
RunStatus = Literal["met", "missed", "refused", "stopped", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillBaseline:
    """How the system was before the drill changed anything."""

    dials: dict[str, float] = field(default_factory=dict)
    switches: dict[str, SwitchSetting] = field(default_factory=dict)
    faults: dict[str, tuple[ActiveFault, ...]] = field(default_factory=dict)
    """Side of the system (see muster.levers.side) -> what stood there, mostly nothing."""

    @property
    def standing(self) -> tuple[ActiveFault, ...]:
        """All the faults that stood."""
        return tuple(fault for faults in self.faults.values() for fault in faults)

    def joined(self, later: "DrillBaseline") -> "DrillBaseline":
        """This one, with what only the later reading could tell."""
        return DrillBaseline(
            dials=later.dials | self.dials,
            switches=later.switches | self.switches,
            faults=later.faults | self.faults,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillChanges:
    """What a drill has changed, or may have changed."""

    dials: tuple[str, ...] = ()
    """Regions."""
    switches: tuple[str, ...] = ()
    """Regions."""
    faults: tuple[Fault, ...] = ()
    """Faults that may still be there."""
    cleared: tuple[Fault, ...] = ()
    """What may have been ended, by whomever it was injected."""

    @property
    def sides(self) -> tuple[str, ...]:
        """Sides of the system that a fault was to break, or to break no longer."""
        return tuple(dict.fromkeys(scope_of_fault(one) for one in (*self.faults, *self.cleared)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened:
    """The first entry: everything that is needed to go on from the journal alone."""

    run: str
    plan: DrillPlan
    target: str
    """In words: AWS or which twin, and the account."""
    account: str
    by: str
    host: str
    pid: int
    boot: str
    """Which boot of the machine the monotonic times belong to."""
    version: str
    """Of the tool."""
    format: Literal[1] = 1
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """Another process went on."""

    by: str
    host: str
    pid: int
    boot: str
    rollback: bool
    """Whether it was to roll back rather than to finish."""
    forced: tuple[str, ...] = ()
    """Guards that it overrides, beside those that the plan does."""
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecorded:
    """How something was before it was changed. The first entry about a thing counts."""

    state: DrillBaseline
    kind: Literal["found"] = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """A phase began."""

    phase: PhaseName
    kind: Literal["phase"] = "phase"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsEvaluated:
    """What the guards said of a step. Written when it changes."""

    step: str
    verdicts: tuple[GuardVerdict, ...]
    kind: Literal["guards"] = "guards"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step is about to be taken: from now on it may have been."""

    step: str
    do: Instruction
    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRetried:
    """A step failed in a way that may pass, and will be tried again."""

    step: str
    attempt: int
    why: str
    wait_s: float
    kind: Literal["retried"] = "retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step was taken."""

    step: str
    took_s: float
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """A step could not be taken."""

    step: str
    why: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyStateDeviated:
    """The steady state was not there after the method."""

    step: str
    why: str
    kind: Literal["deviated"] = "deviated"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStopped:
    """The drill ends before its method does."""

    cause: StopCause
    why: str
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackHeld:
    """A rollback waits."""

    why: str
    kind: Literal["held"] = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackGaveUp:
    """A rollback does not wait any longer; something is not as it was found."""

    why: str
    kind: Literal["gave-up"] = "gave-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded:
    """Something that whoever reads the journal should know."""

    words: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClosed:
    """The last entry of a run that came to an end. After `incomplete` it may be taken up again."""

    status: RunStatus
    exit_code: int
    why: str
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
    | SteadyStateDeviated
    | DrillStopped
    | RollbackHeld
    | RollbackGaveUp
    | NoteAdded
    | RunClosed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One entry with its number and times."""

    n: int
    """From 1, without a gap."""
    at_s: float
    """Seconds on the machine's monotonic clock: one axis with the probes' samples."""
    at: float
    """The same moment in seconds since 1970."""
    entry: JournalEvent


def encode_line(line: JournalLine) -> dict[str, object]:
    """A line as a flat JSON object."""
    raw: dict[str, object] = codec.plain(line.entry)
    head = {"n": line.n, "at_s": round(line.at_s, 6), "at": round(line.at, 3)}
    return head | {"kind": line.entry.kind} | raw


def decode_line(raw: object) -> JournalLine:
    """Read it back. Raises CodecError."""
    if not isinstance(raw, dict):
        raise InvalidDocument(f"{raw!r} is not an object")
    head = {name: raw.get(name) for name in ("n", "at_s", "at")}
    times = (head["at_s"], head["at"])
    if type(head["n"]) is not int or not all(type(time) in (int, float) for time in times):
        raise InvalidDocument("n, at_s and at must be numbers")
    rest = {name: value for name, value in raw.items() if name not in head}
    entry: JournalEvent = codec.decode_union(JournalEvent, rest)
    at_s, at = (float(cast("float", time)) for time in times)
    return JournalLine(n=head["n"], at_s=at_s, at=at, entry=entry)
