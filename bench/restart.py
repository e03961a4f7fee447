"""How long control needs to be back with all that it knows, after `kill -9`."""

import time
from dataclasses import dataclass
from statistics import median

from tests.e2e.checkout import Checkout
from tests.e2e.system import OREGON_REGION, deployed_system
from tests.waiting import eventually

ROUNDS = 5
TURNS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartTiming:
    """Restarts of control at one age of its journal; seconds."""

    turns: int
    """Dials turned since the deployment."""
    median_s: float
    worst_s: float


def measure_restarts(copy: Checkout) -> list[RestartTiming]:
    """Restart it after the deployment, then again after many turns of a dial."""
    rows = [_restarts(copy, 0)]
    system = deployed_system(copy)
    client = copy.client("globalaccelerator", OREGON_REGION)
    for number in range(TURNS):
        client.update_endpoint_group(
            EndpointGroupArn=system.group_arn(OREGON_REGION),
            TrafficDialPercentage=float(number % 100),
        )
    system.set_dial(OREGON_REGION, 100)
    return [*rows, _restarts(copy, TURNS)]


def _restarts(copy: Checkout, turns: int) -> RestartTiming:
    system = deployed_system(copy)
    took = []
    for _ in range(ROUNDS):
        system.run_twin("control kill")
        started = time.perf_counter()
        system.run_twin("control start")
        eventually(lambda: system.accelerator_status() == "DEPLOYED", within_s=60)
        took.append(time.perf_counter() - started)
    return RestartTiming(turns=turns, median_s=median(took), worst_s=max(took))


def format_restart_table(rows: list[RestartTiming]) -> str:
    """A Markdown table; the ratio is to the fresh deployment."""
    lines = ["| dials turned before | median s | worst s | median ratio |", "|---|---|---|---|"]
    for row in rows:
        ratio = row.median_s / rows[0].median_s
        lines.append(f"| {row.turns} | {row.median_s:.2f} | {row.worst_s:.2f} | {ratio:.2f} |")
    return "\n".join(lines)
