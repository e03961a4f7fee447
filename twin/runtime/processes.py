"""Starting, stopping, killing and freezing the twin's processes.

A daemon leads a session of its own; the Lambda workers that it starts are in that session and end
with it. One caller at a time starts a role: each role has a lock file. A process counts as started
once it answers HTTP at its internal address; this module knows nothing else about the roles.

Everything here blocks: in an event loop, call it through `asyncio.to_thread`.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

import twin
from common.clock import SystemClock
from common.files.atomic_file import write_atomically
from common.files.file_lock import FileLock
from twin import codec
from twin.errors import NotRunning, StartFailed
from twin.internal_api.client import send_internal_request
from twin.runtime import roles, run_files
from twin.runtime.damaged_state import set_other_kinds_aside
from twin.runtime.instance import Instance
from twin.runtime.process_info import (
    ProcessInfo,
    command_line,
    is_alive,
    read_boot_id,
    read_process,
)
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import RunFile, find_process, process_state, session_processes

START_TIMEOUT_S = 60.0
"""Time for a process to answer; one that works gets it again: control repeats its journal first."""
MAX_START_PERIODS = 10
"""So often at most."""
WORKING_S = 0.02
"""Processor time that a working process uses in a period at least, however busy the machine is."""
STOP_TIMEOUT_S = 5.0
"""Time from SIGTERM to SIGKILL."""
MAX_LOG_BYTES = 5_000_000
_FREEZE_TIMEOUT_S = 1.0
_SHOWN_LOG_LINES = 12
_POLL_S = 0.02
_PR_SET_CHILD_SUBREAPER = 36
_KILL_PASSES = 5
_INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TWIN_LEASH")
_DROPPED_VARIABLES = ("PYTHONDONTWRITEBYTECODE",)  # compiled modules halve a daemon's start
_CHECKOUT = Path(twin.__file__).resolve().parents[1]


def is_answering(instance: Instance, role: str, timeout_s: float = 1.0) -> bool:
    """Check whether the role's process answers HTTP 200 at its internal address."""
    address = roles.internal_address(instance, role)
    try:
        response = send_internal_request("GET", address, roles.status_path(role), timeout_s)
    except NotRunning:
        return False
    return response.status == 200


# -- start


def start_process(  # noqa: PLR0913 - only tests and `twin up` pass the last three
    instance: Instance,
    role: str,
    *,
    environ: Mapping[str, str],
    clock: SystemClock,
    listen_fd: int | None = None,
    timeout_s: float = START_TIMEOUT_S,
    package: str = roles.PACKAGE,
) -> int:
    """Start the role's process unless it runs, thaw a frozen one; its pid once it answers.

    The process shares nothing with the caller: it has its own session, and no descriptor but its
    log and `listen_fd`. Raises StartFailed with the end of its log when the process ends, or does
    not answer within `timeout_s` and no longer uses the processor; OSError, with nothing started,
    for files that can't be written.
    """
    roles.internal_address(instance, role)
    for folder in (instance.run_dir, instance.logs_dir):
        folder.mkdir(parents=True, exist_ok=True)
        set_other_kinds_aside(folder)
    with FileLock.acquire(instance.run_dir / f"{roles.role_file_name(role)}.lock"):
        if (running := find_process(instance, role)) is not None:
            _signal_all(reversed(session_processes(instance, role)), signal.SIGCONT)
            return running.pid
        state_before = process_state(instance, role)
        _kill_leftovers(instance, role, package, clock)
        log_begin, started = _launch(instance, role, environ, listen_fd, package)
        try:
            _wait_until_ready(instance, started, log_begin, clock, timeout_s)
        except StartFailed:
            _kill_all(run_files.processes_of_session(started), clock)
            if state_before is ProcessState.ABSENT:
                roles.run_file_path(instance, role).unlink(missing_ok=True)
            raise
        return started.pid


