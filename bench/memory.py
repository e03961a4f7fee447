"""Memory of the twin's processes: proportional set size, so that shared pages count once."""

from pathlib import Path

from bench.cpu import children
from tests.e2e.checkout import Checkout


def measure(copy: Checkout) -> dict[str, float]:
    """MiB a process, its children included, and `total`."""
    found = {}
    for process in copy.status()["processes"]:
        pids = [process["pid"], *children(process["pid"])]
        found[process["role"]] = sum(_pss_kib(pid) for pid in pids) / 1024
    found["total"] = sum(found.values())
    return found


def table(found: dict[str, float]) -> str:
    """A Markdown table."""
    rows = [f"| {role} | {mib:.0f} |" for role, mib in found.items()]
    return "\n".join(["| process | MiB |", "|---|---|", *rows])


def _pss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
