"""Health-check settings in range pass, others are refused by name."""

import pytest

from twin.moto import health_check_rules


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"interval": None, "matcher": None},
        {"interval": 5, "timeout": 2, "healthy": 2, "unhealthy": 2, "path": "/"},
        {"interval": 300, "timeout": 120, "healthy": "10", "unhealthy": "10"},
        {"matcher": "200"},
        {"matcher": "200,202"},
        {"matcher": "200-299,404-499"},
    ],
)
def test_settings_in_range_pass(values: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    health_check_rules.check(values, ValueError)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"interval": 4}, "interval '4'"),
        ({"interval": 301}, "5-300"),
        ({"timeout": 1}, "timeout '1'"),
        ({"timeout": 121}, "2-120"),
        ({"healthy": 1}, "Healthy threshold count '1'"),
        ({"unhealthy": 11}, "Unhealthy threshold count '11'"),
        ({"path": "h"}, "'h'"),
        ({"path": "/" + "a" * 1024}, "1025"),
        ({"matcher": "20"}, "'20'"),
        ({"matcher": "200;201"}, "'200;201'"),
        ({"matcher": "199"}, "199"),
        ({"matcher": "200-500"}, "500"),
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, object], word: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    with pytest.raises(ValueError, match=word):
        health_check_rules.check(values, ValueError)


def test_the_interval_exceeds_the_time_out() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    health_check_rules.check_lambda_interval(6, 5, ValueError)

    with pytest.raises(ValueError, match="'5' must be smaller than the interval '5'"):
        health_check_rules.check_lambda_interval(5, 5, ValueError)
