"""The rules about writes that are still being replicated."""

from dataclasses import replace

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.guards.evaluation import guards_for
from muster.drill.plan.instructions import DrainWrites, SetDial
from muster.model import ActiveFault
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view
from tests.unit.muster.drill.guards.builders import (
    FAR,
    KILL,
    OFF,
    evaluate_guard,
    make_context,
    three_regions,
)


@pytest.mark.parametrize(
    ("lag_s", "expected"), [(None, "hold"), (6.0, "hold"), (5.0, "ok"), (0.0, "ok")]
)
def test_replication_must_keep_up_before_an_evacuation(lag_s: float | None, expected: str) -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=lag_s))

    assert evaluate_guard("replication-lag", make_context(OFF, view)).ruling == expected
    assert "replication-lag" not in guards_for(KILL)


@pytest.mark.parametrize(
    ("lags", "expected", "named"),
    [
        ({HOME: 0.5, FAR: 0.6}, "ok", "0.6 s"),
        ({HOME: 0.5, FAR: 60.0}, "hold", FAR),
        ({HOME: 60.0, FAR: 0.5}, "hold", HOME),
        ({HOME: 0.5, FAR: None}, "hold", FAR),
    ],
)
def test_the_lag_to_every_other_region_counts(
    lags: dict[str, float | None], expected: str, named: str
) -> None:
    verdict = evaluate_guard(
        "replication-lag", make_context(OFF, three_regions(build_region_view(AWAY, lags_s=lags)))
    )

    assert verdict.ruling == expected
    assert named in verdict.reason


def test_the_lag_to_an_unhealthy_region_does_not_count() -> None:
    away = build_region_view(AWAY, lags_s={HOME: 0.5, FAR: None})

    unhealthy = evaluate_guard(
        "replication-lag", make_context(OFF, three_regions(away, target="unhealthy"))
    )
    dialled_down = evaluate_guard(
        "replication-lag", make_context(OFF, three_regions(away, dial=0.0))
    )

    assert unhealthy.ruling == "ok"
    assert dialled_down.ruling == "hold"  # failover by health ignores dials


def test_the_lag_of_a_region_with_the_drills_own_fault_counts_once_the_fault_is_cleared() -> None:
    view = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=None))

    verdict = evaluate_guard("replication-lag", make_context(OFF, view, faults=(KILL.fault,)))
    cleared = evaluate_guard("replication-lag", make_context(OFF, view, broken=frozenset({AWAY})))

    assert (verdict.ruling, cleared.ruling) == ("ok", "hold")


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_no_region_is_evacuated_while_replication_is_paused(region: str) -> None:
    pause = ActiveFault(kind="replication-pause", region=region)

    verdict = evaluate_guard("replication-lag", make_context(OFF, build_view(faults=(pause,))))

    assert verdict.ruling == "hold"
    assert "writes do not arrive" in verdict.reason


def test_only_a_pause_between_the_region_and_its_refuges_holds_an_evacuation() -> None:
    away = build_region_view(AWAY, lags_s={HOME: 0.5})
    view = three_regions(away, target="unhealthy")
    pause_of_no_refuge = ActiveFault(kind="replication-pause", region=FAR)
    slow = ActiveFault(kind="network-slow", region=AWAY)

    for fault in (pause_of_no_refuge, slow):
        verdict = evaluate_guard(
            "replication-lag", make_context(OFF, replace(view, faults=(fault,)))
        )
        assert (verdict.ruling, verdict.reason) == ("ok", "0.5 s, at most 5 s")


def test_an_evacuation_is_held_where_no_refuge_is_known_and_judged_where_faults_are_not() -> None:
    alone = build_view(build_region_view(AWAY))
    unread = build_view(faults=None)

    verdict = evaluate_guard("replication-lag", make_context(OFF, alone))

    assert (verdict.ruling, verdict.reason) == (
        "hold",
        f"it is unknown how late writes of {AWAY} come to any other Region",
    )
    assert evaluate_guard("replication-lag", make_context(OFF, unread)).ruling == "ok"


