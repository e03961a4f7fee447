"""Attribute values in range pass, others are refused by name."""

import pytest

from twin.moto.patches.elbv2.load_balancers import (
    check_attributes,
    check_health_check,
    check_lambda_interval,
)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"idle_timeout.timeout_seconds": "1", "client_keep_alive.seconds": "604800"},
        {"routing.http.xff_header_processing.mode": "preserve", "routing.http2.enabled": "false"},
        {"access_logs.s3.bucket": "anything"},
    ],
)
def test_allowed_attribute_values_are_accepted(attributes: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html."""
    check_attributes(attributes, ValueError)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("idle_timeout.timeout_seconds", "0"),
        ("idle_timeout.timeout_seconds", "²"),
        ("client_keep_alive.seconds", "59"),
        ("routing.http.desync_mitigation_mode", "loose"),
        ("lambda.multi_value_headers.enabled", "yes"),
    ],
)
def test_other_attribute_values_are_refused(key: str, value: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html."""
    with pytest.raises(ValueError, match=f"'{key}': '{value}'"):
        check_attributes({key: value}, ValueError)


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
def test_health_check_settings_in_range_are_accepted(values: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    check_health_check(values, ValueError)


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
def test_health_check_settings_out_of_range_are_refused(
    values: dict[str, object], word: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    with pytest.raises(ValueError, match=word):
        check_health_check(values, ValueError)


def test_the_interval_of_a_lambda_group_must_exceed_the_time_out() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    check_lambda_interval(6, 5, ValueError)

    with pytest.raises(ValueError, match="'5' must be smaller than the interval '5'"):
        check_lambda_interval(5, 5, ValueError)
