"""A warm GET through the whole path, beside its floor in the same run."""

import json
import sys
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench import cpu, wrk
from tests.e2e.checkout import Checkout
from twin.instance import Instance, url

RUNS = 3
FLOOR_CALLS = 1500
CASES: tuple[tuple[int, Literal["keep", "close"]], ...] = (
    (1, "keep"),
    (1, "close"),
    (8, "keep"),
    (8, "close"),
)
PROTOTYPE_P50_US = {(1, "keep"): 1308, (1, "close"): 1514, (8, "keep"): 6477, (8, "close"): 7612}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case's medians."""

    clients: int
    connection: str
    load: wrk.Load
    floor_p50_us: float
    cpu: str
    """Microseconds of processor time a request, by process."""


def measure(copy: Checkout) -> list[Row]:
    """All cases, each run next to a run of the floor."""
    address = copy.outputs()["url"].rstrip("/")
    rows = []
    for clients, connection in CASES:
        loads, floors, before = [], [], cpu.used_s(copy)
        for _ in range(RUNS):
            floors.append(floor(copy)["p50_us"])
            loads.append(wrk.run(f"{address}/get/foobar", clients=clients, connection=connection))
        after, load = cpu.used_s(copy), wrk.medians(loads)
        rows.append(
            Row(
                clients=clients,
                connection=connection,
                load=load,
                floor_p50_us=median(floors),
                cpu=cpu.per_request_us(before, after, load.requests),
            )
        )
    return rows


def floor(copy: Checkout) -> dict[str, float]:
    """The handler in a process of its own, with the function's environment."""
    outputs = copy.outputs()
    region = outputs["home_region"]
    name = outputs["regions"][region]["function_name"]
    function = copy.client("lambda", region).get_function_configuration(FunctionName=name)
    inner = url(Instance(copy.home, copy.status()["instance"]).region(region))
    variables = " ".join(f"{k}='{v}'" for k, v in function["Environment"]["Variables"].items())
    done = copy.sourced(
        f"AWS_REGION={region} AWS_ENDPOINT_URL_DYNAMODB={inner} {variables} "
        f"{sys.executable} -m bench.floor {FLOOR_CALLS}"
    )
    figures: dict[str, float] = json.loads(done.ok().output.splitlines()[-1])
    return figures


def table(rows: list[Row]) -> str:
    """A Markdown table; prototype's figures are of another day, for orientation."""
    lines = [
        "| clients | connection | p50 us | p99 us | per s | failed | p50 / floor | prototype p50 "
        "| CPU us a request |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        prototype = PROTOTYPE_P50_US[row.clients, row.connection]
        lines.append(
            f"| {row.clients} | {row.connection} | {row.load.p50_us:.0f} | {row.load.p99_us:.0f} "
            f"| {row.load.per_s:.0f} | {row.load.failed} "
            f"| {row.load.p50_us / row.floor_p50_us:.2f} | {prototype} | {row.cpu} |"
        )
    return "\n".join(lines)
