"""How the accelerator follows the health of an endpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.accelerator.endpoint_health import (
    NEW_ENDPOINT,
    STATE_OF_PHASE,
    TIMED_TRANSITIONS,
    TRANSITIONS,
    EndpointHealth,
    EndpointPhase,
    EndpointReport,
    EndpointTiming,
    advance_to,
    apply_report,
    describe_endpoint_health,
    silence_limit_s,
)
from twin.internal_api.schemas import EndpointState

GOOD, BAD, UNKNOWN = EndpointReport.GOOD, EndpointReport.BAD, EndpointReport.UNKNOWN
TIMING = EndpointTiming(fail_s=1.0, recover_s=30.0, silent_s=12.0)

Reports = tuple[tuple[float, EndpointReport | None], ...]


def after(
    *reports: tuple[float, EndpointReport | None], start: EndpointHealth = NEW_ENDPOINT
) -> EndpointHealth:
    """The endpoint after a dialogue; None is time passing without a report."""
    health = start
    for now, report in reports:
        health = advance_to(health, now, TIMING)
        if report is not None:
            health = apply_report(health, report, now)
    return health


HEALTHY = after((0, GOOD))
UNHEALTHY = after((1, BAD), (2, BAD), (2, None), start=HEALTHY)


# -- a new endpoint


def test_an_endpoint_without_reports_stays_initial() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html"""
    assert advance_to(NEW_ENDPOINT, 1e6, TIMING).state is EndpointState.INITIAL


def test_the_first_good_report_makes_an_endpoint_healthy_at_once() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    assert after((5, UNKNOWN), (6, GOOD)).state is EndpointState.HEALTHY


def test_an_endpoint_that_keeps_failing_becomes_unhealthy() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html"""
    assert after((5, BAD), (5.9, BAD)).state is EndpointState.INITIAL
    assert after((5, BAD), (6, BAD)).state is EndpointState.UNHEALTHY


def test_an_endpoint_that_was_never_healthy_needs_one_good_report() -> None:
    assert after((5, BAD), (9, BAD), (10, GOOD)).state is EndpointState.HEALTHY


def test_a_new_endpoint_not_checked_yet_has_not_failed() -> None:
    assert after((1, UNKNOWN), (5, UNKNOWN)).state is EndpointState.INITIAL


# -- failing


def test_a_failure_counts_once_it_lasted() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    assert after((10, BAD), (10.99, BAD), start=HEALTHY).state is EndpointState.HEALTHY
    assert after((10, BAD), (11, BAD), start=HEALTHY).state is EndpointState.UNHEALTHY


def test_a_good_report_restarts_the_wait() -> None:
    reports: Reports = ((10, BAD), (10.5, GOOD), (10.6, BAD), (11.5, BAD))

    assert after(*reports, start=HEALTHY).state is EndpointState.HEALTHY
    assert after(*reports, (11.6, None), start=HEALTHY).state is EndpointState.UNHEALTHY


def test_a_restarted_region_without_checks_counts_as_a_failure() -> None:
    assert after((10, UNKNOWN), (11, UNKNOWN), start=HEALTHY).state is EndpointState.UNHEALTHY


# -- silence


def test_missing_reports_count_as_a_failure() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    assert after((11.9, None), (12.9, None), start=HEALTHY).state is EndpointState.HEALTHY
    assert after((12, None), (13, None), start=HEALTHY).state is EndpointState.UNHEALTHY


def test_an_edge_that_was_frozen_does_not_fail_its_endpoints() -> None:
    thawed = after((500, None), start=HEALTHY)

    assert thawed.phase is EndpointPhase.FAILING
    assert apply_report(thawed, GOOD, 500.1).state is EndpointState.HEALTHY


def test_silence_ends_a_recovery() -> None:
    assert after((40, GOOD), (52, None), start=UNHEALTHY).phase is EndpointPhase.UNHEALTHY


def test_the_silence_limit_follows_the_health_check() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    limit = silence_limit_s(unhealthy_threshold=2, scaled_interval_s=5.0, timeout_s=2.0)

    assert limit == 12.0


# -- recovering


def test_an_endpoint_recovers_after_about_30_s() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    heartbeats: Reports = tuple((40.0 + second, GOOD) for second in range(30))

    assert after(*heartbeats, (69.9, None), start=UNHEALTHY).state is EndpointState.UNHEALTHY
    assert after(*heartbeats, (70, None), start=UNHEALTHY).state is EndpointState.HEALTHY


@pytest.mark.parametrize("relapse", [BAD, UNKNOWN])
def test_a_relapse_restarts_the_recovery(relapse: EndpointReport) -> None:
    heartbeats: Reports = tuple((60.0 + second, GOOD) for second in range(30))
    reports: Reports = ((40, GOOD), (50, GOOD), (55, relapse), *heartbeats)

    assert after(*reports, (89, None), start=UNHEALTHY).state is EndpointState.UNHEALTHY
    assert after(*reports, (90, None), start=UNHEALTHY).state is EndpointState.HEALTHY


# -- the table


def test_the_tables_cover_every_phase_and_each_phase_has_a_state() -> None:
    assert set(STATE_OF_PHASE) == set(EndpointPhase)
    assert {*TRANSITIONS.values(), *TIMED_TRANSITIONS.values(), EndpointPhase.NEW} == set(
        EndpointPhase
    )


@given(
    reports=st.lists(
        st.tuples(st.floats(0.05, 20.0), st.sampled_from([GOOD, BAD, UNKNOWN, None])), max_size=40
    )
)
def test_no_sequence_of_reports_is_faster_than_the_waits(
    reports: list[tuple[float, EndpointReport | None]],
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    health, now, last_good, last_not_good = NEW_ENDPOINT, 0.0, -1e9, 0.0
    for pause, report in reports:
        now += pause
        before = health
        health = advance_to(health, now, TIMING)
        if before.state is EndpointState.HEALTHY and health.state is EndpointState.UNHEALTHY:
            assert now - last_good >= TIMING.fail_s
        if before.state is EndpointState.UNHEALTHY and health.state is EndpointState.HEALTHY:
            assert now - last_not_good >= TIMING.recover_s
        if report is None:
            continue
        health = apply_report(health, report, now)
        last_good = now if report is GOOD else last_good
        last_not_good = last_not_good if report is GOOD else now


@given(
    start=st.builds(
        EndpointHealth, phase=st.sampled_from(EndpointPhase), phase_started_at=st.just(0.0)
    ),
    quiet_s=st.floats(0, 1000),
)
def test_time_alone_never_makes_an_endpoint_without_reports_healthy(
    start: EndpointHealth, quiet_s: float
) -> None:
    later = advance_to(start, quiet_s, TIMING)

    if start.state is EndpointState.INITIAL:
        assert later.state is not EndpointState.HEALTHY


# -- for a person


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (NEW_ENDPOINT, "its Region has not reported yet"),
        (after((1, UNKNOWN)), "not checked yet"),
        (HEALTHY, ""),
        (after((10, BAD), start=HEALTHY), "a target group of it has no healthy target"),
        (after((14, None), start=HEALTHY), "its Region has been silent for 40.0 s"),
        (after((38, GOOD), start=UNHEALTHY), "healthy for 2.0 s, counts after 30 s"),
    ],
)
def test_the_reason_explains_the_phase(health: EndpointHealth, words: str) -> None:
    assert describe_endpoint_health(health, 40.0, TIMING) == words
