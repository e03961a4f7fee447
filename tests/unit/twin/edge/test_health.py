"""Tracking the endpoints' health."""

from dataclasses import replace

import pytest

from tests.clocks import ManualClock
from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    OREGON,
    balancer_arn,
    both_regions,
    endpoint_group,
    health_report,
    listener_of,
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


def make_tracker(
    clock: ManualClock, topology: Topology, speed: float = 1.0
) -> EndpointHealthTracker:
    tracker = EndpointHealthTracker(
        TwinSettings(speed=speed, endpoint_fail_s=1.0, endpoint_recover_s=30.0), clock
    )
    tracker.set_topology(topology)
    return tracker


def pass_time(tracker: EndpointHealthTracker, clock: ManualClock, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        clock.seconds += 0.1
        tracker.advance()


def test_only_a_change_of_state_is_reported(clock: ManualClock) -> None:
    tracker = make_tracker(clock, both_regions())

    assert tracker.apply_report(health_report(FRANKFURT))
    assert not tracker.apply_report(health_report(FRANKFURT))
    assert not tracker.apply_report(health_report(FRANKFURT, UNHEALTHY))
    clock.seconds += 1.0
    assert tracker.advance()
    assert not tracker.advance()


def test_a_new_endpoint_takes_its_state_from_the_last_report(clock: ManualClock) -> None:
    tracker = make_tracker(clock, topology_of(listener_of(endpoint_group(OREGON))))
    tracker.apply_report(health_report(FRANKFURT))

    tracker.set_topology(both_regions(version=2))

    assert tracker.state(HERE) is HEALTHY
    assert tracker.state(balancer_arn(OREGON)) is INITIAL


def test_a_change_of_the_topology_keeps_the_endpoints_states(clock: ManualClock) -> None:
    tracker = make_tracker(clock, both_regions())
    tracker.apply_report(health_report(FRANKFURT))
    tracker.apply_report(health_report(FRANKFURT, UNHEALTHY))
    pass_time(tracker, clock, 1.1)

    tracker.set_topology(both_regions(frankfurt=20, version=2))

    assert tracker.state(HERE) is UNHEALTHY


def test_an_endpoint_that_a_report_leaves_out_falls_silent(clock: ManualClock) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    tracker = make_tracker(clock, both_regions())
    tracker.apply_report(health_report(FRANKFURT))
    for _ in range(14):
        tracker.apply_report(LoadBalancerHealthReport(region=FRANKFURT, load_balancers={}))
        pass_time(tracker, clock, 1.0)

    assert tracker.state(HERE) is UNHEALTHY
    assert tracker.reason(HERE).startswith("its Region has been silent for")


def test_the_silence_limit_scales_with_the_speed_but_the_time_out_does_not(
    clock: ManualClock,
) -> None:
    """Two intervals of 5 s at speed 10, and a time-out of 2 s: 3 s, then 0.1 s to fail."""
    tracker = make_tracker(clock, both_regions(), speed=10)
    tracker.apply_report(health_report(FRANKFURT))

    pass_time(tracker, clock, 2.9)
    assert tracker.state(HERE) is HEALTHY
    pass_time(tracker, clock, 0.4)
    assert tracker.state(HERE) is UNHEALTHY


def test_the_target_group_with_the_shortest_limit_counts(clock: ManualClock) -> None:
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
    tracker = make_tracker(clock, replace(base, regions=base.regions | {FRANKFURT: changed}))
    tracker.apply_report(health_report(FRANKFURT))

    pass_time(tracker, clock, 8.5)

    assert tracker.state(HERE) is UNHEALTHY


def test_a_load_balancer_without_target_groups_may_be_silent_for_a_while(
    clock: ManualClock,
) -> None:
    base = both_regions()
    bare = replace(base.regions[FRANKFURT], target_groups=())
    tracker = make_tracker(clock, replace(base, regions=base.regions | {FRANKFURT: bare}))
    tracker.apply_report(health_report(FRANKFURT))

    pass_time(tracker, clock, SILENT_WITHOUT_TARGETS_S)
    assert tracker.state(HERE) is HEALTHY
    pass_time(tracker, clock, 1.2)
    assert tracker.state(HERE) is UNHEALTHY


def test_an_endpoint_that_is_no_load_balancer_is_unhealthy_despite_reports(
    clock: ManualClock,
) -> None:
    tracker = make_tracker(clock, replace(both_regions(), regions={}))

    assert not tracker.apply_report(health_report(FRANKFURT))

    assert tracker.state(HERE) is UNHEALTHY
    assert tracker.reason(HERE) == NO_SUCH_LOAD_BALANCER


def test_an_old_report_does_not_apply_to_a_new_endpoint(clock: ManualClock) -> None:
    """The Region may have stopped since: a new endpoint has to pass a check first.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
    """
    tracker = make_tracker(clock, topology_of(listener_of(endpoint_group(OREGON))))
    tracker.apply_report(health_report(FRANKFURT))
    clock.seconds += 3600.0

    tracker.set_topology(both_regions(version=2))

    assert tracker.state(HERE) is INITIAL
    tracker.apply_report(health_report(FRANKFURT))
    assert tracker.state(HERE) is HEALTHY
