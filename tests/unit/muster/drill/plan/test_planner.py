"""Plans: the exact steps of a scenario in a system."""

import pytest

from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import worst_ruling
from muster.drill.guards.preflight import evaluate_steps
from muster.drill.plan.instructions import (
    AwaitApproval,
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Pause,
    SetDial,
    SetSwitch,
)
from muster.drill.plan.model import DrillPlan, DrillTargets
from muster.drill.plan.planner import make_plan
from muster.drill.scenario import catalogue
from muster.drill.scenario.parser import parse_scenario
from muster.errors import InvalidParameter, InvalidScenario
from muster.levers import Fault
from muster.limits import Limits
from tests.unit.muster.drill.builders import (
    AWAY,
    DNS_NAMES,
    HOME,
    SHIPPED_NAMES,
    build_plan,
    build_record_view,
    build_region_view,
    build_request,
    build_stack,
    build_two_door_stack,
    build_two_door_view,
    build_view,
    required_parameters,
    shipped_scenario,
)


@pytest.mark.parametrize("number", [3, 8])
@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_no_guard_refuses_a_shipped_scenario_on_three_or_eight_healthy_regions(
    name: str, number: int
) -> None:
    regions = (HOME, AWAY, *(f"ap-northeast-{n}" for n in range(1, 7)))[:number]
    view = build_view(*(build_region_view(region) for region in regions))
    stack = build_stack(*regions)
    if name in DNS_NAMES:
        view = build_two_door_view(
            *(build_record_view(region) for region in regions), regions=view.regions
        )
        stack = build_two_door_stack(regions=regions)
    scenario = shipped_scenario(name)

    plan = make_plan(scenario, build_request(required_parameters(scenario)), stack, view)

    now = GuardContext(do=Pause(seconds=0), view=view, limits=Limits())
    ruled = [worst_ruling(verdicts) for _, verdicts in evaluate_steps(plan.steps, now)]
    assert "refuse" not in ruled
    assert set(plan.others) == set(regions) - {plan.subject}


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_no_guard_holds_a_shipped_scenario_in_a_healthy_system(name: str) -> None:
    """The guard of draining is evaluated when its Region is empty, and not before."""
    lags = {HOME: {AWAY: 0.5}, AWAY: {HOME: 0.5}}
    view = build_two_door_view(
        regions={region: build_region_view(region, lags_s=lags[region]) for region in lags}
    )
    now = GuardContext(do=Pause(seconds=0), view=view, limits=Limits(), recent_lags_s=lags)

    verdicts_of_steps = evaluate_steps(build_plan(name).steps, now)

    assert {worst_ruling(verdicts) for _, verdicts in verdicts_of_steps} == {"ok"}


def test_evacuate_ramps_down_and_comes_back_to_the_present_dial() -> None:
    found = build_view(build_region_view(HOME), build_region_view(AWAY, dial=60.0))

    plan = build_plan("evacuate", {"hold": "3m", "pause": "5s"}, found)

    assert [step.do for step in plan.steps] == [
        SetDial(region=AWAY, percent=35.0, lowers=True),
        Pause(seconds=5.0),
        SetDial(region=AWAY, percent=10.0, lowers=True),
        Pause(seconds=5.0),
        SetDial(region=AWAY, percent=0.0, lowers=True),
        ExpectMeasure(measure="share", region=AWAY, low=0.0, high=0.0),
        DrainWrites(region=AWAY, factor=10.0),
        ExpectMeasure(measure="error-rate", low=0.0, high=0.01),
        Pause(seconds=180.0),
        SetDial(region=AWAY, percent=25.0),
        Pause(seconds=5.0),
        SetDial(region=AWAY, percent=50.0),
        Pause(seconds=5.0),
        SetDial(region=AWAY, percent=60.0),
    ]
    marks = {step.marks: step.id for step in plan.steps if step.marks}
    assert marks == {"away": "m1", "alone": "m7", "back": "m10"}
    assert plan.undo == (f"dial of {AWAY} to 60 %, once it is healthy",)
    assert plan.targets == DrillTargets(rto_s=5.0, rpo_s=5.0)


def test_a_dial_at_its_goal_is_set_once() -> None:
    found = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    first = build_plan("evacuate", None, found).steps[0]

    assert first.do == SetDial(region=AWAY, percent=0.0)
    assert first.marks == "away"


def test_region_loss_injects_and_clears_the_same_fault() -> None:
    fault = Fault(kind="network-cut", region=AWAY)

    plan = build_plan("region-loss", {"fault": "network-cut"})

    assert InjectFault(fault=fault) in [step.do for step in plan.steps]
    assert ClearFault(fault=fault) in [step.do for step in plan.steps]
    assert any("will see errors" in note for note in plan.notes)


