"""One checker's state machine.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from twin.core.health_checks.checker_health import NEW_CHECKER, CheckerHealth, apply_check

checks = st.lists(st.booleans(), max_size=30)
thresholds = st.integers(1, 10)


def run(passed: list[bool], threshold: int) -> CheckerHealth:
    health = NEW_CHECKER
    for each in passed:
        health = apply_check(health, threshold, passed=each)
    return health


@given(thresholds)
def test_the_threshold_in_a_row_turns_a_checker_and_one_less_does_not(threshold: int) -> None:
    assert run([False] * (threshold - 1), threshold).healthy
    assert not run([False] * threshold, threshold).healthy
    assert not run([False] * threshold + [True] * (threshold - 1), threshold).healthy
    assert run([False] * threshold + [True] * threshold, threshold).healthy


@given(thresholds, checks)
def test_the_state_is_that_of_the_last_run_as_long_as_the_threshold(
    threshold: int, passed: list[bool]
) -> None:
    runs = [(value, len(list(group))) for value, group in groupby(passed)]
    expected = next((value for value, length in reversed(runs) if length >= threshold), True)
    assert run(passed, threshold).healthy == expected


@given(thresholds, checks)
def test_contradicting_checks_stay_below_the_threshold(threshold: int, passed: list[bool]) -> None:
    assert 0 <= run(passed, threshold).opposing_checks < threshold


def test_a_new_checker_is_healthy() -> None:
    assert NEW_CHECKER.healthy


def test_one_passed_check_among_failures_starts_the_count_anew() -> None:
    assert run([False, False, True, False, False], 3).healthy
