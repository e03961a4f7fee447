"""Attribute values in range pass, others are refused by name."""

import pytest

from twin.moto import attribute_rules


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"idle_timeout.timeout_seconds": "1", "client_keep_alive.seconds": "604800"},
        {"routing.http.xff_header_processing.mode": "preserve", "routing.http2.enabled": "false"},
        {"access_logs.s3.bucket": "anything"},
    ],
)
def test_allowed_values_pass(attributes: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html."""
    attribute_rules.check(attributes, ValueError)


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
def test_other_values_are_refused(key: str, value: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html."""
    with pytest.raises(ValueError, match=f"'{key}': '{value}'"):
        attribute_rules.check({key: value}, ValueError)