def test_a_switch_has_an_end_and_a_reason() -> None:
    plan = build_plan("evacuate-by-health", {"expires": "20m"})

    assert plan.steps[0].do == SetSwitch(
        region=AWAY, status="fail", for_s=1200.0, why="drill evacuate-by-health"
    )


def test_a_plan_without_telemetry_notes_its_assumptions() -> None:
    unread = build_view(
        build_region_view(HOME, dial=None),
        build_region_view(AWAY, dial=None),
        accelerator_status=None,
    )

    plan = build_plan("evacuate", None, unread)

    assert plan.steps[0].do == SetDial(region=AWAY, percent=75.0, lowers=True)
    assert any("assumes the declared 100 %" in note for note in plan.notes)
    assert any("does not answer now" in note for note in plan.notes)


def test_targets_of_the_command_line_override_the_scenarios() -> None:
    plan = build_plan("evacuate", targets={"rto_s": 60.0})

    assert plan.targets == DrillTargets(rto_s=60.0, rpo_s=5.0)


def test_no_step_is_expected_to_take_longer_than_it_may() -> None:
    """The lag that was known was one of minutes, after the return of a Region."""
    lagging = build_view(build_region_view(HOME), build_region_view(AWAY, replication_lag_s=76.4))

    plan = build_plan("evacuate", None, lagging)

    (drain,) = [step for step in plan.steps if isinstance(step.do, DrainWrites)]
    assert drain.expected_s == drain.within_s


def test_the_drain_factor_is_never_below_the_limit() -> None:
    plan = build_plan("evacuate", limits=Limits(drain_factor=20.0))

    assert DrainWrites(region=AWAY, factor=20.0) in [step.do for step in plan.steps]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "evacuate",
            {"region": "us-west-3"},
            r"us-west-3 is no Region .*mean us-west-2\?",
        ),
        ("shift", {"dials": "eu-central-1=30,us-west-3=1"}, "us-west-3 is no Region"),
    ],
)
def test_a_region_outside_of_the_stack_is_named(
    name: str, given: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidParameter, match=message):
        build_plan(name, given)


def test_too_small_a_step_is_refused() -> None:
    with pytest.raises(InvalidScenario, match="choose a larger step"):
        build_plan("evacuate", {"step": "0.1"})
    for step in ("0", "0.0000001"):  # so small a turn would never arrive
        with pytest.raises(InvalidParameter, match=r"parameter step: must be at least 0\.1 %"):
            build_plan("evacuate", {"step": step})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tolerance: [0, 0.01]", "tolerance: [0.01, 0]", "no value is both at least 0.01 and at"),
        ("tolerance: [0, 0.01]", "tolerance: [0, 50]", r"tolerance\[1\]: 50 is not a share from 0"),
        (
            "tolerance: [0, 0.01]",
            "tolerance: [0, -1%]",
            r"'-1%' is not a percentage from 0 to 100",
        ),
        (
            "    above: 0\n",
            "    above: -1\n",
            r"stop-conditions\[1\]\.above: -1 is not a number",
        ),
        ("rto: 3m", "failed-share: 5", r"targets\.failed-share: 5 is not a share"),
        ("rto: 3m", "rpo-items: -1", r"targets\.rpo-items: -1 is not a number from 0"),
        ("kind: ${fault}", "kind: ${region}", "'us-west-2' is not one of throttle"),
        (
            "kind: ${fault}\n      region: ${region}",
            "kind: ${fault}",
            r"method\[1\]\.arguments: network-slow needs a region",
        ),
        (
            "kind: ${fault}\n      region: ${region}",
            "kind: ${fault}\n      region: eu-south-1",
            r"mine\.yaml: method\[1\]\.arguments\.region: eu-south-1 is no Region of the stack",
        ),
        ("concurrency: ${concurrency}", "concurrency: .inf", r"parameters\.concurrency: inf"),
        (
            "concurrency: ${concurrency}",
            "concurrency: few",
            r"parameters\.concurrency: 'few' is no",
        ),
        ("concurrency: ${concurrency}", f"concurrency: 1{400 * '0'}", r"parameters\.concurrency"),
        ("default: 1h", "default: 0s", r"arguments\.for: 0 s is less than 1 s"),
        ("within: ${decide}", "within: ${delay-ms}${decide}", r"method\[2\]\.within"),
        ("default: 30s", f"default: 1{400 * '0'}", "length of time"),
    ],
)
def test_an_impossible_value_is_named_with_its_place(old: str, new: str, message: str) -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "gray-failure.yaml").read_text()
    for name in ("concurrency", "fault"):  # in use whatever is replaced
        text = text.replace("watch:\n", f"watch:\n  - With ${{{name}}}.\n", 1)
    assert old in text

    with pytest.raises(InvalidScenario, match=message):
        make_plan(
            parse_scenario(text.replace(old, new, 1), "mine.yaml"),
            build_request({"region": AWAY}),
            build_stack(),
            build_view(),
        )


