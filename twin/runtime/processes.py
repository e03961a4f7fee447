"""Starting, stopping, killing and freezing the twin's processes.

A daemon leads a session of its own; what it starts (Lambda workers) is in that session and shares
its fate. A lock for each role lets one caller at a time start it. What the roles do is not known
here, only that they answer at their inner address once they work. Everything here blocks: in an
event loop, call it through `asyncio.to_thread`.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

import twin
from common.clock import SystemClock
from twin import codec
from twin.errors import NotRunning, StartFailed
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import (
    ProcessInfo,
    command_line,
    is_alive,
    read_boot_id,
    read_process,
)
from twin.runtime.roles import ProcessState, region_role, state

__all__ = [
    "ProcessState",
    "end_stray_daemons",
    "freeze_process",
    "is_answering",
    "kill_process",
    "region_role",
    "require_running",
    "start_process",
    "state",
    "stop_process",
    "thaw_process",
]

READY_WITHIN_S = 60.0
"""How long a process may take to answer; a busy machine needs several seconds for control."""
STOP_WITHIN_S = 5.0
"""After this SIGTERM becomes SIGKILL."""
LOG_LIMIT_BYTES = 5_000_000
_HELD_WITHIN_S = 1.0
_LOG_END_LINES = 12
_POLL_S = 0.02
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TWIN_LEASH")
_NOT_PASSED_ON = ("PYTHONDONTWRITEBYTECODE",)  # daemons start twice as fast from compiled modules
_CHECKOUT = Path(twin.__file__).resolve().parents[1]


def is_answering(instance: Instance, role: str, timeout_s: float = 1.0) -> bool:
    """Whether the role's process answers HTTP at its inner address."""
    path = "/_twin/whoami" if role == roles.GATEWAY else "/_twin/status"
    address = roles.internal_address(instance, role)
    request = f"GET {path} HTTP/1.0\r\nHost: {address[0]}:{address[1]}\r\n\r\n"
    try:
        with socket.create_connection(address, timeout=timeout_s) as connection:
            connection.sendall(request.encode())
            status_line = connection.recv(16).split()
    except OSError:
        return False
    return len(status_line) > 1 and status_line[1] == b"200"


# -- starting


def start_process(  # noqa: PLR0913 - the last three have defaults that fit everybody but tests and `up`
    instance: Instance,
    role: str,
    *,
    environ: Mapping[str, str],
    clock: SystemClock,
    listen_fd: int | None = None,
    ready_within_s: float = READY_WITHIN_S,
    package: str = roles.PACKAGE,
) -> int:
    """Start the role's process unless it runs; its pid once it answers. Thaws a frozen one.

    It shares nothing with the caller: its own session, no descriptor but its log and `listen_fd`.
    Raises StartFailed with the end of its log when it ends, or is not ready in time (seconds).
    """
    roles.internal_address(instance, role)
    for folder in (instance.run_dir, instance.logs_dir):
        folder.mkdir(parents=True, exist_ok=True)
    with _only_starter(instance, role):
        if (found := roles.find_process(instance, role)) is not None:
            _signal_all(reversed(roles.session_processes(instance, role)), signal.SIGCONT)
            return found.pid
        before = state(instance, role)
        _clear_the_place(instance, role, package, clock)
        process = _launch(instance, role, environ, listen_fd, package)
        try:
            _until_ready(instance, process, clock, ready_within_s)
        except StartFailed:
            _kill_all(roles.processes_of_session(process), clock)
            if before is ProcessState.ABSENT:
                roles.run_file_path(instance, role).unlink(missing_ok=True)
            raise
        return process.pid


