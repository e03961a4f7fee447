"""What a drill's lease says of the drill: which one it is, how far, by whom, and how to watch it.

The lease is an item of the stack's control table. The operator's tool holds it (it has the rules:
muster/drill/run/lease.py). The twin, `make` and the wrapped Pulumi only read it, before they change
what a drill measures. So a reader takes what it understands, and leaves the rest.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

ITEM_ID = "drill#lease"
"""Value of the key `item_id`."""
WATCH_COMMAND = "muster drill watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillProgress:
    """How far a drill is. The item's attribute `progress`, as JSON."""

    started_at: float = 0.0
    """Seconds since 1970; 0: unknown."""
    phase: str = ""
    step: str = ""
    """Id of the last step that was begun; empty before the first."""
    does: str = ""
    """The step in words."""
    folder: str = ""
    """The run's folder on the holder's machine."""
    pid: int = 0
    """Process that is at work on the run; 0: unknown."""

    def describe(self) -> str:
        """`step m2: hold`; the phase before the first step; empty if nothing is known."""
        if self.step:
            return f"step {self.step}: {self.does}" if self.does else f"step {self.step}"
        return f"phase {self.phase}" if self.phase else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedDrill:
    """A drill, as its lease names it."""

    run: str
    until: float
    """The lease's end, in seconds since 1970."""
    scenario: str = ""
    by: str = ""
    host: str = ""
    progress: DrillProgress = DrillProgress()

    def describe(self) -> str:
        """Which drill, how far, by whom, since when."""
        told = [f"scenario {self.scenario}" if self.scenario else "", self.progress.describe()]
        what = ", ".join(filter(None, told))
        words = [f"drill {self.run}", f"({what})" if what else ""]
        words += [f"by {self.by}" if self.by else "", f"on {self.host}" if self.host else ""]
        return " ".join(filter(None, words)) + describe_since(self.progress.started_at)


def describe_since(started_at: float) -> str:
    """` since 17:03:20`, in local time; empty for 0, which is unknown."""
    return time.strftime(" since %H:%M:%S", time.localtime(started_at)) if started_at else ""


def describe_drill_under_way(drill: LeasedDrill) -> str:
    """The drill, and how to watch it."""
    return f"{drill.describe()} is under way (watch it: `{WATCH_COMMAND}`)"


def parse_lease_item(item: Mapping[str, Any]) -> LeasedDrill | None:
    """The drill of an item in DynamoDB's JSON; None for an item that is no lease."""
    run, until = _attribute(item, "run", "S"), _attribute(item, "until", "N")
    if not run or not _is_number(until):
        return None
    lease = _parse_object(_attribute(item, "lease", "S"))
    return LeasedDrill(
        run=run,
        until=float(until),
        scenario=_text(lease.get("scenario")),
        by=_text(lease.get("by")) or _attribute(item, "by", "S"),
        host=_text(lease.get("host")),
        progress=parse_progress(_attribute(item, "progress", "S")),
    )


def parse_progress(text: str) -> DrillProgress:
    """Members that are missing, unknown or of another type count for nothing."""
    found = _parse_object(text)
    known = {
        field.name: found[field.name]
        for field in fields(DrillProgress)
        if isinstance(found.get(field.name), type(field.default))
    }
    return DrillProgress(**known)


def _attribute(item: Mapping[str, Any], name: str, kind: str) -> str:
    value = item.get(name)
    return _text(value.get(kind)) if isinstance(value, dict) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _parse_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
