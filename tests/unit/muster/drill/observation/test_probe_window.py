"""Figures of the last seconds, and the measures that are read from them."""

import pytest

from muster.drill.guards.expected_alarms import AlarmFilter
from muster.drill.observation.probe_window import (
    Observation,
    ProbeWindow,
    has_unknown_lag,
    is_in_range,
    merge_own_lags,
    read_measure,
)
from muster.measure.samples import Presence, RequestKind, RequestOutcome, Sighting
from muster.model import SwitchSetting
from muster.probe import Opening, ProbePlan, ProbeTarget
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.sample_builders import answered_sample, failed_sample, lost_sample

FAR = "ap-southeast-1"


def sighting(item: str, region: str, at_s: float, presence: Presence) -> Sighting:
    return Sighting(
        item=item, region=region, asked_s=at_s, answered_s=at_s + 0.1, presence=presence
    )


def observe(*records: object, now_s: float = 10.0) -> Observation:
    window = ProbeWindow((HOME, AWAY))
    window.add(records)
    return window.observe(now_s)


def test_shares_and_errors_of_the_last_seconds() -> None:
    old = [failed_sample(1.0 + n / 100) for n in range(50)]
    new = [answered_sample(6.0 + n / 100, AWAY if n % 4 else HOME) for n in range(40)]

    observation = observe(*old, *new, failed_sample(6.5), lost_sample(6.6))

    assert observation.requests == 41
    assert observation.error_rate == pytest.approx(1 / 41)
    assert observation.share(AWAY) == 0.75
    assert observation.answering == {HOME, AWAY}
    assert (observation.total, observation.total_failed) == (91, 51)
    assert observation.last_good_s[AWAY] == new[-1].finished_s


def test_requests_that_nobody_answers_may_all_fail() -> None:
    """The survivor answers its half; a frozen Region's half has no outcome until its time-out."""
    plan = ProbePlan(run="r", targets=(ProbeTarget(ip="192.0.2.1"),), rate=20.0)
    opening = Opening(plan=plan, started_s=0.0, started_at=0.0, pid=1)
    half = [answered_sample(n / 20, AWAY, seq=n) for n in range(0, 200, 2)]

    observation = observe(opening, *half, now_s=10.0)

    assert observation.error_rate == 0.0
    assert observation.overdue == 80
    assert observation.highest_error_rate == 80 / (80 + observation.requests)
    assert observation.at_door("accelerator").overdue == 80
    assert observe(opening, now_s=3.0).highest_error_rate == 1.0
    assert observe(now_s=3.0).highest_error_rate is None


def test_figures_of_too_few_requests_are_unknown() -> None:
    observation = observe(answered_sample(9.0), answered_sample(9.1))

    assert observation.error_rate is None
    assert observation.share(AWAY) is None
    assert observation.answering == frozenset()


def test_the_lag_now_and_in_the_last_minute() -> None:
    write = answered_sample(1.0, AWAY, step=RequestKind.WRITE, item="i1")
    there = sighting("i1", HOME, 2.0, Presence.PRESENT)

    fresh, late = observe(write, there, now_s=4.0), observe(write, there, now_s=30.0)

    assert fresh.lag_s == {AWAY: pytest.approx(1.05)}
    assert late.lag_s == {}
    assert late.recent_lags_s == {AWAY: {HOME: pytest.approx(1.05)}}
    assert observe(write, there, now_s=100.0).recent_lags_s == {}


def test_measures_of_the_view() -> None:
    view = build_view(
        build_region_view(HOME),
        build_region_view(
            AWAY, dial=40.0, switch=SwitchSetting(status="fail"), replication_lag_s=2.0
        ),
        alarms={f"{HOME}:a": "ALARM", f"{AWAY}:b": "ALARM", f"{HOME}:c": None},
    )
    nothing = Observation()

    assert read_measure("dial", AWAY, view, nothing) == 40.0
    assert read_measure("healthy", AWAY, view, nothing) == 0.0
    assert read_measure("healthy", HOME, view, nothing) == 1.0
    assert read_measure("healthy-regions", None, view, nothing) == 1.0
    assert read_measure("alarms", None, view, nothing) == 2.0
    assert read_measure("alarms", None, view, nothing, AlarmFilter(broken={AWAY})) == 1.0
    assert read_measure("replication-lag", AWAY, view, nothing) == 2.0
    assert read_measure("replication-lag", None, view, nothing) == 2.0
    assert (
        read_measure("replication-lag", AWAY, view, Observation(lags_s={AWAY: {HOME: 7.0}})) == 7.0
    )
    assert read_measure("share", "mars-1", view, nothing) is None
    assert read_measure("lost-writes", None, view, nothing) == 0.0
    assert read_measure("error-rate", None, view, nothing) is None
    assert read_measure("p99-latency", None, view, Observation(p99_s=0.3)) == 0.3


def test_unreadable_health_is_an_unknown_measure() -> None:
    view = build_view(build_region_view(AWAY, endpoint=None))

    assert read_measure("healthy", AWAY, view, Observation()) is None
    assert read_measure("healthy", AWAY, view, Observation(good_by_region={AWAY: 9})) == 1.0


def test_the_lag_of_own_writes_replaces_the_metrics() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=14.0))

    own = Observation(lags_s={AWAY: {HOME: 0.5}}, recent_lags_s={AWAY: {HOME: 9.0}})
    lags = merge_own_lags(view, own)

    assert lags.regions[AWAY].replication_lag_s == 0.5
    assert lags.regions[HOME].replication_lag_s == 0.5
    assert merge_own_lags(view, Observation()).regions[AWAY].replication_lag_s == 14.0


def test_an_unreadable_table_makes_the_lag_unknown() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY), build_region_view(FAR))
    own = Observation(
        lags_s={AWAY: {HOME: 0.5, FAR: None}}, recent_lags_s={AWAY: {HOME: 0.6, FAR: 0.7}}
    )

    lags = merge_own_lags(view, own)

    assert lags.regions[AWAY].lags_s == {HOME: 0.5, FAR: None}
    assert read_measure("replication-lag", AWAY, lags, own) == 0.5
    assert has_unknown_lag(AWAY, lags, ())
    assert has_unknown_lag(None, lags, ())
    assert not has_unknown_lag(HOME, lags, ())


def test_an_unknown_lag_matters_only_towards_a_refuge() -> None:
    view = build_view(
        build_region_view(HOME),
        build_region_view(AWAY, lags_s={FAR: None}),
        build_region_view(FAR, target="unhealthy"),
    )

    assert not has_unknown_lag(AWAY, view, ())
    assert not has_unknown_lag(
        None, build_view(build_region_view(HOME, lags_s={}), build_region_view(AWAY)), ()
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(None, None, None, False), (1, 1, 1, True), (2, 1, None, True), (2, None, 1, False)],
)
def test_ranges(value: float | None, low: float | None, high: float | None, expected: bool) -> None:
    assert is_in_range(value, low, high) is expected


def test_lost_requests_are_no_errors() -> None:
    assert observe(*(lost_sample(9 + n / 100) for n in range(30))).error_rate is None
    assert RequestOutcome.LOST
