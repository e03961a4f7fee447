"""Questions about a view: a Region's health, what degrades it, who can take over."""

from dataclasses import replace

import pytest

from muster.drill.guards.region_health import (
    active_faults_at,
    degraded_regions,
    lags_to_refuges,
    record_health,
    region_degraded_by,
    region_health,
)
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.guards.builders import CUT, FAR, KILL, PAUSE, SLOW, three_regions


@pytest.mark.parametrize(
    ("changes", "silent", "answering"),
    [
        ({}, "healthy", "healthy"),
        ({"dial": 0.0}, "healthy", "healthy"),
        ({"switch": SwitchSetting(status="pass")}, "healthy", "healthy"),
        ({"endpoint": None, "target": None}, "unknown", "healthy"),
        ({"endpoint": None}, "unknown", "healthy"),
        ({"target": None}, "unknown", "healthy"),
        ({"switch": None}, "unknown", "unknown"),
        ({"switch": SwitchSetting(status="fail")}, "unhealthy", "unhealthy"),
        ({"switch": None, "target": "unhealthy"}, "unhealthy", "unhealthy"),
        ({"target": "draining"}, "unhealthy", "unhealthy"),
        ({"endpoint": "INITIAL"}, "unhealthy", "unhealthy"),
    ],
)
def test_health_is_what_switch_endpoint_and_target_say(
    changes: dict[str, object], silent: str, answering: str
) -> None:
    """Good answers count only where a control plane tells nothing."""
    view = build_view(build_region_view(HOME), build_region_view(AWAY, **changes))

    assert region_health(view, AWAY) == silent
    assert region_health(view, AWAY, {AWAY}) == answering


@pytest.mark.parametrize(
    ("healthy_checkers", "silent", "answering"),
    [
        (16, "healthy", "healthy"),
        (0, "unhealthy", "unhealthy"),
        (None, "unknown", "healthy"),
    ],
)
def test_a_record_is_as_healthy_as_route_53_says_and_answers_count_where_it_says_nothing(
    healthy_checkers: int | None, silent: str, answering: str
) -> None:
    view = build_two_door_view(build_record_view(AWAY, healthy_checkers=healthy_checkers))

    assert record_health(view, AWAY) == silent
    assert record_health(view, AWAY, {AWAY}) == answering


@pytest.mark.parametrize(("healthy_checkers", "health"), [(16, "healthy"), (0, "unhealthy")])
def test_a_region_without_accelerator_is_as_healthy_as_its_record(
    healthy_checkers: int, health: str
) -> None:
    record = build_record_view(AWAY, healthy_checkers=healthy_checkers)
    view = replace(build_two_door_view(record), doors=("dns",))

    assert region_health(view, AWAY) == health


def test_without_dns_a_record_is_of_unknown_health_unless_its_region_answers() -> None:
    assert record_health(build_view(), AWAY) == "unknown"
    assert record_health(build_view(), AWAY, {AWAY}) == "healthy"


@pytest.mark.parametrize(("now", "region"), [(10, AWAY), (5, None), (4, None)])
def test_a_lower_weight_degrades_its_region(now: int, region: str | None) -> None:
    view = build_two_door_view(build_record_view(AWAY, weight=now))

    assert region_degraded_by(SetWeight(region=AWAY, weight=5), view) == region


@pytest.mark.parametrize(("lowers", "region"), [(True, AWAY), (False, None)])
def test_where_the_weight_can_not_be_read_the_plan_says_what_it_does(
    lowers: bool, region: str | None
) -> None:
    step = SetWeight(region=AWAY, weight=5, lowers=lowers)

    for view in (build_view(), build_two_door_view(build_record_view(AWAY, weight=None))):
        assert region_degraded_by(step, view) == region


def test_a_region_that_the_view_lacks_is_of_unknown_health() -> None:
    assert region_health(build_view(), "mars-1", {"mars-1"}) == "unknown"


def test_lags_count_to_every_region_that_is_not_unhealthy() -> None:
    lags = {HOME: 0.5, FAR: None}
    away = build_region_view(AWAY, lags_s=lags)

    assert lags_to_refuges(three_regions(away), AWAY) == lags
    assert lags_to_refuges(three_regions(away, dial=0.0), AWAY) == lags
    assert lags_to_refuges(three_regions(away, target="unhealthy"), AWAY) == {HOME: 0.5}
    assert lags_to_refuges(build_view(), "mars-1") == {HOME: None, AWAY: None}


def test_active_faults_of_a_scope_are_unknown_where_it_was_not_read() -> None:
    scope = scope_of_fault(CUT)

    assert active_faults_at(build_view(faults=(SLOW,)), scope) == (SLOW,)
    assert active_faults_at(build_view(faults=(SLOW,)), f"function of {AWAY}") == ()
    assert active_faults_at(build_view(faults=(), faults_unread=(scope,)), scope) is None
    assert active_faults_at(build_view(faults=None), scope) is None


def test_faults_degrade_their_region_unless_requests_go_on() -> None:
    paused = ActiveFault(kind="replication-pause", region=HOME)
    stopped = ActiveFault(kind="region-stop", region=FAR)
    control = Fault(kind="control-stop")

    assert degraded_regions((SLOW, paused, stopped, control)) == {AWAY, FAR}


@pytest.mark.parametrize(
    ("do", "region"),
    [
        (SetDial(region=AWAY, percent=49.0), AWAY),
        (SetDial(region=AWAY, percent=50.0), None),
        (SetDial(region=AWAY, percent=51.0), None),
        (SetDial(region="mars-1", percent=99.0), "mars-1"),
        (SetDial(region="mars-1", percent=100.0), None),
        (SetDial(region=HOME, percent=99.0), HOME),
        (SetDial(region=HOME, percent=100.0), None),
        (SetSwitch(region=AWAY, status="fail"), AWAY),
        (SetSwitch(region=AWAY, status="pass"), None),
        (SetInverted(region=AWAY, inverted=True), AWAY),
        (SetInverted(region=AWAY, inverted=False), None),
        (KILL, AWAY),
        (PAUSE, None),
        (InjectFault(fault=Fault(kind="control-stop")), None),
        (ClearFault(fault=CUT), None),
    ],
)
def test_a_step_degrades_the_region_that_it_takes_traffic_from(
    do: Instruction, region: str | None
) -> None:
    """AWAY's dial is at 50; an unreadable dial, as HOME's, counts as 100."""
    view = build_view(build_region_view(HOME, dial=None), build_region_view(AWAY, dial=50.0))

    assert region_degraded_by(do, view) == region
