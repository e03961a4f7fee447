"""A warm GET through the whole path, beside its floor in the same run."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench import processes
from tests.e2e.checkout import Checkout
from twin.runtime.instance import Instance, internal_url

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
class WrkResult:
    """Result of one run, or the medians of several."""

    p50_us: float
    p99_us: float
    per_s: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTiming:
    """A case's medians."""

    clients: int
    connection: str
    load: WrkResult
    floor_p50_us: float
    cpu: str
    """Microseconds of processor time a request, by process."""


def measure_get(copy: Checkout) -> list[GetTiming]:
    """All cases, each run next to a run of the floor."""
    address = copy.outputs()["url"].rstrip("/")
    rows = []
    for clients, connection in CASES:
        loads, floors, before = [], [], processes.cpu_seconds(copy)
        for _ in range(RUNS):
            floors.append(measure_floor(copy)["p50_us"])
            loads.append(run_wrk(f"{address}/get/foobar", clients=clients, connection=connection))
        after, load = processes.cpu_seconds(copy), median_load(loads)
        rows.append(
            GetTiming(
                clients=clients,
                connection=connection,
                load=load,
                floor_p50_us=median(floors),
                cpu=processes.format_cpu_per_request(before, after, load.requests),
            )
        )
    return rows


def measure_floor(copy: Checkout) -> dict[str, float]:
    """The handler in a process of its own, with the function's environment."""
    outputs = copy.outputs()
    region = outputs["home_region"]
    name = outputs["regions"][region]["function_name"]
    function = copy.client("lambda", region).get_function_configuration(FunctionName=name)
    inner = internal_url(Instance(copy.home, copy.status()["instance"]).region_address(region))
    variables = " ".join(f"{k}='{v}'" for k, v in function["Environment"]["Variables"].items())
    done = copy.run_in_shell(
        f"AWS_REGION={region} AWS_ENDPOINT_URL_DYNAMODB={inner} {variables} "
        f"{sys.executable} -m bench.floor {FLOOR_CALLS}"
    )
    figures: dict[str, float] = json.loads(done.ok().output.splitlines()[-1])
    return figures


def format_get_table(rows: list[GetTiming]) -> str:
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


UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6}


class WrkMissing(Exception):
    """There is no wrk on PATH."""


def run_wrk(
    url: str, *, clients: int, connection: Literal["keep", "close"], seconds: int = 4
) -> WrkResult:
    """One run; raises WrkMissing, subprocess.CalledProcessError."""
    program = shutil.which("wrk")
    if program is None:
        raise WrkMissing("no wrk on PATH; on Debian: apt-get install wrk")
    close = ["-H", "Connection: close"] if connection == "close" else []
    done = subprocess.run(
        [program, "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", *close, url],
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds + 30,
    )
    return parse_wrk_report(done.stdout)


def parse_wrk_report(text: str) -> WrkResult:
    """wrk's report as numbers."""
    return WrkResult(
        p50_us=_latency(text, "50%"),
        p99_us=_latency(text, "99%"),
        per_s=float(_find_text(r"Requests/sec:\s+([\d.]+)", text)),
        requests=int(_find_text(r"(\d+) requests in", text)),
        failed=sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
        + sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", text)),
    )


def median_load(runs: list[WrkResult]) -> WrkResult:
    """The median of each figure; requests and failures are added up."""
    return WrkResult(
        p50_us=median(r.p50_us for r in runs),
        p99_us=median(r.p99_us for r in runs),
        per_s=median(r.per_s for r in runs),
        requests=sum(r.requests for r in runs),
        failed=sum(r.failed for r in runs),
    )


def _latency(text: str, percentile: str) -> float:
    value = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", text)
    if value is None:
        raise ValueError(f"no {percentile} in wrk's report:\n{text}")
    return float(value[1]) * UNITS_US[value[2]]


def _find_text(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no {pattern} in wrk's report:\n{text}")
    return found[1]
