"""The stored faults of a twin: `faults.json` in its state.

The `twin` command writes it, and the gateway when it ends the fault of a process. Processes follow
it with twin.faults.watch; twin.core.faults decides what a fault means.

Also the active faults as `twin status --json` and GET /_twin/faults show them. Programs read these
dataclasses: fields are only ever added.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common.files.atomic_file import write_atomically
from common.files.file_lock import FileLock
from common.files.regular_file import FileTooLarge, read_regular_file
from twin import codec
from twin.core.faults import Fault, FaultKind, Faults
from twin.errors import CodecError
from twin.runtime.damaged_state import set_file_aside
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState

log = logging.getLogger(__name__)


def read_faults(instance: Instance) -> Faults:
    """All stored faults, also those that are over; none where the file is damaged."""
    path = instance.faults_path
    try:
        return _load_faults(path)
    except FileNotFoundError:
        return Faults()
    except (CodecError, FileTooLarge) as exc:
        log.error("%s is damaged, so no fault is active any more: %s", path, exc)
        return Faults()


def update_faults(instance: Instance, change: Callable[[Faults], Faults]) -> Faults:
    """Store and return `change(faults)`, under a lock between processes.

    A damaged file is kept beside the new one.
    """
    path = instance.faults_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock.acquire(path.with_suffix(".lock")):
        is_damaged = not _is_readable(path)
        before = read_faults(instance)
        after = change(before)
        if is_damaged:
            log.error("the damaged faults are kept in %s", set_file_aside(path))
        if is_damaged or after != before:
            write_atomically(path, codec.dumps(after))
    return after


def _is_readable(path: Path) -> bool:
    try:
        _load_faults(path)
    except (CodecError, FileTooLarge):
        return False
    except FileNotFoundError:
        return True
    return True


def _load_faults(path: Path) -> Faults:
    """Raises CodecError, OSError."""
    return codec.loads(Faults, read_regular_file(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReport:
    """An active fault."""

    name: str
    """`region-kill`, `region-freeze`, `control-stop`, `replication-pause`, `network-cut`, ..."""
    role: str
    region: str
    """Empty for a fault of no Region."""
    since_s: float
    """Seconds since 1970."""
    until_s: float | None
    """Its end; None: a command ends it."""
    left_s: float | None
    """Seconds until its end; below 0 when it is overdue."""
    delay_ms: float = 0.0
    """Delay each way, of a slow network."""
    by: str = ""
    """Who has injected it, by which command; empty: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedFaultReport:
    """A fault that a command has ended."""

    name: str
    role: str
    region: str
    at_s: float
    """Seconds since 1970."""
    by: str
    """Who, by which command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultList:
    """Answer of GET /_twin/faults."""

    faults: tuple[FaultReport, ...] = ()
    ended: tuple[EndedFaultReport, ...] = ()
    """The last one of each process and scope that a command has ended."""


_STATE_OF_FAULT = {
    FaultKind.KILL: ProcessState.DEAD,
    FaultKind.STOP: ProcessState.DEAD,
    FaultKind.FREEZE: ProcessState.FROZEN,
}


def list_active_faults(
    stored: Faults, now: float, state_of: Callable[[str], ProcessState]
) -> tuple[FaultReport, ...]:
    """Stored faults that are active `now` (seconds since 1970).

    The fault of a process is over once the process has another state; `state_of` maps a role to
    its process's state.
    """

    def is_broken(fault: Fault) -> bool:
        return state_of(fault.role) is _STATE_OF_FAULT[fault.kind]

    return tuple(_fault_report(fault, now) for fault in stored.visible(now, is_broken))


def _fault_report(fault: Fault, now: float) -> FaultReport:
    left_s = fault.remaining_s(now)
    return FaultReport(
        name=fault.name,
        role=fault.role,
        region=fault.region,
        since_s=fault.since_s,
        until_s=fault.until_s,
        left_s=None if left_s is None else round(left_s, 1),
        delay_ms=fault.delay_ms,
        by=fault.by,
    )


def list_ended_faults(stored: Faults) -> tuple[EndedFaultReport, ...]:
    """What commands have ended, and who."""
    return tuple(
        EndedFaultReport(
            name=one.fault.name,
            role=one.fault.role,
            region=one.fault.region,
            at_s=one.at_s,
            by=one.by,
        )
        for one in stored.ended
    )
