"""Load by wrk, a small HTTP load generator from Debian: bounded runs against loopback only."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from statistics import median
from typing import Literal

UNITS_US = {"us": 1.0, "ms": 1e3, "s": 1e6}


class WrkMissing(Exception):
    """There is no wrk on PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Result of one run, or the medians of several."""

    p50_us: float
    p99_us: float
    per_s: float
    requests: int
    failed: int


def run(url: str, *, clients: int, connection: Literal["keep", "close"], seconds: int = 4) -> Load:
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
    return parse(done.stdout)


def parse(text: str) -> Load:
    """wrk's report as numbers."""
    return Load(
        p50_us=_latency(text, "50%"),
        p99_us=_latency(text, "99%"),
        per_s=float(_find(r"Requests/sec:\s+([\d.]+)", text)),
        requests=int(_find(r"(\d+) requests in", text)),
        failed=sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
        + sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", text)),
    )


def medians(runs: list[Load]) -> Load:
    """The median of each figure; requests and failures are added up."""
    return Load(
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


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no {pattern} in wrk's report:\n{text}")
    return found[1]
