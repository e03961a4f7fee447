"""The health of load balancers, as aliases see it."""

import pytest

from tests.clocks import ManualClock
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport
from twin.route53.load_balancer_health import SILENT_S, LoadBalancerHealth

REGION = "eu-central-1"
ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/muster/0123456789abcdef"


def report(state: EndpointState, region: str = REGION) -> LoadBalancerHealthReport:
    return LoadBalancerHealthReport(region=region, load_balancers={ARN: state})


@pytest.mark.parametrize(
    ("state", "healthy"),
    [
        (EndpointState.HEALTHY, True),
        (EndpointState.UNHEALTHY, False),
        (EndpointState.INITIAL, True),
    ],
)
def test_it_follows_the_reports_of_the_region(state: EndpointState, healthy: bool) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    health = LoadBalancerHealth(ManualClock(100.0))
    assert health.is_healthy(ARN)

    health.take_report(report(state))

    assert health.is_healthy(ARN) == healthy


def test_a_silent_region_counts_as_unhealthy_until_it_reports_again() -> None:
    clock = ManualClock(100.0)
    health = LoadBalancerHealth(clock)
    health.take_report(report(EndpointState.HEALTHY))

    clock.seconds += SILENT_S - 0.1
    assert health.is_healthy(ARN)
    clock.seconds += 0.1
    health.take_report(LoadBalancerHealthReport(region="us-west-2", load_balancers={}))
    assert not health.is_healthy(ARN)
    health.take_report(report(EndpointState.HEALTHY))
    assert health.is_healthy(ARN)


def test_a_region_that_has_never_reported_has_as_long_as_a_silent_one() -> None:
    clock = ManualClock(100.0)
    health = LoadBalancerHealth(clock)

    clock.seconds += SILENT_S

    assert not health.is_healthy(ARN)
