"""Run files: which process has a role, and whether it is running, frozen or dead.

A run file records pid, start time and boot id of the process that was started for a role; a pid
alone may have been reused by another program. A daemon leads a session of its own, so its session
holds the Lambda workers that it started, and may outlive it. What a function starts may leave the
session; its environment still names the Region's code. This module starts and ends nothing.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from common.files.regular_file import read_regular_file
from twin import codec
from twin.errors import CodecError
from twin.runtime import process_info
from twin.runtime.instance import Instance
from twin.runtime.process_info import ProcessInfo
from twin.runtime.roles import (
    CORE_ROLES,
    PACKAGE,
    ProcessState,
    all_roles,
    region_of,
    run_file_path,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """Content of a run file."""

    role: str
    pid: int
    start_ticks: int
    boot_id: str


def process_state(instance: Instance, role: str) -> ProcessState:
    """State of the role's process; cheap enough for every request of the gateway."""
    if (process := find_process(instance, role)) is not None:
        return ProcessState.FROZEN if process.is_stopped else ProcessState.RUNNING
    region = region_of(role)
    was_started = run_file_path(instance, role).exists() or (
        region is not None and instance.region_state(region).exists()
    )
    return ProcessState.DEAD if was_started else ProcessState.ABSENT


def find_process(instance: Instance, role: str) -> ProcessInfo | None:
    """The role's process, running or frozen; None when it is dead or was never started."""
    run_file = _read_run_file(instance, role)
    return None if run_file is None else find_recorded_process(run_file)


def find_recorded_process(run_file: RunFile) -> ProcessInfo | None:
    """The process that a run file names, while it lives. Reaps it if it ended as our child."""
    if run_file.boot_id != process_info.read_boot_id():
        return None
    process = process_info.read_process(run_file.pid)
    if process is None or process.start_ticks != run_file.start_ticks:
        return None
    if process.has_ended:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
        return None
    return process


def session_processes(instance: Instance, role: str) -> tuple[ProcessInfo, ...]:
    """The role's process and everything it started, oldest first; without it, what is left."""
    run_file = _read_run_file(instance, role)
    session = () if run_file is None else processes_of_session(run_file)
    region = region_of(role)
    if region is None:
        return session
    return _with_descendants((*session, *function_processes(instance, region)))


def _with_descendants(processes: tuple[ProcessInfo, ...]) -> tuple[ProcessInfo, ...]:
    """These, then the children of any of them, and theirs, but not the present process."""
    others = tuple(_other_processes())
    found = {process.pid: process for process in processes}
    while more := [p for p in others if p.parent in found and p.pid not in found]:
        found |= {process.pid: process for process in more}
    return tuple(found.values())


def function_processes(instance: Instance, region: str) -> tuple[ProcessInfo, ...]:
    """Living processes of the Region's functions, in whatever session; not the present one."""
    code = f"{instance.region_state(region)}{os.sep}"
    return tuple(
        process
        for process in _other_processes()
        if process_info.process_environment(process.pid)
        .get("LAMBDA_TASK_ROOT", "")
        .startswith(code)
    )


def _other_processes() -> Iterator[ProcessInfo]:
    """All living ones but the present one."""
    for process in process_info.list_processes():
        if not process.has_ended and process.pid != os.getpid():
            yield process


def processes_of_session(run_file: RunFile) -> tuple[ProcessInfo, ...]:
    """Living processes of the session whose leader the run file names, oldest first."""
    if run_file.boot_id != process_info.read_boot_id():
        return ()
    leader = process_info.read_process(run_file.pid)
    if leader is not None and leader.start_ticks != run_file.start_ticks:
        return ()  # Linux reuses a pid only when its session has no process left
    return session_members(run_file.pid)


def session_members(leader: int) -> tuple[ProcessInfo, ...]:
    """Living processes of the session that process id `leader` leads, oldest first."""
    members = (
        process
        for process in process_info.list_processes()
        if leader in (process.session, process.pid) and not process.has_ended
    )
    return tuple(sorted(members, key=lambda process: (process.start_ticks, process.pid != leader)))


def find_stray_daemons(instance: Instance, package: str = PACKAGE) -> tuple[ProcessInfo, ...]:
    """Daemons of this home without a run file: somebody deleted the folder while they ran.

    The record of the instance's number is gone with the folder, so a stray may have any number.
    """
    recorded = {p.pid for role in all_roles(instance) if (p := find_process(instance, role))}
    return tuple(
        process
        for process in process_info.list_processes()
        if process.pid not in recorded
        and not process.has_ended
        and _is_daemon_of(instance, process.pid, package)
    )


def _is_daemon_of(instance: Instance, pid: int, package: str) -> bool:
    """Check for `python -m PACKAGE.ROLE` with TWIN_HOME set to this home."""
    programs = {f"{package}.{name}" for name in (*CORE_ROLES, "region")}
    command = process_info.command_line(pid)
    if command[1:2] != ("-m",) or programs.isdisjoint(command[2:3]):
        return False
    return process_info.process_environment(pid).get("TWIN_HOME") == str(instance.home)


def _read_run_file(instance: Instance, role: str) -> RunFile | None:
    try:
        return codec.loads(RunFile, read_regular_file(run_file_path(instance, role)))
    except (OSError, CodecError):
        return None  # a file cut short by a power failure names a process that is gone as well
