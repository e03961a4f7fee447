"""Sixteen checkers, chosen by their Regions.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-check-latency.html
"""

from twin.core.health_checks.checkers import ALL_CHECKERS, CHECKER_REGIONS, choose_checkers


def test_there_are_two_checkers_in_each_of_eight_regions() -> None:
    assert len(ALL_CHECKERS) == 16
    assert [checker.position for checker in ALL_CHECKERS] == list(range(16))
    assert {checker.region for checker in ALL_CHECKERS} == set(CHECKER_REGIONS)


def test_a_check_without_regions_has_all_checkers() -> None:
    assert choose_checkers(()) == ALL_CHECKERS


def test_regions_of_a_check_choose_the_checkers_there() -> None:
    chosen = choose_checkers(("sa-east-1", "us-west-2", "us-east-1"))
    assert len(chosen) == 6
    assert {checker.region for checker in chosen} == {"sa-east-1", "us-west-2", "us-east-1"}