def test_a_dial_that_is_turned_up_waits_for_no_writes() -> None:
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, dial=50.0, replication_lag_s=60.0)
    )
    up = SetDial(region=AWAY, percent=100.0)

    assert evaluate_guard("replication-lag", make_context(up, view)).ruling == "ok"


def test_draining_waits_for_ten_times_the_recent_lag() -> None:
    """docs.aws.amazon.com/amazondynamodb/.../bp-global-table-design.prescriptive-guidance.evacuation.html"""
    drain = DrainWrites(region=AWAY, factor=10.0)

    def after(now_s: float) -> str:
        known = make_context(drain, recent_lags_s={AWAY: {HOME: 0.5}}, emptied_s=100.0, now_s=now_s)
        return evaluate_guard("drained", known).ruling

    assert after(104.9) == "hold"
    assert after(105.0) == "ok"
    assert (
        evaluate_guard("drained", make_context(drain, emptied_s=100.0, now_s=999.0)).ruling
        == "hold"
    )


def test_draining_waits_for_the_slowest_other_region() -> None:
    drain = DrainWrites(region=AWAY, factor=10.0)
    view = three_regions(build_region_view(AWAY))

    def after(now_s: float, **lags: float) -> GuardVerdict:
        recent = {AWAY: {name.replace("_", "-"): lag for name, lag in lags.items()}}
        known = make_context(drain, view, recent_lags_s=recent, emptied_s=100.0, now_s=now_s)
        return evaluate_guard("drained", known)

    assert after(119.9, eu_central_1=0.5, ap_southeast_1=2.0).ruling == "hold"
    assert after(120.0, eu_central_1=0.5, ap_southeast_1=2.0).ruling == "ok"
    unknown = after(999.0, eu_central_1=0.5)
    assert unknown.ruling == "hold"
    assert FAR in unknown.reason


def test_draining_is_held_where_no_refuge_is_known() -> None:
    alone = make_context(DrainWrites(region=AWAY), build_view(build_region_view(AWAY)))

    assert evaluate_guard("drained", alone).ruling == "hold"


def test_draining_counts_no_time_before_it_is_known_that_the_region_is_empty() -> None:
    drain = DrainWrites(region=AWAY, factor=10.0)

    verdict = evaluate_guard(
        "drained", make_context(drain, recent_lags_s={AWAY: {HOME: 0.05}}, now_s=999.0)
    )

    assert verdict.ruling == "hold"
    assert verdict.reason.startswith("0.5 s left of 10 times")


def test_draining_names_the_longest_wait() -> None:
    drain = DrainWrites(region=AWAY, factor=10.0, clients_s=60.0)

    def reason(lag_s: float) -> str:
        return evaluate_guard(
            "drained",
            make_context(
                drain,
                recent_lags_s={AWAY: {HOME: lag_s}},
                emptied_s=100.0,
                degraded_s=100.0,
                now_s=105.0,
            ),
        ).reason

    assert reason(1.0) == "55 s left until the TTL and the caches of DNS clients have ended"
    assert reason(7.0) == "65 s left of 10 times the recent lag of 7 s"


def test_draining_waits_until_dns_clients_have_left() -> None:
    drain = DrainWrites(region=AWAY, factor=10.0, clients_s=60.0)
    lags = {AWAY: {HOME: 0.5}}

    def after(now_s: float, degraded_s: float | None = 100.0) -> GuardVerdict:
        known = make_context(
            drain, recent_lags_s=lags, emptied_s=100.0, degraded_s=degraded_s, now_s=now_s
        )
        return evaluate_guard("drained", known)

    assert (after(130.0).ruling, after(160.0).ruling) == ("hold", "ok")
    assert after(130.0).reason.startswith("30 s left until the TTL")
    assert after(999.0, degraded_s=None).reason.startswith("60 s left until the TTL")
