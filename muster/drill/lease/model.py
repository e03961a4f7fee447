"""The lease's item, and what it means to a run."""

from dataclasses import dataclass
from typing import Literal

from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.formatting import format_duration, format_moment

LeaseState = Literal["ours", "free", "held", "unfinished", "gone", "unknown"]
"""`held`: another process has it. `unfinished`: its process is gone, or it expired. `gone`: it was
ours, and somebody removed it. `unknown`: it can't be read."""
LocalRunState = Literal["unknown", "at-work", "left", "over"]
"""A run on this machine: not here; a process works on it; no process does any more; finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The item. Its JSON is in the control table."""

    run: str
    scenario: str
    by: str
    host: str
    until: float
    """Seconds since 1970."""
    found: DrillBaseline
    touched: DrillChanges
    """Everything that the drill may change."""
    holder: str = ""
    """Unique id of the process that works on the run."""
    version: Literal[1] = 1

    def describe(self, now: float) -> str:
        """Who holds it, and until when."""
        left_s = self.until - now
        ends = f"expires in {format_duration(left_s)}" if left_s > 0 else "expired"
        return f"{self.run} by {self.by} on {self.host} ({ends})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseStatus:
    """What the lease means to a run."""

    state: LeaseState
    words: str = ""
    """The other holder, or why the state is unknown."""
    way_out: str = ""
    """What the operator can do about the other holder."""
    lease: Lease | None = None


def describe_way_out(lease: Lease, local: LocalRunState, now: float) -> str:
    """What an operator can do about another run's lease, and from when on."""
    match local:
        case "at-work":
            return "a process of this machine is at work on it: wait for its end, or stop it there"
        case "left":
            return (
                "no process is at work on it any more, so at once"
                f" `muster drill resume {lease.run}` goes on with it, or"
                f" `muster drill rollback {lease.run}` puts back what it found"
            )
        case "over":
            return "that run is over: `muster drill rollback --from-lease` removes its lease"
        case "unknown":
            until = format_moment(lease.until, now)
            when = f"from {until} on, if nobody renews it" if lease.until > now else "now"
            return (
                f"should its process be gone, `muster drill rollback {lease.run}` on {lease.host}"
                " puts back what it found; elsewhere `muster drill rollback --from-lease` does,"
                f" {when}"
            )