@contextlib.contextmanager
def _only_starter(instance: Instance, role: str) -> Iterator[None]:
    """Wait until no other process starts this role."""
    with (instance.run_dir / f"{roles.role_file_name(role)}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear_the_place(instance: Instance, role: str, package: str, clock: SystemClock) -> None:
    """End what a dead process of this role left behind, and strays that hold its address."""
    _kill_all(roles.session_processes(instance, role), clock)
    arguments = roles.python_arguments(role, package)
    for stray in roles.find_stray_daemons(instance, package):
        if command_line(stray.pid)[1:] == arguments:
            _kill_all(roles.session_members(stray.pid), clock)


def _launch(
    instance: Instance,
    role: str,
    environ: Mapping[str, str],
    listen_fd: int | None,
    package: str,
) -> roles.RunFile:
    environment = daemon_environment(instance, environ)
    if listen_fd is not None:
        environment["TWIN_LISTEN_FD"] = str(listen_fd)
    with _opened_log(roles.log_path(instance, role)) as log:
        process = subprocess.Popen(
            [sys.executable, *roles.python_arguments(role, package)],
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
    started = read_process(process.pid)
    recorded = roles.RunFile(
        role=role,
        pid=process.pid,
        start_ticks=0 if started is None else started.start_ticks,
        boot_id=read_boot_id(),
    )
    _write(roles.run_file_path(instance, role), codec.dumps(recorded))
    return recorded


def daemon_environment(instance: Instance, environ: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a daemon: little of the caller's, so that it works from anywhere."""
    passed_on = {
        name: value
        for name, value in environ.items()
        if name in _PASSED_ON or (name.startswith("PYTHON") and name not in _NOT_PASSED_ON)
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
    instance: Instance, process: roles.RunFile, clock: SystemClock, within_s: float
) -> None:
    deadline = clock.monotonic() + within_s
    while not is_answering(instance, process.role):
        if roles.find_recorded_process(process) is None:
            break
        if clock.monotonic() > deadline:
            raise StartFailed(
                f"{process.role} does not answer {within_s:.0f} s after its start; "
                f"{read_log_end(instance, process.role)}"
            )
        clock.wait(_POLL_S)
    if roles.find_recorded_process(process) is None:  # whoever answered, it was another one
        raise StartFailed(
            f"{process.role} ended while starting; {read_log_end(instance, process.role)}"
        )


def read_log_end(instance: Instance, role: str) -> str:
    """Where the role's log is, and its last lines, as an error shows them."""
    path = roles.log_path(instance, role)
    try:
        lines = path.read_text(errors="replace").splitlines()[-_LOG_END_LINES:]
    except FileNotFoundError:
        lines = []
    return "\n  ".join([f"end of {path}:", *(lines or ["(empty)"])])


# -- ending, freezing


def stop_process(
    instance: Instance, role: str, *, clock: SystemClock, within_s: float = STOP_WITHIN_S
) -> bool:
    """Ask the process to end, and end it by force after `within_s` seconds; whether it was there.

    Nothing of its session is left.
    """
    found = roles.find_process(instance, role)
    if found is not None:
        _signal_all((found,), signal.SIGTERM)
        _signal_all(
            roles.session_processes(instance, role), signal.SIGCONT
        )  # the frozen must wake to hear
        _until(lambda: roles.find_process(instance, role) is None, clock, within_s)
    kill_process(instance, role, clock=clock)
    return found is not None


def kill_process(instance: Instance, role: str, *, clock: SystemClock) -> bool:
    """End the process and what it started with SIGKILL; whether it was there."""
    found = roles.find_process(instance, role)
    _kill_all(roles.session_processes(instance, role), clock)
    _kill_all(
        roles.session_processes(instance, role), clock
    )  # a worker born while the first were looked up
    return found is not None


def freeze_process(instance: Instance, role: str) -> None:
    """Hold the process and what it started with SIGSTOP. Raises NotRunning."""
    require_running(instance, role)
    _signal_all(roles.session_processes(instance, role), signal.SIGSTOP)
    # The kernel stops it a moment later; until then it would still count as running.
    _until(lambda: state(instance, role) is not ProcessState.RUNNING, SystemClock(), _HELD_WITHIN_S)


def thaw_process(instance: Instance, role: str) -> None:
    """Let a frozen process go on. Raises NotRunning."""
    require_running(instance, role)
    # Youngest first: a worker is awake before its master looks at it.
    _signal_all(reversed(roles.session_processes(instance, role)), signal.SIGCONT)


def end_stray_daemons(
    instance: Instance, *, clock: SystemClock, package: str = roles.PACKAGE
) -> int:
    """End the daemons of this twin that no run file names; how many there were."""
    found = roles.find_stray_daemons(instance, package)
    for stray in found:
        _kill_all(roles.session_members(stray.pid), clock)
    return len(found)


def require_running(instance: Instance, role: str) -> None:
    """Raises NotRunning, saying how the role's process is."""
    if roles.find_process(instance, role) is None:
        raise NotRunning(f"{role} is not running (it is {state(instance, role)})")


def _until(gone: Callable[[], bool], clock: SystemClock, within_s: float) -> None:
    deadline = clock.monotonic() + within_s
    while not gone() and clock.monotonic() < deadline:
        clock.wait(_POLL_S)


def _kill_all(processes: Collection[ProcessInfo], clock: SystemClock) -> None:
    """SIGKILL takes effect a moment later: only then are the addresses free again."""
    _signal_all(processes, signal.SIGKILL)
    _until(lambda: not any(map(is_alive, processes)), clock, STOP_WITHIN_S)


def _signal_all(processes: Iterable[ProcessInfo], number: signal.Signals) -> None:
    for process in processes:
        _signal(process, number)


def _signal(process: ProcessInfo, number: signal.Signals) -> None:
    """Signal exactly this process: the descriptor keeps its number from being given to another."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        now = read_process(process.pid)
        if now is not None and now.start_ticks == process.start_ticks:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)
