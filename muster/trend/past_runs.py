"""What the history of drills tells about a run, from its journal and result.json alone.

The samples are not read, so that a long history is quick.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from muster.drill.journal.run_folders import RunFolder
from muster.drill.journal.run_state import RunState
from muster.drill.plan.model import TARGET_LABELS, format_target
from muster.errors import InvalidJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run, as far as it came."""

    run: str
    scenario: str
    subject: str | None
    """The Region that the drill was about."""
    regions: tuple[str, ...]
    """All Regions of the stack."""
    parameters: Mapping[str, str]
    """Values in words."""
    targets: Mapping[str, str]
    """Upper limits in words, by label."""
    started_at: float
    """Seconds since 1970."""
    status: str
    """The drill's own; `running` while a process is at work on it, else `unfinished`."""
    why: str
    exit_code: int | None
    rto_s: float | None
    rto_at_least: bool
    """The RTO is a lower bound."""
    rpo_s: float | None
    trusted: bool | None
    """Whether the numbers can be believed; None without a result."""
    reliable: bool = True
    """False: the status is `met` or `missed` by numbers that can't be trusted."""
    unchanged: bool = False
    """It ended before it changed anything: refused, or stopped before its method."""

    @property
    def practised(self) -> bool:
        """Whether all steps were taken."""
        return self.status in ("met", "missed")

    @property
    def verdict(self) -> str:
        """The status in words; by numbers that can't be trusted, nothing is met or missed."""
        return self.status if self.reliable else "not reliable"


@dataclass(frozen=True, slots=True)
class UnreadableRun:
    """A run whose journal is damaged."""

    run: str
    why: str


def read_past_run(folder: RunFolder) -> PastRun | UnreadableRun:
    """A damaged journal is told, and hides no other run."""
    try:
        state = folder.read_state()
    except InvalidJournal as exc:
        return UnreadableRun(folder.name, str(exc))
    at_work = folder.at_work
    over = state.closed is not None and not at_work  # a resumed run has been closed before
    result = (folder.read_result() or {}) if over else {}
    status, why = _describe_status(state, folder.path, at_work=at_work)
    plan, trusted = state.plan, result.get("trusted")
    return PastRun(
        run=folder.name,
        scenario=plan.scenario,
        subject=plan.subject,
        regions=plan.regions,
        parameters=plan.parameters,
        targets={
            label: format_target(name, value)
            for name, label in TARGET_LABELS.items()
            if (value := getattr(plan.targets, name)) is not None
        },
        started_at=state.opening.at,
        status=status,
        why=why,
        exit_code=state.closed.exit_code if state.closed and over else None,
        rto_s=_number(result, "rto_s"),
        rto_at_least=result.get("rto_at_least") is True,
        rpo_s=_number(result, "rpo_s"),
        trusted=trusted if isinstance(trusted, bool) else None,
        unchanged=over and state.ended_unbegun,
        reliable=state.closed.reliable if state.closed and over else True,
    )


def _describe_status(state: RunState, path: Path, *, at_work: bool) -> tuple[str, str]:
    if at_work:
        return "running", f"a process of this machine is at work on it: {state.phase}"
    if state.closed is not None:
        return state.closed.status, state.closed.why
    return "unfinished", f"muster drill resume {path.name}, or rollback"


def _number(result: Mapping[str, object], name: str) -> float | None:
    value = result.get(name)
    return float(value) if isinstance(value, int | float) else None
