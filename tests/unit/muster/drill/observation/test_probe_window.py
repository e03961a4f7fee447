"""Figures of the last seconds, and the stop conditions that judge them."""

import pytest

from muster.drill.observation.probe_window import (
    Observation,
    ProbeWindow,
    has_unknown_lag,
    is_in_range,
    merge_own_lags,
    read_measure,
)
from muster.drill.plan.instructions import ExpectMeasure, format_measure
from muster.drill.plan.model import StopCondition
from muster.drill.run.session import DrillSession
from muster.drill.run.stop import StopRequest, StopTriggers
from muster.measure.samples import Presence, RequestKind, RequestOutcome, Sighting
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_region_view, build_view
from tests.unit.muster.drill.fake_system import (
    FakeSystem,
    MemoryJournal,
    build_ports,
    open_state,
)
from tests.unit.muster.drill.virtual_time import VirtualClock
from tests.unit.muster.sample_builders import answered_sample, failed_sample, lost_sample

FAR = "ap-southeast-1"


def sighting(item: str, region: str, at_s: float, presence: Presence) -> Sighting:
    return Sighting(
        item=item, region=region, asked_s=at_s, answered_s=at_s + 0.1, presence=presence
    )


def seen(*records: object, now_s: float = 10.0) -> Observation:
    window = ProbeWindow((HOME, AWAY))
    window.add(records)
    return window.observe(now_s)


def test_shares_and_errors_of_the_last_seconds() -> None:
    old = [failed_sample(1.0 + n / 100) for n in range(50)]
    new = [answered_sample(6.0 + n / 100, AWAY if n % 4 else HOME) for n in range(40)]

    observation = seen(*old, *new, failed_sample(6.5), lost_sample(6.6))

    assert observation.requests == 41
    assert observation.error_rate == pytest.approx(1 / 41)
    assert observation.share(AWAY) == 0.75
    assert observation.answering == {HOME, AWAY}
    assert (observation.total, observation.total_failed) == (91, 51)
    assert observation.last_good_s[AWAY] == new[-1].finished_s


def test_too_few_requests_say_nothing() -> None:
    observation = seen(answered_sample(9.0), answered_sample(9.1))

    assert observation.error_rate is None
    assert observation.share(AWAY) is None
    assert observation.answering == frozenset()


def test_the_lag_of_now_and_of_the_last_minute() -> None:
    write = answered_sample(1.0, AWAY, step=RequestKind.WRITE, item="i1")
    there = sighting("i1", HOME, 2.0, Presence.PRESENT)

    fresh, late = seen(write, there, now_s=4.0), seen(write, there, now_s=30.0)

    assert fresh.lag_s == {AWAY: pytest.approx(1.05)}
    assert late.lag_s == {}
    assert late.recent_lags_s == {AWAY: {HOME: pytest.approx(1.05)}}
    assert seen(write, there, now_s=100.0).recent_lags_s == {}


def test_measures_of_the_view() -> None:
    shown = build_view(
        build_region_view(HOME),
        build_region_view(
            AWAY, dial=40.0, switch=SwitchSetting(status="fail"), replication_lag_s=2.0
        ),
        alarms={f"{HOME}:a": "ALARM", f"{AWAY}:b": "ALARM", f"{HOME}:c": None},
    )
    nothing = Observation()

    assert read_measure("dial", AWAY, shown, nothing) == 40.0
    assert read_measure("healthy", AWAY, shown, nothing) == 0.0
    assert read_measure("healthy", HOME, shown, nothing) == 1.0
    assert read_measure("healthy-regions", None, shown, nothing) == 1.0
    assert read_measure("alarms", None, shown, nothing) == 2.0
    assert read_measure("alarms", None, shown, nothing, broken={AWAY}) == 1.0
    assert read_measure("replication-lag", AWAY, shown, nothing) == 2.0
    assert read_measure("replication-lag", None, shown, nothing) == 2.0
    assert (
        read_measure("replication-lag", AWAY, shown, Observation(lags_s={AWAY: {HOME: 7.0}})) == 7.0
    )
    assert read_measure("share", "mars-1", shown, nothing) is None
    assert read_measure("lost-writes", None, shown, nothing) == 0.0
    assert read_measure("error-rate", None, shown, nothing) is None
    assert read_measure("p99-latency", None, shown, Observation(p99_s=0.3)) == 0.3


def test_health_that_nobody_tells_is_no_measure() -> None:
    shown = build_view(build_region_view(AWAY, endpoint=None))

    assert read_measure("healthy", AWAY, shown, Observation()) is None
    assert read_measure("healthy", AWAY, shown, Observation(good_by_region={AWAY: 9})) == 1.0


