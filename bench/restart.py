"""Duration of a restart of control after `kill -9`, until it knows its whole state."""

import time
from dataclasses import dataclass
from statistics import median

from tests.e2e.checkout import Checkout
from tests.e2e.system import OREGON_REGION, deployed_system
from tests.waiting import eventually

ROUNDS = 5
DIAL_CHANGES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartTiming:
    """Durations of restarts with one length of control's journal, in seconds."""

    dial_changes: int
    """Changes of dials since the deployment."""
    median_s: float
    worst_s: float


def measure_restarts(copy: Checkout) -> list[RestartTiming]:
    """Restart it after the deployment, then again after many changes of a dial."""
    rows = [_measure(copy, 0)]
    system = deployed_system(copy)
    client = copy.client("globalaccelerator", OREGON_REGION)
    for number in range(DIAL_CHANGES):
        client.update_endpoint_group(
            EndpointGroupArn=system.group_arn(OREGON_REGION),
            TrafficDialPercentage=float(number % 100),
        )
    system.set_dial(OREGON_REGION, 100)
    return [*rows, _measure(copy, DIAL_CHANGES)]


def _measure(copy: Checkout, dial_changes: int) -> RestartTiming:
    system = deployed_system(copy)
    durations = []
    for _ in range(ROUNDS):
        system.run_twin("control kill")
        started = time.perf_counter()
        system.run_twin("control start")
        eventually(lambda: system.accelerator_status() == "DEPLOYED", within_s=60)
        durations.append(time.perf_counter() - started)
    return RestartTiming(
        dial_changes=dial_changes, median_s=median(durations), worst_s=max(durations)
    )


def format_restart_table(rows: list[RestartTiming]) -> str:
    """A Markdown table; the ratio is to the fresh deployment."""
    lines = ["| dials turned before | median s | worst s | median ratio |", "|---|---|---|---|"]
    for row in rows:
        ratio = row.median_s / rows[0].median_s
        lines.append(
            f"| {row.dial_changes} | {row.median_s:.2f} | {row.worst_s:.2f} | {ratio:.2f} |"
        )
    return "\n".join(lines)
