"""What Linux says about processes, read from /proc.

Knows no role and sends no signal. A process that is gone, or that another user owns, is None or an
empty value, never an error: between two looks any process may end.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """One process; `pid` and `start_ticks` together name it for as long as the machine is up."""

    pid: int
    state: str
    """One letter: R, S, D, T (stopped by a signal), Z (ended, not yet reaped), ..."""
    session: int
    start_ticks: int
    """Clock ticks after boot."""
    memory_bytes: int
    """Resident memory."""

    @property
    def ended(self) -> bool:
        """Whether it only waits to be reaped."""
        return self.state in "ZXx"

    @property
    def stopped(self) -> bool:
        """Whether SIGSTOP holds it."""
        return self.state == "T"


def read_process(pid: int) -> ProcessInfo | None:
    """The process, or None when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets, which may hold blanks and brackets itself.
    fields = text[text.rindex(")") + 2 :].split()
    return ProcessInfo(
        pid=pid,
        state=fields[0],
        session=int(fields[3]),
        start_ticks=int(fields[19]),
        memory_bytes=int(fields[21]) * _PAGE,
    )


def is_alive(process: ProcessInfo) -> bool:
    """Whether it still is that process, and has not ended."""
    now = read_process(process.pid)
    return now is not None and now.start_ticks == process.start_ticks and not now.ended


def list_processes() -> Iterator[ProcessInfo]:
    """All processes that can be seen."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (found := read_process(int(entry.name))) is not None:
            yield found


def command_line(pid: int) -> tuple[str, ...]:
    """The arguments it was started with."""
    return tuple(_nul_separated(pid, "cmdline"))


def process_environment(pid: int) -> dict[str, str]:
    """The environment it was started with; empty when it belongs to another user."""
    pairs = (entry.partition("=") for entry in _nul_separated(pid, "environ"))
    return {name: value for name, _, value in pairs}


def _nul_separated(pid: int, name: str) -> list[str]:
    try:
        text = (PROC / str(pid) / name).read_text(errors="surrogateescape")
    except OSError:
        return []
    return text.rstrip("\0").split("\0") if text else []


@cache
def read_boot_id() -> str:
    """Changes with each start of the machine."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def process_age_s(process: ProcessInfo) -> float:
    """Seconds since the process started."""
    uptime_s = float((PROC / "uptime").read_text().split()[0])
    return max(0.0, uptime_s - process.start_ticks / _TICKS_PER_S)


def find_listening_pid(address: tuple[str, int]) -> int | None:
    """The process that listens at an IPv4 address; None when it is not to be seen."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(address)}
    for descriptor in PROC.glob("[0-9]*/fd/*"):
        try:
            if os.readlink(descriptor) in inodes:
                return int(descriptor.parts[2])
        except OSError:
            continue
    return None


def _listening_inodes(address: tuple[str, int]) -> Iterator[str]:
    """Inodes of sockets that listen at the address or at every address."""
    octets = bytes(map(int, address[0].split(".")))
    wanted = {f"{octets[::-1].hex().upper()}:{address[1]:04X}", f"00000000:{address[1]:04X}"}
    for line in (PROC / "net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] in wanted and fields[3] == "0A":
            yield fields[9]
