"""What the edge keeps of the endpoints' health."""

from dataclasses import replace

import pytest

from tests.clocks import ManualClock
from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    OREGON,
    balancer_arn,
    both_regions,
    endpoint_group,
    listener_of,
    report,
    topology_of,
    with_intervals,
)
from twin.edge.health import NO_SUCH_LOAD_BALANCER, SILENT_WITHOUT_TARGETS_S, EndpointHealthTracker
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport
from twin.settings import TwinSettings
from twin.topology.model import ListenerAction, Topology, WeightedTargetGroup

HEALTHY, UNHEALTHY, INITIAL = (
    EndpointState.HEALTHY,
    EndpointState.UNHEALTHY,
    EndpointState.INITIAL,
)
HERE = balancer_arn(FRANKFURT)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0.0)


def board(clock: ManualClock, topology: Topology, speed: float = 1.0) -> EndpointHealthTracker:
    made = EndpointHealthTracker(
        TwinSettings(speed=speed, endpoint_fail_s=1.0, endpoint_recover_s=30.0), clock
    )
    made.watch(topology)
    return made


def passes(made: EndpointHealthTracker, clock: ManualClock, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        clock.seconds += 0.1
        made.pass_time()


def test_only_a_change_of_a_state_asks_for_new_routes(clock: ManualClock) -> None:
    made = board(clock, both_regions())

    assert made.hear(report(FRANKFURT))
    assert not made.hear(report(FRANKFURT))
    assert not made.hear(report(FRANKFURT, UNHEALTHY))
    clock.seconds += 1.0
    assert made.pass_time()
    assert not made.pass_time()


def test_a_new_endpoint_is_judged_by_what_its_region_said_before(clock: ManualClock) -> None:
    made = board(clock, topology_of(listener_of(endpoint_group(OREGON))))
    made.hear(report(FRANKFURT))

    made.watch(both_regions(version=2))

    assert made.state(HERE) is HEALTHY
    assert made.state(balancer_arn(OREGON)) is INITIAL


def test_a_change_of_the_topology_keeps_what_is_known(clock: ManualClock) -> None:
    made = board(clock, both_regions())
    made.hear(report(FRANKFURT))
    made.hear(report(FRANKFURT, UNHEALTHY))
    passes(made, clock, 1.1)

    made.watch(both_regions(frankfurt=20, version=2))

    assert made.state(HERE) is UNHEALTHY


def test_an_endpoint_that_a_report_leaves_out_falls_silent(clock: ManualClock) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    made = board(clock, both_regions())
    made.hear(report(FRANKFURT))
    for _ in range(14):
        made.hear(LoadBalancerHealthReport(region=FRANKFURT, load_balancers={}))
        passes(made, clock, 1.0)

    assert made.state(HERE) is UNHEALTHY
    assert made.reason(HERE).startswith("its Region has been silent for")


def test_silence_counts_at_the_twins_speed_and_leaves_the_time_out_alone(
    clock: ManualClock,
) -> None:
    """Two intervals of 5 s at speed 10, and a time-out of 2 s: 3 s, then 0.1 s to fail."""
    made = board(clock, both_regions(), speed=10)
    made.hear(report(FRANKFURT))

    passes(made, clock, 2.9)
    assert made.state(HERE) is HEALTHY
    passes(made, clock, 0.4)
    assert made.state(HERE) is UNHEALTHY


def test_the_quickest_of_several_target_groups_counts(clock: ManualClock) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    base = with_intervals(both_regions(), interval_s=30.0, timeout_s=5.0)
    region = base.regions[FRANKFURT]
    (balancer,), (slow,) = region.load_balancers, region.target_groups
    quick = replace(slow, arn="quick", health_check=replace(slow.health_check, interval_s=1.0))
    action = ListenerAction(
        type="forward",
        target_groups=(WeightedTargetGroup(arn=slow.arn), WeightedTargetGroup(arn="quick")),
    )
    listener = replace(balancer.listeners[0], default_action=action)
    changed = replace(
        region,
        load_balancers=(replace(balancer, listeners=(listener,)),),
        target_groups=(slow, quick),
    )
    made = board(clock, replace(base, regions=base.regions | {FRANKFURT: changed}))
    made.hear(report(FRANKFURT))

    passes(made, clock, 8.5)

    assert made.state(HERE) is UNHEALTHY


def test_a_load_balancer_without_target_groups_may_be_silent_for_a_while(
    clock: ManualClock,
) -> None:
    base = both_regions()
    bare = replace(base.regions[FRANKFURT], target_groups=())
    made = board(clock, replace(base, regions=base.regions | {FRANKFURT: bare}))
    made.hear(report(FRANKFURT))

    passes(made, clock, SILENT_WITHOUT_TARGETS_S)
    assert made.state(HERE) is HEALTHY
    passes(made, clock, 1.2)
    assert made.state(HERE) is UNHEALTHY


def test_what_is_no_load_balancer_is_unhealthy_whatever_is_reported(clock: ManualClock) -> None:
    made = board(clock, replace(both_regions(), regions={}))

    assert not made.hear(report(FRANKFURT))

    assert made.state(HERE) is UNHEALTHY
    assert made.reason(HERE) == NO_SUCH_LOAD_BALANCER


def test_an_old_report_says_nothing_of_a_new_endpoint(clock: ManualClock) -> None:
    """The Region may be gone by now: a new endpoint has to pass a check first.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
    """
    made = board(clock, topology_of(listener_of(endpoint_group(OREGON))))
    made.hear(report(FRANKFURT))
    clock.seconds += 3600.0

    made.watch(both_regions(version=2))

    assert made.state(HERE) is INITIAL
    made.hear(report(FRANKFURT))
    assert made.state(HERE) is HEALTHY
