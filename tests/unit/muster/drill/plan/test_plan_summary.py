"""The rollback of a plan in words, and its notes."""

from muster.drill.plan.instructions import ClearFault, ExpectMeasure, InjectFault, SetSwitch
from muster.drill.plan.plan_summary import estimate_s
from muster.levers import Fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_region_view, build_view

SLOW = ActiveFault(kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0})


def test_the_undo_names_the_present_switch() -> None:
    view = build_view(
        build_region_view(HOME), build_region_view(AWAY, switch=SwitchSetting(status="pass"))
    )

    assert build_plan("gray-failure", None, view).undo == (
        f"end the fault network-slow of {AWAY} (delay_ms 1000)",
        f"health switch of {AWAY} to pass",
    )


def test_a_rollback_waits_for_health_only_where_a_dial_goes_up() -> None:
    emptied = build_view(
        build_region_view(HOME),
        build_region_view(AWAY, dial=0.0, switch=SwitchSetting(status="fail")),
    )

    assert build_plan("failback", None, emptied).undo[-1] == f"dial of {AWAY} to 0 %"
    assert build_plan("evacuate").undo[-1] == f"dial of {AWAY} to 100 %, once it is healthy"


def test_the_undo_names_an_active_fault() -> None:
    view = build_view(faults=(SLOW,))

    plan = build_plan("region-loss", {"fault": "network-cut"}, view)

    assert plan.undo == (f"the fault network-slow of {AWAY} (delay_ms 200), as it is found",)
    assert build_plan("evacuate", None, view).undo == build_plan("evacuate").undo


def test_a_plan_notes_foreign_faults() -> None:
    (note,) = set(build_plan("evacuate", None, build_view(faults=(SLOW,))).notes) - set(
        build_plan("evacuate").notes
    )

    assert note.startswith(
        f"network-slow of {AWAY} (delay_ms 200) is active, and is not this drill's"
    )


def test_a_plan_notes_scopes_whose_faults_are_unreadable() -> None:
    partly, unread = build_view(faults_unread=("control planes",)), build_view(faults=None)

    for view, scopes in ((partly, "control planes"), (unread, "the whole system")):
        assert f"active faults can't be read: {scopes}" in build_plan("shift", None, view).notes


def test_a_region_is_expected_to_have_its_clients_back_after_half_a_minute() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    back, gone = (
        ExpectMeasure(measure="healthy", region=AWAY, low=number, high=number)
        for number in (1.0, 0.0)
    )
    plan = build_plan("region-loss")
    clear = plan.steps[-2].do
    assert isinstance(clear, ClearFault)

    assert plan.steps[-1].do == back
    assert plan.steps[-1].expected_s == estimate_s(back, {}, clear) == 35.0
    assert estimate_s(gone, {}, clear) == estimate_s(back, {}) == 10.0


def test_only_a_lost_region_must_be_detected_before_requests_succeed() -> None:
    kill, stop, switch = (
        InjectFault(fault=Fault(kind="region-kill", region=AWAY)),
        InjectFault(fault=Fault(kind="control-stop")),
        SetSwitch(region=AWAY, status="fail"),
    )
    succeed = ExpectMeasure(measure="error-rate", high=0.01)

    assert [estimate_s(succeed, {}, one) for one in (kill, stop, switch, None)] == [20, 10, 10, 10]
    assert [one.expected_s for one in build_plan("region-loss").steps[2:4]] == [20.0, 10.0]


def test_a_dial_of_us_west_2_comes_with_a_warning() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html"""
    assert any("use evacuate-by-health" in note for note in build_plan("evacuate").notes)


def test_a_plan_notes_forced_guards() -> None:
    plan = build_plan("evacuate", forced=("capacity",))

    assert plan.forced == ("capacity",)
    assert any("guard capacity is overridden" in note for note in plan.notes)