def test_own_writes_tell_the_lag_better_than_old_metrics() -> None:
    shown = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=14.0))

    own = Observation(lags_s={AWAY: {HOME: 0.5}}, recent_lags_s={AWAY: {HOME: 9.0}})
    lags = merge_own_lags(shown, own)

    assert lags.regions[AWAY].replication_lag_s == 0.5
    assert lags.regions[HOME].replication_lag_s == 0.5
    assert merge_own_lags(shown, Observation()).regions[AWAY].replication_lag_s == 14.0


def test_a_table_that_can_not_be_read_now_leaves_the_lag_open() -> None:
    shown = build_view(build_region_view(HOME), build_region_view(AWAY), build_region_view(FAR))
    own = Observation(
        lags_s={AWAY: {HOME: 0.5, FAR: None}}, recent_lags_s={AWAY: {HOME: 0.6, FAR: 0.7}}
    )

    lags = merge_own_lags(shown, own)

    assert lags.regions[AWAY].lags_s == {HOME: 0.5, FAR: None}
    assert read_measure("replication-lag", AWAY, lags, own) == 0.5
    assert has_unknown_lag(AWAY, lags, ())
    assert has_unknown_lag(None, lags, ())
    assert not has_unknown_lag(HOME, lags, ())


def test_what_is_expected_of_a_lag_is_expected_of_every_direction() -> None:
    """A stop condition goes by what is known: the rest can only be worse."""
    clock = VirtualClock()
    state = open_state(build_plan("replication-pause"))
    session = DrillSession(
        build_ports(FakeSystem(), clock), MemoryJournal([], clock), state, StopRequest()
    )
    session.view = build_view(
        build_region_view(HOME), build_region_view(AWAY, lags_s={FAR: None}), build_region_view(FAR)
    )

    assert session.measure(ExpectMeasure(measure="replication-lag", high=5.0)) is None
    assert session.measure(ExpectMeasure(measure="replication-lag", region=HOME, high=5.0)) == 0.5
    assert session.measure(StopCondition(measure="replication-lag", above=5.0)) == 0.5


def test_a_lag_that_nobody_can_tell_matters_only_where_users_may_go() -> None:
    shown = build_view(
        build_region_view(HOME),
        build_region_view(AWAY, lags_s={FAR: None}),
        build_region_view(FAR, target="unhealthy"),
    )

    assert not has_unknown_lag(AWAY, shown, ())
    assert not has_unknown_lag(
        None, build_view(build_region_view(HOME, lags_s={}), build_region_view(AWAY)), ()
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(None, None, None, False), (1, 1, 1, True), (2, 1, None, True), (2, None, 1, False)],
)
def test_ranges(value: float | None, low: float | None, high: float | None, expected: bool) -> None:
    assert is_in_range(value, low, high) is expected


def test_a_condition_must_last_without_a_break() -> None:
    condition = StopCondition(measure="error-rate", above=0.05, lasting_s=5.0)
    triggers = StopTriggers([condition])
    values: list[float | None] = [0.1, 0.1, None, 0.1, 0.1, 0.1]
    told = [
        triggers.check(lambda _, value=value: value, 2.0 * n)  # type: ignore[misc]  # a default binds the loop's value
        for n, value in enumerate([*values, 0.1])
    ]

    assert told[:6] == [None] * 6
    assert told[6] == "error-rate above 5 % for 5 s; it is 10 %"


def test_a_condition_below() -> None:
    triggers = StopTriggers([StopCondition(measure="healthy-regions", below=2.0)])

    assert triggers.check(lambda _: 2.0, 0.0) is None
    assert triggers.check(lambda _: 1.0, 0.0) == "healthy-regions below 2; it is 1"


def test_the_first_reason_to_stop_counts_and_only_a_person_insists() -> None:
    stop = StopRequest()

    stop.request("stop-condition", "errors")
    stop.request("stop-condition", "latency")
    assert stop.insisted is False
    stop.request("signal", "SIGINT")

    assert stop.reason is not None
    assert stop.reason.why == "errors"
    assert stop.insisted is True


def test_values_have_their_units() -> None:
    assert format_measure("error-rate", 0.015) == "1.5 %"
    assert format_measure("p99-latency", 0.25) == "250 ms"
    assert format_measure("healthy-regions", 2.0) == "2"
    assert format_measure("dial", None) == "unknown"


def test_outcomes_that_a_probe_lost_are_no_errors() -> None:
    assert seen(*(lost_sample(9 + n / 100) for n in range(30))).error_rate is None
    assert RequestOutcome.LOST