OWN = """\
name: own
title: Own
why: To see.
parameters:
  from: {type: region, description: One.}
  to: {type: region, description: Another.}
steady-state-hypothesis:
  title: Requests succeed
  probes: [{name: Few errors, func: error-rate, tolerance: [0, 1%]}]
method:
  - type: action
    name: Swap
    func: dials
    arguments: {to: {"${from}": 30, "${to}": 70}}
stop-conditions:
  - {measure: p99-latency, above: 250ms}
  - {measure: share, arguments: {region: "${from}"}, below: 5%}
targets: {failed-share: 0.1%}
"""


def plan_own(text: str, start: str, end: str) -> DrillPlan:
    return make_plan(
        parse_scenario(text, "own.yaml"),
        build_request({"from": start, "to": end}),
        build_stack(),
        build_view(),
    )


def test_parameters_are_filled_into_keys() -> None:
    plan = plan_own(OWN, HOME, AWAY)

    assert [step.do for step in plan.steps] == [
        SetDial(region=HOME, percent=30.0, lowers=True),
        SetDial(region=AWAY, percent=70.0, lowers=True),
    ]
    with pytest.raises(InvalidScenario, match=r"arguments\.to: two of the keys .* are the same"):
        plan_own(OWN, HOME, HOME)


def test_shares_are_numbers_or_percentages() -> None:
    plan = plan_own(OWN, HOME, AWAY)

    assert plan.hypothesis[0].do == ExpectMeasure(measure="error-rate", low=0.0, high=0.01)
    assert [one.describe() for one in plan.stop_conditions] == [
        "p99-latency above 250 ms",
        f"share of {HOME} below 5 %",
    ]
    assert plan.targets == DrillTargets(failed_share=0.001)


def test_an_unknown_region_is_named_by_its_parameter() -> None:
    text = OWN.replace("title: Own", "title: Own\nsubject: ${from}")

    with pytest.raises(
        InvalidParameter, match="scenario own: parameter from: us-west-3 is no Region"
    ):
        plan_own(text, "us-west-3", AWAY)


def test_a_dial_goes_to_a_percentage_or_to_a_known_word() -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "evacuate.yaml").read_text()

    with pytest.raises(
        InvalidScenario, match=r"'half' is not a percentage .*, nor declared or found"
    ):
        make_plan(
            parse_scenario(text.replace("to: 0", "to: half"), "mine.yaml"),
            build_request({"region": AWAY}),
            build_stack(),
            build_view(),
        )


def test_control_stop_has_no_region() -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "control-plane-loss.yaml").read_text()
    text = text.replace("kind: control-stop\n", f"kind: control-stop\n      region: {HOME}\n")

    plan = make_plan(
        parse_scenario(text, "mine.yaml"), build_request(), build_stack(), build_view()
    )

    assert InjectFault(fault=Fault(kind="control-stop")) in [step.do for step in plan.steps]


def test_parameters_are_filled_into_texts() -> None:
    assert build_plan("evacuate").steps[0].activity == f"Turn the dial of {AWAY} down"


ASKING = OWN.replace(
    "stop-conditions:",
    """\
  - type: action
    name: Ask
    func: approval
    arguments: {words: "Empty  ${from}"}
    within: 5m
stop-conditions:""",
)


def test_an_approval_asks_in_words_within_its_time() -> None:
    plan = plan_own(ASKING, HOME, AWAY)

    asking = plan.steps[-1]
    assert asking.do == AwaitApproval(words=f"Empty {HOME}")
    assert (asking.within_s, asking.guards) == (300.0, ())
    assert f"{asking.id} waits for somebody's approval: `muster drill approve`" in plan.notes[-1]


def test_people_have_15_minutes_unless_the_scenario_says_otherwise() -> None:
    assert plan_own(ASKING.replace("    within: 5m\n", ""), HOME, AWAY).steps[-1].within_s == 900


@pytest.mark.parametrize("no_time", ["0", "0s"])
def test_nobody_is_asked_who_has_no_time(no_time: str) -> None:
    plan = plan_own(ASKING.replace("within: 5m", f"within: {no_time}"), HOME, AWAY)

    assert [type(step.do) for step in plan.steps] == [SetDial, SetDial]
    assert not [note for note in plan.notes if "approval" in note]
