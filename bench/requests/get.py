"""Latency of a warm GET through the whole path, measured by wrk, compared with its floor.

wrk is a small HTTP load generator from Debian. Each case runs it beside the floor: the handler
alone in a process of its own (bench/requests/floor.py).
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench import processes
from bench.requests.function import run_as_function
from tests.e2e.checkout import Checkout

RUNS = 3
FLOOR_CALLS = 1500
UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6}
CASES: tuple[tuple[int, Literal["keep", "close"]], ...] = (
    (1, "keep"),
    (1, "close"),
    (8, "keep"),
    (8, "close"),
)
PROTOTYPE_P50_US = {(1, "keep"): 1308, (1, "close"): 1514, (8, "keep"): 6477, (8, "close"): 7612}


class WrkMissing(Exception):
    """wrk is not on PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrkResult:
    """Result of one run of wrk, or the medians of several."""

    p50_us: float
    p99_us: float
    per_s: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTiming:
    """Medians of one case."""

    clients: int
    connection: str
    wrk: WrkResult
    floor_p50_us: float
    cpu: str
    """Processor time per request, by process, as text."""


def measure_get(copy: Checkout) -> list[GetTiming]:
    """Run every case, alternating with the floor."""
    address = copy.outputs()["url"].rstrip("/")
    rows = []
    for clients, connection in CASES:
        results, floors, before = [], [], processes.cpu_seconds(copy)
        for _ in range(RUNS):
            floors.append(measure_floor(copy)["p50_us"])
            results.append(run_wrk(f"{address}/get/foobar", clients=clients, connection=connection))
        after, result = processes.cpu_seconds(copy), combine_results(results)
        rows.append(
            GetTiming(
                clients=clients,
                connection=connection,
                wrk=result,
                floor_p50_us=median(floors),
                cpu=processes.format_cpu_per_request(before, after, result.requests),
            )
        )
    return rows


def measure_floor(copy: Checkout) -> dict[str, float]:
    """Latencies of bench.requests.floor, in the function's environment."""
    latencies: dict[str, float] = run_as_function(copy, "bench.requests.floor", FLOOR_CALLS)
    return latencies


def format_get_table(rows: list[GetTiming]) -> str:
    """A Markdown table; the prototype was measured on another day."""
    lines = [
        "| clients | connection | p50 us | p99 us | per s | failed | p50 / floor | prototype p50 "
        "| CPU us a request |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        prototype = PROTOTYPE_P50_US[row.clients, row.connection]
        lines.append(
            f"| {row.clients} | {row.connection} | {row.wrk.p50_us:.0f} | {row.wrk.p99_us:.0f} "
            f"| {row.wrk.per_s:.0f} | {row.wrk.failed} "
            f"| {row.wrk.p50_us / row.floor_p50_us:.2f} | {prototype} | {row.cpu} |"
        )
    return "\n".join(lines)


def run_wrk(
    url: str, *, clients: int, connection: Literal["keep", "close"], seconds: int = 4
) -> WrkResult:
    """Run wrk once. Raises WrkMissing, subprocess.CalledProcessError."""
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
    return WrkResult(
        p50_us=_parse_latency_us(text, "50%"),
        p99_us=_parse_latency_us(text, "99%"),
        per_s=float(_find_text(r"Requests/sec:\s+([\d.]+)", text)),
        requests=int(_find_text(r"(\d+) requests in", text)),
        failed=sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
        + sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", text)),
    )


def combine_results(runs: list[WrkResult]) -> WrkResult:
    """Medians of the latencies and rates; sums of requests and failures."""
    return WrkResult(
        p50_us=median(r.p50_us for r in runs),
        p99_us=median(r.p99_us for r in runs),
        per_s=median(r.per_s for r in runs),
        requests=sum(r.requests for r in runs),
        failed=sum(r.failed for r in runs),
    )


def _parse_latency_us(text: str, percentile: str) -> float:
    value = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", text)
    if value is None:
        raise ValueError(f"no {percentile} in wrk's report:\n{text}")
    return float(value[1]) * UNITS_US[value[2]]


def _find_text(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no {pattern} in wrk's report:\n{text}")
    return found[1]
