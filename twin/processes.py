"""Starting, stopping and looking at the twin's processes.

A role is a string: `gateway`, `control`, `edge`, `region/eu-central-1`. Each has a run file that
says which process it is (pid, start time, boot: a pid alone may have been given to another program
since), a log, and a lock that lets one caller at a time start it. A daemon leads a session of its
own; what it starts (Lambda workers) is in that session and shares its fate.

What the roles do is not known here, only that they answer at their inner address once they work.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import twin
from twin import codec, procfs
from twin.clock import SystemClock
from twin.errors import CodecError, NotRunning, StartFailed, UsageError
from twin.instance import Instance

GATEWAY, CONTROL, EDGE = "gateway", "control", "edge"
CORE_ROLES = (GATEWAY, CONTROL, EDGE)
REGION_PREFIX = "region/"

READY_WITHIN_S = 60.0
"""How long a process may take to answer; a busy machine needs several seconds for control."""
STOP_WITHIN_S = 5.0
"""After this SIGTERM becomes SIGKILL."""
LOG_LIMIT_BYTES = 5_000_000
_LOG_END_LINES = 12
_POLL_S = 0.02
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TWIN_LEASH")
_CHECKOUT = Path(twin.__file__).resolve().parents[1]


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


def region_role(region: str) -> str:
    """The role of a Region's process."""
    return REGION_PREFIX + region


def region_of(role: str) -> str | None:
    """The Region of a Region's role; None for the others."""
    return role.removeprefix(REGION_PREFIX) if role.startswith(REGION_PREFIX) else None


def inner_address(instance: Instance, role: str) -> tuple[str, int]:
    """Where the role answers. Raises RegionUnknown, UsageError."""
    if (region := region_of(role)) is not None:
        return instance.region(region)
    if role not in CORE_ROLES:
        raise UsageError(f"no process '{role}'; there are {', '.join(CORE_ROLES)}, region/NAME")
    return {GATEWAY: instance.gateway, CONTROL: instance.control, EDGE: instance.edge}[role]


def log_path(instance: Instance, role: str) -> Path:
    """The role's log."""
    return instance.logs / f"{_file_name(role)}.log"


def started_regions(instance: Instance) -> tuple[str, ...]:
    """The Regions that have been started at least once, by name."""
    with_state = _names(instance.state / "regions", "*")
    with_run_file = _names(instance.run, f"{_file_name(REGION_PREFIX)}*.json")
    by_file = {
        name.removeprefix(_file_name(REGION_PREFIX)).removesuffix(".json") for name in with_run_file
    }
    return tuple(sorted(with_state | by_file))


def _names(folder: Path, pattern: str) -> set[str]:
    return {path.name for path in folder.glob(pattern)}


def _file_name(role: str) -> str:
    return role.replace("/", "-")


def _run_path(instance: Instance, role: str) -> Path:
    return instance.run / f"{_file_name(role)}.json"


# -- looking


def state(instance: Instance, role: str) -> ProcessState:
    """What the role's process is doing; cheap enough to ask for each request."""
    if (found := find(instance, role)) is not None:
        return ProcessState.FROZEN if found.stopped else ProcessState.RUNNING
    region = region_of(role)
    known = _run_path(instance, role).exists() or (
        region is not None and instance.region_state(region).exists()
    )
    return ProcessState.DEAD if known else ProcessState.ABSENT


def find(instance: Instance, role: str) -> procfs.Stat | None:
    """The role's living process."""
    recorded = _recorded(instance, role)
    return None if recorded is None else _living(recorded)


def session(instance: Instance, role: str) -> tuple[procfs.Stat, ...]:
    """The role's process and everything that it started, alive; the rest may outlive the first."""
    recorded = _recorded(instance, role)
    return () if recorded is None else _session(recorded)


def _session(recorded: RunFile) -> tuple[procfs.Stat, ...]:
    if recorded.boot_id != procfs.boot_id():
        return ()
    leader = procfs.stat(recorded.pid)
    if leader is not None and leader.start_ticks != recorded.start_ticks:
        return ()  # a number is given anew only when nobody is left in its session
    members = (p for p in procfs.every() if p.session == recorded.pid and not p.ended)
    return tuple(sorted(members, key=lambda p: p.start_ticks))


def _recorded(instance: Instance, role: str) -> RunFile | None:
    try:
        return codec.loads(RunFile, _run_path(instance, role).read_bytes())
    except (FileNotFoundError, CodecError):
        return None  # a file cut short by a power failure names a process that is gone as well


