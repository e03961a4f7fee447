"""Processor time of the twin's processes, from /proc: steadier than latency on a shared machine."""

import os
from pathlib import Path

from tests.e2e.checkout import Checkout

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def used_s(copy: Checkout) -> dict[str, float]:
    """Seconds a process has used so far; a Region's workers as `REGION workers`."""
    found: dict[str, float] = {}
    for process in copy.status()["processes"]:
        pid = process["pid"]
        found[process["role"]] = _used_s(pid)
        found[f"{process['role']} workers"] = sum(_used_s(child) for child in children(pid))
    return found


def per_request_us(before: dict[str, float], after: dict[str, float], requests: int) -> str:
    """What grew, in microseconds a request, largest first."""
    spent = {role: 1e6 * (after[role] - before.get(role, 0.0)) / requests for role in after}
    rows = sorted(spent.items(), key=lambda item: -item[1])
    return ", ".join(f"{role} {us:.0f}" for role, us in rows if us >= 1)


def children(pid: int) -> list[int]:
    """Processes that this one started."""
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in tasks]


def _used_s(pid: int) -> float:
    """User and system time; fields 14 and 15 of proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