def _kill_leftovers(instance: Instance, role: str, package: str, clock: SystemClock) -> None:
    """Kill the workers of a dead process of this role, and strays that hold its address."""
    _kill_all(session_processes(instance, role), clock)
    arguments = roles.python_arguments(role, package)
    for stray in run_files.find_stray_daemons(instance, package):
        if command_line(stray.pid)[1:] == arguments:
            _kill_all(run_files.session_members(stray.pid), clock)


def _launch(
    instance: Instance,
    role: str,
    environ: Mapping[str, str],
    listen_fd: int | None,
    package: str,
) -> tuple[int, RunFile]:
    """The process, and the byte of its log where it begins to write."""
    environment = daemon_environment(instance, environ)
    if listen_fd is not None:
        environment["TWIN_LISTEN_FD"] = str(listen_fd)
    with _open_log(roles.log_path(instance, role)) as log:
        log_begin = os.fstat(log).st_size
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
    info = read_process(process.pid)
    run_file = RunFile(
        role=role,
        pid=process.pid,
        start_ticks=0 if info is None else info.start_ticks,
        boot_id=read_boot_id(),
    )
    try:
        write_atomically(roles.run_file_path(instance, role), codec.dumps(run_file))
    except OSError:  # nobody would know of the process
        process.kill()
        process.wait()
        raise
    # The daemon outlives its starter; without this, Popen warns that nobody waited for it.
    process.returncode = 0
    return log_begin, run_file