def _living(recorded: RunFile) -> procfs.Stat | None:
    if recorded.boot_id != procfs.boot_id():
        return None
    found = procfs.stat(recorded.pid)
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


def strays(instance: Instance) -> tuple[procfs.Stat, ...]:
    """Daemons of this twin that no run file names: the folder was deleted under them."""
    named = {p.pid for role in roles(instance) if (p := find(instance, role)) is not None}
    return tuple(
        process
        for process in procfs.every()
        if process.pid not in named and not process.ended and _is_daemon_of(instance, process.pid)
    )


def _is_daemon_of(instance: Instance, pid: int) -> bool:
    command = procfs.command(pid)
    if len(command) < 3 or command[1] != "-m" or not command[2].startswith("twin."):
        return False
    if command[2].removeprefix("twin.") not in (*CORE_ROLES, "region"):
        return False
    environment = procfs.environment(pid)
    return environment.get("TWIN_HOME") == str(instance.home) and environment.get(
        "TWIN_INSTANCE"
    ) == str(instance.number)


def roles(instance: Instance) -> tuple[str, ...]:
    """Every role that this twin has: the three of each twin, and its started Regions."""
    return (*CORE_ROLES, *map(region_role, started_regions(instance)))


def answers(instance: Instance, role: str, timeout_s: float = 1.0) -> bool:
    """Whether the role's process answers HTTP at its inner address."""
    path = "/_twin/whoami" if role == GATEWAY else "/_twin/status"
    address = inner_address(instance, role)
    request = f"GET {path} HTTP/1.0\r\nHost: {address[0]}:{address[1]}\r\n\r\n"
    try:
        with socket.create_connection(address, timeout=timeout_s) as connection:
            connection.sendall(request.encode())
            status_line = connection.recv(16).split()
    except OSError:
        return False
    return len(status_line) > 1 and status_line[1] == b"200"


# -- starting


def start(
    instance: Instance,
    role: str,
    *,
    environ: Mapping[str, str],
    clock: SystemClock,
    listen_fd: int | None = None,
    ready_within_s: float = READY_WITHIN_S,
) -> int:
    """Start the role's process unless it runs; its pid once it answers. Thaws a frozen one.

    It shares nothing with the caller: its own session, no descriptor but its log and `listen_fd`.
    Blocks up to `ready_within_s`. Raises StartFailed with the end of its log.
    """
    inner_address(instance, role)
    for folder in (instance.run, instance.logs):
        folder.mkdir(parents=True, exist_ok=True)
    with _only_starter(instance, role):
        found = find(instance, role)
        if found is not None and found.stopped:
            thaw(instance, role)
        if found is not None:
            return found.pid
        before = state(instance, role)
        _clear_the_place(instance, role)
        process = _launch(instance, role, environ, listen_fd)
        try:
            _until_ready(instance, role, process, clock, ready_within_s)
        except StartFailed:
            _signal_all(_session(process), signal.SIGKILL)
            if before is ProcessState.ABSENT:
                _run_path(instance, role).unlink(missing_ok=True)
            raise
        return process.pid


