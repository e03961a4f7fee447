"""Which alarms a drill expects from its own steps."""

import pytest

from muster.drill.guards.expected_alarms import AlarmFilter, Disturbance, disturbances_of
from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
)
from muster.levers import Fault
from muster.model import StackAlarm
from tests.unit.muster.drill.builders import AWAY, HOME, build_view
from tests.unit.muster.drill.guards.builders import FAR, KILL

HEALTH = Disturbance("health", AWAY)
LAG = Disturbance("replication", AWAY)
HOSTS, ENDPOINT, LATE = f"{AWAY}:hosts", f"{HOME}:endpoint-{AWAY}", f"{HOME}:lag-to-{AWAY}"
ELSEWHERE = f"{HOME}:hosts"
STACK_ALARMS = {
    HOSTS: StackAlarm(shows="health", regions=(AWAY,)),
    ENDPOINT: StackAlarm(shows="health", regions=(AWAY,)),
    LATE: StackAlarm(shows="replication", regions=(HOME, AWAY)),
    ELSEWHERE: StackAlarm(shows="health", regions=(HOME,)),
}
VIEW = build_view(alarms=dict.fromkeys(STACK_ALARMS, "ALARM"))


@pytest.mark.parametrize(
    ("do", "effects"),
    [
        (KILL, {HEALTH, LAG}),
        (InjectFault(fault=Fault(kind="throttle", region=AWAY)), {HEALTH, LAG}),
        (InjectFault(fault=Fault(kind="replication-pause", region=AWAY)), {LAG}),
        (InjectFault(fault=Fault(kind="control-stop")), set()),
        (SetSwitch(region=AWAY, status="fail"), {HEALTH}),
        (SetSwitch(region=AWAY, status="auto"), set()),
        (SetInverted(region=AWAY, inverted=True), {HEALTH}),
        (SetInverted(region=AWAY, inverted=False), set()),
        (SetDial(region=AWAY, percent=0, lowers=True), set()),
        (ClearFault(fault=KILL.fault), set()),
    ],
)
def test_what_a_step_disturbs(do: Instruction, effects: set[Disturbance]) -> None:
    assert disturbances_of(do) == effects


def unexpected(*disturbed: Disturbance, broken: frozenset[str] = frozenset()) -> set[str]:
    alarms = AlarmFilter(stack_alarms=STACK_ALARMS, broken=broken, disturbed=set(disturbed))
    return set(alarms.unexpected(VIEW))


def test_a_drill_that_disturbs_nothing_expects_no_alarm() -> None:
    assert unexpected() == set(STACK_ALARMS)


def test_an_alarm_about_the_lost_region_is_expected_wherever_it_is() -> None:
    """The accelerator's alarms about all Regions are in us-west-2."""
    assert unexpected(HEALTH, LAG) == {ELSEWHERE}


def test_a_region_that_is_switched_off_may_fail_its_health_checks_and_not_its_replication() -> None:
    assert unexpected(HEALTH) == {LATE, ELSEWHERE}


def test_a_paused_replication_does_not_excuse_an_unhealthy_region() -> None:
    assert unexpected(LAG) == {HOSTS, ENDPOINT, ELSEWHERE}


def test_alarms_in_a_broken_region_are_left_out_whatever_they_are_about() -> None:
    view = build_view(alarms={f"{AWAY}:named": None, f"{HOME}:named": "OK", ENDPOINT: None})

    alarms = AlarmFilter(stack_alarms=STACK_ALARMS, broken={AWAY})
    assert set(alarms.unexpected(view)) == {f"{HOME}:named", ENDPOINT}


def test_an_alarm_about_another_region_is_never_expected() -> None:
    assert ELSEWHERE in unexpected(HEALTH, LAG, Disturbance("health", FAR))
