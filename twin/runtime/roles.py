"""Which process plays which role of a twin, found by run files and /proc.

A role is a string: `gateway`, `control`, `edge`, `region/eu-central-1`. Its run file says which
process it is: pid, start time and boot, since a pid alone may have been given to another program.
Nothing is started or ended here.
"""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from twin import codec
from twin.errors import CodecError, UsageError
from twin.runtime.instance import Instance
from twin.runtime.process_info import (
    ProcessInfo,
    command_line,
    list_processes,
    process_environment,
    read_boot_id,
    read_process,
)

GATEWAY, CONTROL, EDGE = "gateway", "control", "edge"
CORE_ROLES = (GATEWAY, CONTROL, EDGE)
REGION_PREFIX = "region/"
PACKAGE = "twin"
"""Where the programs of the roles are; tests have stand-ins elsewhere."""


class ProcessState(StrEnum):
    """What is known of a role's process."""

    ABSENT = "absent"
    """Never started."""
    RUNNING = "running"
    FROZEN = "frozen"
    """Held by SIGSTOP."""
    DEAD = "dead"
    """Was started and is gone, by any cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """Which process a role is."""

    role: str
    pid: int
    start_ticks: int
    boot_id: str


# -- names


def region_role(region: str) -> str:
    """The role of a Region's process."""
    return REGION_PREFIX + region


def region_of(role: str) -> str | None:
    """The Region of a Region's role; None for the others."""
    return role.removeprefix(REGION_PREFIX) if role.startswith(REGION_PREFIX) else None


def role_file_name(role: str) -> str:
    """The role in the name of a file."""
    return role.replace("/", "-")


def internal_address(instance: Instance, role: str) -> tuple[str, int]:
    """Where the role answers. Raises RegionUnknown, UsageError."""
    if (region := region_of(role)) is not None:
        return instance.region_address(region)
    if role not in CORE_ROLES:
        raise UsageError(f"no process '{role}'; there are {', '.join(CORE_ROLES)}, region/NAME")
    return {
        GATEWAY: instance.gateway_address,
        CONTROL: instance.control_address,
        EDGE: instance.edge_address,
    }[role]


def python_arguments(role: str, package: str = PACKAGE) -> tuple[str, ...]:
    """What Python is given to run the role."""
    region = region_of(role)
    return ("-m", f"{package}.{role}") if region is None else ("-m", f"{package}.region", region)


def run_file_path(instance: Instance, role: str) -> Path:
    """The role's run file."""
    return instance.run_dir / f"{role_file_name(role)}.json"


def log_path(instance: Instance, role: str) -> Path:
    """The role's log."""
    return instance.logs_dir / f"{role_file_name(role)}.log"


def started_regions(instance: Instance) -> tuple[str, ...]:
    """The Regions that have been started at least once, by name."""
    prefix = role_file_name(REGION_PREFIX)
    with_state = {path.name for path in (instance.state_dir / "regions").glob("*")}
    with_run_file = {p.stem.removeprefix(prefix) for p in instance.run_dir.glob(f"{prefix}*.json")}
    return tuple(sorted(with_state | with_run_file))


def all_roles(instance: Instance) -> tuple[str, ...]:
    """Every role that this twin has: the three of each twin, and its started Regions."""
    return (*CORE_ROLES, *map(region_role, started_regions(instance)))


# -- the processes


def state(instance: Instance, role: str) -> ProcessState:
    """What the role's process is doing; cheap enough to ask for each request."""
    if (found := find_process(instance, role)) is not None:
        return ProcessState.FROZEN if found.stopped else ProcessState.RUNNING
    region = region_of(role)
    known = run_file_path(instance, role).exists() or (
        region is not None and instance.region_state(region).exists()
    )
    return ProcessState.DEAD if known else ProcessState.ABSENT


def find_process(instance: Instance, role: str) -> ProcessInfo | None:
    """The role's living process."""
    recorded = _recorded(instance, role)
    return None if recorded is None else find_recorded_process(recorded)


def session_processes(instance: Instance, role: str) -> tuple[ProcessInfo, ...]:
    """The role's process and all that it started, oldest first; the rest may outlive the first."""
    recorded = _recorded(instance, role)
    return () if recorded is None else processes_of_session(recorded)


def processes_of_session(recorded: RunFile) -> tuple[ProcessInfo, ...]:
    """The same, of the process that a run file names."""
    if recorded.boot_id != read_boot_id():
        return ()
    leader = read_process(recorded.pid)
    if leader is not None and leader.start_ticks != recorded.start_ticks:
        return ()  # a number is given anew only when nobody is left in its session
    return session_members(recorded.pid)


def session_members(leader: int) -> tuple[ProcessInfo, ...]:
    """The living processes of a session, oldest first."""
    found = (p for p in list_processes() if leader in (p.session, p.pid) and not p.ended)
    return tuple(sorted(found, key=lambda p: (p.start_ticks, p.pid != leader)))


def find_stray_daemons(instance: Instance, package: str = PACKAGE) -> tuple[ProcessInfo, ...]:
    """Daemons of this home that no run file names: its folder was deleted under them.

    Its record of the instance is gone then as well, so they may be of any number.
    """
    named = {
        p.pid for role in all_roles(instance) if (p := find_process(instance, role)) is not None
    }
    unnamed = (p for p in list_processes() if p.pid not in named and not p.ended)
    return tuple(p for p in unnamed if _is_daemon_of(instance, p.pid, package))


def _is_daemon_of(instance: Instance, pid: int, package: str) -> bool:
    command = command_line(pid)
    if command[1:2] != ("-m",) or not _names_a_role(command[2:3], package):
        return False
    return process_environment(pid).get("TWIN_HOME") == str(instance.home)


def _names_a_role(module: Iterable[str], package: str) -> bool:
    programs = {f"{package}.{name}" for name in (*CORE_ROLES, "region")}
    return any(name in programs for name in module)


def _recorded(instance: Instance, role: str) -> RunFile | None:
    try:
        return codec.loads(RunFile, run_file_path(instance, role).read_bytes())
    except (FileNotFoundError, CodecError):
        return None  # a file cut short by a power failure names a process that is gone as well


def find_recorded_process(recorded: RunFile) -> ProcessInfo | None:
    """The process that a run file names, if it still is that process."""
    if recorded.boot_id != read_boot_id():
        return None
    found = read_process(recorded.pid)
    if found is None or found.start_ticks != recorded.start_ticks:
        return None
    if found.ended:
        _reap(found.pid)
        return None
    return found


def _reap(pid: int) -> None:
    """Take leave of an ended process if it was a child of this one."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
