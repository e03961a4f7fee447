"""Memory and processor time of the twin's processes, each with its children.

Memory is the proportional set size, so that shared pages count once. Processor time is steadier
than latency on a shared machine.
"""

import psutil

from tests.e2e.checkout import Checkout


def measure_memory(copy: Checkout) -> dict[str, float]:
    """MiB of each process with its children, and `total`."""
    found = {}
    processes = _processes(copy)
    for role, process in processes.items():
        family = [process, *_workers(process, processes)]
        found[role] = sum(one.memory_full_info().pss for one in family) / 2**20
    found["total"] = sum(found.values())
    return found


def format_memory_table(found: dict[str, float]) -> str:
    """A Markdown table."""
    rows = [f"| {role} | {mib:.0f} |" for role, mib in found.items()]
    return "\n".join(["| process | MiB |", "|---|---|", *rows])


def cpu_seconds(copy: Checkout) -> dict[str, float]:
    """Seconds that each process has used; its children as `ROLE workers`."""
    found: dict[str, float] = {}
    processes = _processes(copy)
    for role, process in processes.items():
        found[role] = process_cpu_s(process)
        found[f"{role} workers"] = sum(
            process_cpu_s(child) for child in _workers(process, processes)
        )
    return found


def format_cpu_per_request(before: dict[str, float], after: dict[str, float], requests: int) -> str:
    """Microseconds that each process used for a request, largest first."""
    spent = {role: 1e6 * (after[role] - before.get(role, 0.0)) / requests for role in after}
    rows = sorted(spent.items(), key=lambda item: -item[1])
    return ", ".join(f"{role} {us:.0f}" for role, us in rows if us >= 1)


def _processes(copy: Checkout) -> dict[str, psutil.Process]:
    """The twin's processes by role."""
    listed = copy.status()["processes"]
    return {process["role"]: psutil.Process(process["pid"]) for process in listed}


def _workers(process: psutil.Process, processes: dict[str, psutil.Process]) -> list[psutil.Process]:
    """Its children, but for Regions: they are the gateway's children when it has started them."""
    roles = {other.pid for other in processes.values()}
    return [child for child in process.children() if child.pid not in roles]


def process_cpu_s(process: psutil.Process) -> float:
    """User and system time."""
    times = process.cpu_times()
    return times.user + times.system
