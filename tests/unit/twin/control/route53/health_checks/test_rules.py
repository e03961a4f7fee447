"""What a health check of each type may have."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from twin.control.route53.health_checks.rules import build_check

NAME = {"FullyQualifiedDomainName": "a.muster.test"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"Type": "HTTP"},
            "Basic health checks must have an IP address or a fully qualified domain name "
            "specified.",
        ),
        (
            {"Type": "TCP", **NAME, "IPAddress": "8.8.8.8", "Port": 80},
            "TCP health checks that have IP address must not have a fully qualified domain name "
            "specified.",
        ),
        ({"Type": "TCP", **NAME}, "TCP health checks must have a port specified."),
        (
            {"Type": "HTTP", **NAME, "AlarmIdentifier": {"Name": "a", "Region": "us-east-2"}},
            "Basic health checks must not have an metric region specified.",
        ),
        (
            {"Type": "HTTP_STR_MATCH", **NAME},
            "HTTP_STR_MATCH health checks must have a search string specified.",
        ),
        (
            {"Type": "HTTP", **NAME, "SearchString": "x"},
            "HTTP health checks must not have a search string specified.",
        ),
        (
            {"Type": "HTTP", **NAME, "RequestInterval": 20},
            "RequestInterval must be 10 or 30, not 20.",
        ),
        ({"Type": "HTTP", **NAME, "EnableSNI": True}, "HTTP health checks must not have SNI"),
        ({"Type": "HTTP", "IPAddress": "10.0.0.1"}, "10.0.0.1 is a reserved IP address"),
        ({"Type": "HTTP", "IPAddress": "127.0.0.1"}, "127.0.0.1 is a reserved IP address"),
        ({"Type": "HTTP", "IPAddress": "224.0.0.1"}, "224.0.0.1 is a reserved IP address"),
        ({"Type": "HTTP", "IPAddress": "::ffff:10.0.0.1"}, "::ffff:10.0.0.1 is a reserved"),
        ({"Type": "HTTP", "FullyQualifiedDomainName": "a..b"}, "FATAL problem: DomainLabelEmpty"),
        ({"Type": "CALCULATED"}, "Calculated health checks must have a health threshold"),
        (
            {"Type": "CALCULATED", "HealthThreshold": 1, "Port": 80},
            "Calculated health checks must not have a port specified.",
        ),
        ({"Type": "CLOUDWATCH_METRIC"}, "CloudWatch metric health checks must have an alarm"),
        (
            {
                "Type": "CLOUDWATCH_METRIC",
                "AlarmIdentifier": {"Name": "a", "Region": "us-east-2"},
                "RequestInterval": 10,
            },
            "CloudWatch metric health checks must not have a request interval specified.",
        ),
        (
            {"Type": "RECOVERY_CONTROL", "RoutingControlArn": "arn"},
            "Health checks of routing controls are not served by the twin.",
        ),
    ],
)
def test_each_type_has_its_own_settings(config: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    told = FakeRoute53().refuse(
        "InvalidInput", "CreateHealthCheck", CallerReference="r", HealthCheckConfig=config
    )

    assert told.startswith(f"Invalid parameter : {message}")


@pytest.mark.parametrize("address", ["8.8.8.8", "2600:1f18::1", "127.120.9.1"])
def test_public_addresses_and_the_twin_s_own_can_be_checked(address: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    FakeRoute53().create_check(Type="HTTP", IPAddress=address)


@pytest.mark.parametrize(
    ("kind", "port", "has_sni"),
    [
        ("HTTP", 80, False),
        ("HTTP_STR_MATCH", 80, False),
        ("HTTPS", 443, True),
        ("HTTPS_STR_MATCH", 443, True),
    ],
)
def test_the_defaults_follow_the_type(kind: str, port: int, has_sni: bool) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html"""
    check = build_check("id", 1, {"Type": kind, **NAME})

    assert (check.port, check.enable_sni) == (port, has_sni)
    assert (check.interval_s, check.failure_threshold) == (30, 3)


def test_a_path_begins_with_a_slash() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html"""
    check = build_check("id", 1, {"Type": "HTTP", **NAME, "ResourcePath": "health"})

    assert check.resource_path == "/health"
