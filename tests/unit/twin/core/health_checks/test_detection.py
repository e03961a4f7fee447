"""The simulated distribution of detection times, against order statistics of uniform moments.

The k-th of n checkers checks at k/(n+1) of an interval in the mean. An outage is seen by the 14th
of sixteen, a recovery by the third:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

import random
from pathlib import Path

import pytest

from twin.core.health_checks.detection import (
    EndpointChange,
    find_detection_time_s,
    format_detection_table,
    simulate_detection,
)

COMPUTED = [
    # interval, threshold, (shortest, median, longest) of refused, medians of the two others
    (30, 3, (71, 85, 90), 97, 65),
    (30, 1, (13, 25, 30), 29, 5),
    (10, 3, (24, 28, 30), 40, 22),
    (10, 1, (4, 8, 10), 12, 2),
]


@pytest.mark.parametrize(("interval", "threshold", "refused", "black_hole", "recovery"), COMPUTED)
def test_the_distribution_is_the_computed_one(
    interval: int,
    threshold: int,
    refused: tuple[float, float, float],
    black_hole: float,
    recovery: float,
) -> None:
    def times(change: EndpointChange) -> tuple[float, float, float]:
        found = simulate_detection(
            change,
            interval_s=interval,
            threshold=threshold,
            draw=random.Random(53).random,
            runs=600,
        )
        return found.shortest_s, found.median_s, found.longest_s

    # The ends of a distribution move with the number of runs; its middle does not.
    near_end = interval / 6
    shortest, median, longest = times(EndpointChange.REFUSED)
    assert shortest == pytest.approx(refused[0], abs=near_end)
    assert median == pytest.approx(refused[1], abs=0.8)
    assert refused[2] - near_end < longest <= refused[2]
    assert times(EndpointChange.BLACK_HOLE)[1] == pytest.approx(black_hole, abs=0.8)
    assert times(EndpointChange.RECOVERY)[1] == pytest.approx(recovery, abs=0.8)


def test_an_outage_is_seen_by_the_14th_checker_and_a_recovery_by_the_third() -> None:
    first_checks_s = [float(number) for number in range(1, 17)]

    def find(change: EndpointChange) -> float:
        return find_detection_time_s(
            change, interval_s=20, threshold=3, first_checks_s=first_checks_s
        )

    assert find(EndpointChange.REFUSED) == 40 + 14
    assert find(EndpointChange.BLACK_HOLE) == 40 + 14 + 3 * 4
    assert find(EndpointChange.SILENT) == 40 + 14 + 3 * 2
    assert find(EndpointChange.RECOVERY) == 40 + 3


def test_the_table_has_a_line_for_each_interval_and_threshold() -> None:
    table = format_detection_table(random.Random(1).random, cases=[(10, 3)], runs=50)
    assert table.startswith(
        "| Interval x threshold | refused | black hole | silent | recovery |\n|---|---|"
    )
    assert "| 10 s x 3 | " in table


def test_the_documented_table_is_the_simulated_one() -> None:
    text = (Path(__file__).parents[5] / "docs" / "twin.md").read_text()
    table = format_detection_table(random.Random(1).random, runs=500)
    for line in table.splitlines()[2:]:
        assert line in text
