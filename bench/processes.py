"""Memory of the twin's processes: proportional set size, so that shared pages count once."""

import os
from pathlib import Path

from tests.e2e.checkout import Checkout


def measure_memory(copy: Checkout) -> dict[str, float]:
    """MiB a process, its children included, and `total`."""
    found = {}
    for process in copy.status()["processes"]:
        pids = [process["pid"], *child_pids(process["pid"])]
        found[process["role"]] = sum(_pss_kib(pid) for pid in pids) / 1024
    found["total"] = sum(found.values())
    return found


def format_memory_table(found: dict[str, float]) -> str:
    """A Markdown table."""
    rows = [f"| {role} | {mib:.0f} |" for role, mib in found.items()]
    return "\n".join(["| process | MiB |", "|---|---|", *rows])


def _pss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_seconds(copy: Checkout) -> dict[str, float]:
    """Seconds a process has used so far; a Region's workers as `REGION workers`."""
    found: dict[str, float] = {}
    for process in copy.status()["processes"]:
        pid = process["pid"]
        found[process["role"]] = _process_cpu_s(pid)
        found[f"{process['role']} workers"] = sum(
            _process_cpu_s(child) for child in child_pids(pid)
        )
    return found


def format_cpu_per_request(before: dict[str, float], after: dict[str, float], requests: int) -> str:
    """What grew, in microseconds a request, largest first."""
    spent = {role: 1e6 * (after[role] - before.get(role, 0.0)) / requests for role in after}
    rows = sorted(spent.items(), key=lambda item: -item[1])
    return ", ".join(f"{role} {us:.0f}" for role, us in rows if us >= 1)


def child_pids(pid: int) -> list[int]:
    """Processes that this one started."""
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in tasks]


def _process_cpu_s(pid: int) -> float:
    """User and system time; fields 14 and 15 of proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