@contextlib.contextmanager
def _only_starter(instance: Instance, role: str) -> Iterator[None]:
    """Wait until no other process starts this role."""
    with (instance.run / f"{_file_name(role)}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear_the_place(instance: Instance, role: str) -> None:
    """End what a dead process of this role left behind, and strays that hold its address."""
    _signal_all(session(instance, role), signal.SIGKILL)
    arguments = _arguments(role)
    for stray in strays(instance):
        if procfs.command(stray.pid)[1:] == arguments:
            _signal_all(_members(stray.pid), signal.SIGKILL)


def _members(leader: int) -> tuple[procfs.Stat, ...]:
    return tuple(p for p in procfs.every() if leader in (p.session, p.pid))


def _arguments(role: str) -> tuple[str, ...]:
    region = region_of(role)
    return ("-m", f"twin.{role}") if region is None else ("-m", "twin.region", region)


def _launch(
    instance: Instance, role: str, environ: Mapping[str, str], listen_fd: int | None
) -> RunFile:
    environment = daemon_environment(instance, environ)
    if listen_fd is not None:
        environment["TWIN_LISTEN_FD"] = str(listen_fd)
    with _opened_log(log_path(instance, role)) as log:
        process = subprocess.Popen(
            [sys.executable, *_arguments(role)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_CHECKOUT,
            env=environment,
            pass_fds=() if listen_fd is None else (listen_fd,),
            start_new_session=True,
        )
    # The daemon outlives its starter: nobody waits for it, so it must not count as forgotten.
    process.returncode = 0
    started = procfs.stat(process.pid)
    recorded = RunFile(
        role=role,
        pid=process.pid,
        start_ticks=0 if started is None else started.start_ticks,
        boot_id=procfs.boot_id(),
    )
    _write(_run_path(instance, role), codec.dumps(recorded))
    return recorded


def daemon_environment(instance: Instance, environ: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a daemon: little of the caller's, so that it works from anywhere."""
    passed_on = {
        name: value
        for name, value in environ.items()
        if name in _PASSED_ON or name.startswith("PYTHON")
    }
    return passed_on | {"TWIN_HOME": str(instance.home), "TWIN_INSTANCE": str(instance.number)}


@contextlib.contextmanager
def _opened_log(path: Path) -> Iterator[int]:
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    with path.open("ab") as log:
        yield log.fileno()


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


def _until_ready(
    instance: Instance, role: str, process: RunFile, clock: SystemClock, within_s: float
) -> None:
    deadline = clock.monotonic() + within_s
    while not answers(instance, role):
        if _living(process) is None:
            raise StartFailed(f"{role} ended while starting; {log_end(instance, role)}")
        if clock.monotonic() > deadline:
            raise StartFailed(
                f"{role} does not answer {within_s:.0f} s after its start; "
                f"{log_end(instance, role)}"
            )
        clock.wait(_POLL_S)
    if _living(process) is None:  # somebody else answered in its place
        raise StartFailed(f"{role} ended while starting; {log_end(instance, role)}")


def log_end(instance: Instance, role: str) -> str:
    """Where the role's log is, and its last lines, as an error shows them."""
    path = log_path(instance, role)
    try:
        lines = path.read_text(errors="replace").splitlines()[-_LOG_END_LINES:]
    except FileNotFoundError:
        lines = []
    return "\n  ".join([f"end of {path}:", *(lines or ["(empty)"])])


# -- ending, freezing


def stop(
    instance: Instance, role: str, *, clock: SystemClock, within_s: float = STOP_WITHIN_S
) -> bool:
    """Ask the process to end, and end it by force after `within_s`; whether it was there.

    Nothing of its session is left.
    """
    found = find(instance, role)
    if found is not None:
        _signal_all((found,), signal.SIGTERM)
        _signal_all(session(instance, role), signal.SIGCONT)  # the frozen must wake up to hear it
        _until_gone(instance, role, clock, within_s)
    kill(instance, role, clock=clock)
    return found is not None


def kill(instance: Instance, role: str, *, clock: SystemClock) -> bool:
    """End the process and what it started with SIGKILL; whether it was there."""
    found = find(instance, role)
    _signal_all(session(instance, role), signal.SIGKILL)
    _until_gone(instance, role, clock, STOP_WITHIN_S)
    return found is not None


def freeze(instance: Instance, role: str) -> None:
    """Hold the process and what it started with SIGSTOP. Raises NotRunning."""
    _must_live(instance, role)
    _signal_all(session(instance, role), signal.SIGSTOP)


def thaw(instance: Instance, role: str) -> None:
    """Let a frozen process go on. Raises NotRunning."""
    _must_live(instance, role)
    _signal_all(reversed_session(instance, role), signal.SIGCONT)


def reversed_session(instance: Instance, role: str) -> tuple[procfs.Stat, ...]:
    """Youngest first: a worker is awake before its master looks at it."""
    return tuple(reversed(session(instance, role)))


def end_strays(instance: Instance) -> int:
    """End the daemons of this twin that no run file names; how many there were."""
    found = strays(instance)
    for stray in found:
        _signal_all(_members(stray.pid), signal.SIGKILL)
    return len(found)


def _must_live(instance: Instance, role: str) -> None:
    if find(instance, role) is None:
        raise NotRunning(f"{role} is not running (it is {state(instance, role)})")


def _until_gone(instance: Instance, role: str, clock: SystemClock, within_s: float) -> None:
    deadline = clock.monotonic() + within_s
    while find(instance, role) is not None and clock.monotonic() < deadline:
        clock.wait(_POLL_S)


def _signal_all(processes: tuple[procfs.Stat, ...], number: signal.Signals) -> None:
    for process in processes:
        _signal(process, number)


def _signal(process: procfs.Stat, number: signal.Signals) -> None:
    """Signal exactly this process: the descriptor keeps its number from being given to another."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        now = procfs.stat(process.pid)
        if now is not None and now.start_ticks == process.start_ticks:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)
