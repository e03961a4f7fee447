"""How long Route 53's checkers take to see an outage or a recovery: a simulation of the rules.

Each checker checks on its own, first at a random moment within an interval, then an interval after
the end of the check before. The same functions judge here that judge in Route 53's process, so the
figures are those of its rules, without the time of the endpoint's answers. An outage needs 14 of
sixteen checkers, a recovery three: so the way back is shorter.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

import heapq
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twin.core.health_checks.checker_health import NEW_CHECKER, CheckerHealth, apply_check
from twin.core.health_checks.checkers import ALL_CHECKERS
from twin.core.health_checks.observations import AWS_LIMITS
from twin.core.health_checks.verdicts import is_endpoint_healthy

DEFAULT_RUNS = 2000
INTERVALS_AND_THRESHOLDS = ((30.0, 3), (30.0, 1), (10.0, 3), (10.0, 1))


class EndpointChange(StrEnum):
    """What happens to the endpoint at time 0."""

    REFUSED = "refused"
    """It refuses connections, or answers 5xx, at once."""
    BLACK_HOLE = "black hole"
    """Its packets are lost, so that each check takes the time limit of a connection."""
    SILENT = "silent"
    """It takes connections and answers nothing, so that each check takes the limit of a status."""
    RECOVERY = "recovery"
    """It answers again, after all checkers have seen it fail."""


_CHECK_S = {
    EndpointChange.BLACK_HOLE: AWS_LIMITS.connect_s,
    EndpointChange.SILENT: AWS_LIMITS.status_s,
}
"""How long one check takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionTimes:
    """Times from a change of the endpoint to the changed verdict, in seconds."""

    times_s: tuple[float, ...]
    """Of all runs, sorted."""

    @property
    def shortest_s(self) -> float:
        return self.times_s[0]

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)

    @property
    def longest_s(self) -> float:
        return self.times_s[-1]


def simulate_detection(
    change: EndpointChange,
    *,
    interval_s: float,
    threshold: int,
    draw: Callable[[], float],
    runs: int = DEFAULT_RUNS,
    checkers: int = len(ALL_CHECKERS),
) -> DetectionTimes:
    """Times of `runs` changes. `draw` gives random numbers in [0, 1)."""
    times = (
        find_detection_time_s(
            change,
            interval_s=interval_s,
            threshold=threshold,
            first_checks_s=[draw() * interval_s for _ in range(checkers)],
        )
        for _ in range(runs)
    )
    return DetectionTimes(times_s=tuple(sorted(times)))


def find_detection_time_s(
    change: EndpointChange, *, interval_s: float, threshold: int, first_checks_s: Sequence[float]
) -> float:
    """Time of the verdict, from that of each checker's first check after the change."""
    passed = change is EndpointChange.RECOVERY
    check_s = _CHECK_S.get(change, 0.0)
    states = [CheckerHealth(healthy=False) if passed else NEW_CHECKER for _ in first_checks_s]
    ends = [(start_s + check_s, number) for number, start_s in enumerate(first_checks_s)]
    heapq.heapify(ends)
    while True:
        now, number = heapq.heappop(ends)
        states[number] = apply_check(states[number], threshold, passed=passed)
        if is_endpoint_healthy(sum(s.healthy for s in states), len(states)) == passed:
            return now
        heapq.heappush(ends, (now + interval_s + check_s, number))


def format_detection_table(
    draw: Callable[[], float],
    *,
    cases: Iterable[tuple[float, int]] = INTERVALS_AND_THRESHOLDS,
    runs: int = DEFAULT_RUNS,
) -> str:
    """A Markdown table: a line for each interval and threshold, shortest, median and longest."""
    lines = [
        "| Interval x threshold | " + " | ".join(EndpointChange) + " |",
        "|---|" + "---|" * len(EndpointChange),
    ]
    for interval_s, threshold in cases:
        cells = (
            _format_times(
                simulate_detection(
                    change, interval_s=interval_s, threshold=threshold, draw=draw, runs=runs
                )
            )
            for change in EndpointChange
        )
        lines.append(f"| {interval_s:g} s x {threshold} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _format_times(times: DetectionTimes) -> str:
    return f"{times.shortest_s:.0f}, {times.median_s:.0f}, {times.longest_s:.0f} s"
