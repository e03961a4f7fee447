"""Deletion protection, point-in-time recovery, and the Regions that leave."""

import pytest

from tests.unit.infra.stacks import parse_stack, problems_with

THREE = ["eu-central-1", "us-west-2", "ap-northeast-1"]


def test_deletion_protection_and_recovery_are_separate_settings() -> None:
    kept = parse_stack(protect="false", point_in_time_recovery="true").protection
    only_protected = parse_stack(protect="true", point_in_time_recovery="false").protection

    assert (kept.deletion, kept.recovery) == (False, True)
    assert (only_protected.deletion, only_protected.recovery) == (True, False)


def test_a_draining_region_gets_no_traffic_and_is_not_protected() -> None:
    settings = parse_stack(regions=THREE, protect="true", draining_regions=["us-west-2"])

    assert [region.name for region in settings.regions] == THREE
    assert [r.name for r in settings.serving_regions] == ["eu-central-1", "ap-northeast-1"]
    assert [settings.protection.protects(name) for name in THREE] == [True, False, True]


@pytest.mark.parametrize(
    ("draining", "rule"),
    [
        (["us-east-1"], "not in muster:regions: us-east-1"),
        (["eu-central-1"], "eu-central-1 is the home_region, where the tables live"),
        (["us-west-2", "ap-northeast-1"], "must leave 2 Regions or more"),
        ("us-west-2", "must be JSON"),
        ([7], "must be a list of strings"),
    ],
)
def test_a_region_that_can_t_leave_is_refused(draining: object, rule: str) -> None:
    (problem,) = problems_with(regions=THREE, draining_regions=draining)

    assert problem.startswith("muster:draining_regions")
    assert rule in problem
