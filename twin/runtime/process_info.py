"""Linux processes: state, session, age, arguments, environment, listening sockets.

psutil reads most of it. `/proc/PID/stat` is parsed here, because the identity of a process must
survive in a file: start time in ticks after boot does not move when the wall clock is set, as
psutil's start time does, and psutil does not know sessions.

A process that has ended, or belongs to another user, is None or an empty value, never an error:
any process may end between two reads.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

PROC = Path("/proc")
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared with, never bound here
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """One process. `pid` and `start_ticks` together identify it until the next boot."""

    pid: int
    state: str
    """One letter of /proc/PID/stat: R, S, D, T (stopped by a signal), Z (zombie), ..."""
    parent: int
    """Process id."""
    group: int
    """Process id of the leader of its process group."""
    session: int
    """Process id of the session leader."""
    threads: int
    start_ticks: int
    """Start time in clock ticks after boot."""
    memory_bytes: int
    """Resident memory."""
    processor_s: float
    """Processor time that it has used, in seconds."""

    @property
    def has_ended(self) -> bool:
        """True for a zombie too."""
        return self.state in "ZXx"

    @property
    def is_stopped(self) -> bool:
        """True while SIGSTOP holds the process."""
        return self.state == "T"


def read_process(pid: int) -> ProcessInfo | None:
    """Read a process; None when there is none with this id."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets, which may contain blanks and brackets.
    fields = text[text.rindex(")") + 2 :].split()
    return ProcessInfo(
        pid=pid,
        state=fields[0],
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        threads=int(fields[17]),
        start_ticks=int(fields[19]),
        memory_bytes=int(fields[21]) * _PAGE_BYTES,
        processor_s=(int(fields[11]) + int(fields[12])) / _TICKS_PER_S,
    )


def is_alive(process: ProcessInfo) -> bool:
    """Check that this very process still runs, and its id was not reused."""
    now = read_process(process.pid)
    return now is not None and now.start_ticks == process.start_ticks and not now.has_ended


def list_processes() -> Iterator[ProcessInfo]:
    """All processes of the machine."""
    for pid in psutil.pids():
        if (process := read_process(pid)) is not None:
            yield process


def count_children(pid: int) -> int:
    """Child processes, with those that have ended and were not waited for; 0 if it is not known."""
    count = 0
    with contextlib.suppress(OSError):  # it may end meanwhile, and so may its threads
        for thread in (PROC / str(pid) / "task").iterdir():
            count += len((thread / "children").read_text().split())
    return count


def command_line(pid: int) -> tuple[str, ...]:
    """Arguments of the process, the program first."""
    try:
        return tuple(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ()


def process_environment(pid: int) -> dict[str, str]:
    """Environment that the process was started with."""
    try:
        return psutil.Process(pid).environ()
    except psutil.Error:
        return {}


@cache
def read_boot_id() -> str:
    """Kernel's id of this boot; changes with each start of the machine."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def process_age_s(process: ProcessInfo, now: float) -> float:
    """Seconds since the process started; `now` in seconds since 1970."""
    return max(0.0, now - psutil.boot_time() - process.start_ticks / _TICKS_PER_S)


def find_listening_pid(address: tuple[str, int]) -> int | None:
    """Process that listens at an IPv4 address or, at its port, at every address."""
    host, port = address
    for connection in psutil.net_connections("tcp4"):
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        ip, listening_port = connection.laddr
        if ip in (host, EVERY_ADDRESS) and listening_port == port:
            return connection.pid
    return None