def daemon_environment(instance: Instance, environ: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a daemon; little of the caller's, so that it works from anywhere."""
    inherited = {
        name: value
        for name, value in environ.items()
        if name in _INHERITED_VARIABLES
        or (name.startswith("PYTHON") and name not in _DROPPED_VARIABLES)
    }
    return inherited | {"TWIN_HOME": str(instance.home), "TWIN_INSTANCE": str(instance.number)}


@contextlib.contextmanager
def _open_log(path: Path) -> Iterator[int]:
    """Descriptor to append to the log; a log above MAX_LOG_BYTES is moved to `.log.1` first."""
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    with path.open("ab") as log:
        yield log.fileno()


def _wait_until_ready(
    instance: Instance, started: RunFile, log_begin: int, clock: SystemClock, timeout_s: float
) -> None:
    began = clock.monotonic()
    if not answers_while_it_works(instance, started.role, clock=clock, timeout_s=timeout_s):
        log_end = _read_log_end(instance, started.role, log_begin)
        if run_files.find_recorded_process(started) is None:
            raise StartFailed(f"{started.role} ended while starting; {log_end}")
        raise StartFailed(
            f"{started.role} does not answer {clock.monotonic() - began:.0f} s after its start and "
            f"was ended; its state is kept, and `twin up` (`make up`) starts it again; {log_end}"
        )


def answers_while_it_works(
    instance: Instance, role: str, *, clock: SystemClock, timeout_s: float
) -> bool:
    """Wait for an answer: for `timeout_s`, and again as long as the process uses the processor.

    False when the process has ended, or neither answers nor works.
    """
    for _ in range(MAX_START_PERIODS):
        before = find_process(instance, role)
        answers = _waits_for_answer(instance, role, clock, timeout_s)
        now = find_process(instance, role)
        if now is None:  # if something answered, it was another
            return False
        if answers:
            return True
        if before is None or now.processor_s - before.processor_s < WORKING_S:
            return False
    return False


def _waits_for_answer(instance: Instance, role: str, clock: SystemClock, timeout_s: float) -> bool:
    """Whether it answers before the time is over, or the process ends."""
    deadline = clock.monotonic() + timeout_s
    while find_process(instance, role) is not None:
        left_s = deadline - clock.monotonic()
        if left_s <= 0:
            break
        if is_answering(instance, role, timeout_s=left_s):
            return True
        clock.wait(_POLL_S)
    return False


def _read_log_end(instance: Instance, role: str, begin: int) -> str:
    """Path and last lines of the role's log from a byte on, for an error message."""
    path = roles.log_path(instance, role)
    with path.open("rb") as log:
        log.seek(begin)
        lines = log.read().decode(errors="replace").splitlines()[-_SHOWN_LOG_LINES:]
    return "\n  ".join([f"end of {path}:", *(lines or ["(nothing since this start)"])])


# -- stop, kill, freeze


def stop_process(
    instance: Instance, role: str, *, clock: SystemClock, timeout_s: float = STOP_TIMEOUT_S
) -> bool:
    """Send SIGTERM, and SIGKILL after `timeout_s`, to end the whole session; True if it ran."""
    process = find_process(instance, role)
    if process is not None:
        _signal_all((process,), signal.SIGTERM)
        # A stopped process handles SIGTERM only after SIGCONT.
        _signal_all(session_processes(instance, role), signal.SIGCONT)
        _wait_for(lambda: find_process(instance, role) is None, clock, timeout_s)
    kill_process(instance, role, clock=clock)
    return process is not None


def kill_process(instance: Instance, role: str, *, clock: SystemClock) -> bool:
    """End the process and what it started with SIGKILL; True if it ran."""
    process = find_process(instance, role)
    _kill_all(session_processes(instance, role), clock)
    _kill_all(session_processes(instance, role), clock)  # workers started during the first pass
    return process is not None


def kill_found(find: Callable[[], Collection[ProcessInfo]], *, clock: SystemClock) -> None:
    """End what `find` finds with SIGKILL, until it finds nothing."""
    for _ in range(_KILL_PASSES):  # a process may start others during a pass
        found = find()
        if not found:
            break
        _kill_all(found, clock)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, as the first process of the machine is.

    https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def freeze_process(instance: Instance, role: str) -> None:
    """Stop the process and what it started with SIGSTOP. Raises NotRunning."""
    require_running(instance, role)
    _signal_all(session_processes(instance, role), signal.SIGSTOP)
    # SIGSTOP takes effect a moment later; until then the process would count as running.
    _wait_for(
        lambda: process_state(instance, role) is not ProcessState.RUNNING,
        SystemClock(),
        _FREEZE_TIMEOUT_S,
    )


def thaw_process(instance: Instance, role: str) -> None:
    """Continue a frozen process with SIGCONT. Raises NotRunning."""
    require_running(instance, role)
    # Youngest first: the workers run again before the daemon looks at them.
    _signal_all(reversed(session_processes(instance, role)), signal.SIGCONT)


def end_stray_daemons(
    instance: Instance, *, clock: SystemClock, package: str = roles.PACKAGE
) -> int:
    """Kill this home's daemons that have no run file; the number of them."""
    strays = run_files.find_stray_daemons(instance, package)
    for stray in strays:
        _kill_all(run_files.session_members(stray.pid), clock)
    return len(strays)


def require_running(instance: Instance, role: str) -> None:
    """Raise NotRunning, with its state, unless the role's process runs or is frozen."""
    if find_process(instance, role) is None:
        raise NotRunning(f"{role} is not running (it is {process_state(instance, role)})")


def _wait_for(condition: Callable[[], bool], clock: SystemClock, timeout_s: float) -> None:
    deadline = clock.monotonic() + timeout_s
    while not condition() and clock.monotonic() < deadline:
        clock.wait(_POLL_S)


def _kill_all(processes: Collection[ProcessInfo], clock: SystemClock) -> None:
    """Send SIGKILL and wait for the ends: only then are the processes' addresses free."""
    _signal_all(processes, signal.SIGKILL)
    _wait_for(lambda: not any(map(is_alive, processes)), clock, STOP_TIMEOUT_S)


def _signal_all(processes: Iterable[ProcessInfo], number: signal.Signals) -> None:
    for process in processes:
        _signal(process, number)


def _signal(process: ProcessInfo, number: signal.Signals) -> None:
    """Signal exactly this process: while a pidfd is open, its pid can't be reused."""
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
