"""The rules about writes that are still being replicated."""

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.guards.evaluation import guards_for
from muster.drill.plan.instructions import DrainWrites
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
