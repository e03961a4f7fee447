"""Plans: the exact steps of a scenario in a system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster import codec
from muster.drill.guards.context import GuardContext
from muster.drill.guards.evaluation import worst_ruling
from muster.drill.guards.preflight import evaluate_steps
from muster.drill.plan.dial_ramp import ramp_dials
from muster.drill.plan.instructions import (
    ClearFault,
    DrainWrites,
    ExpectMeasure,
    InjectFault,
    Pause,
    SetDial,
    SetSwitch,
    describe_instruction,
)
from muster.drill.plan.model import DrillPlan, DrillTargets, Limits, parse_limits
from muster.drill.plan.planner import make_plan
from muster.drill.scenario import catalogue
from muster.drill.scenario.parser import parse_scenario
from muster.drill.view.format_text import format_plan
from muster.errors import InvalidParameter, InvalidScenario, InvalidSetting
from muster.levers import Fault
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_plan,
    build_region_view,
    build_request,
    build_stack,
    build_view,
    required_parameters,
    shipped_scenario,
)

NAMES = [path.stem for path in sorted(catalogue.SHIPPED_SCENARIOS.glob("*.yaml"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_comes_back_from_its_file_as_it_went(name: str) -> None:
    made = build_plan(name)

    assert codec.loads(DrillPlan, codec.dumps(made)) == made
    assert len({step.id for step in made.steps}) == len(made.steps)


@pytest.mark.parametrize("number", [3, 8])
@pytest.mark.parametrize("name", NAMES)
def test_no_guard_refuses_a_shipped_scenario_on_three_or_eight_healthy_regions(
    name: str, number: int
) -> None:
    regions = (HOME, AWAY, *(f"ap-northeast-{n}" for n in range(1, 7)))[:number]
    seen = build_view(*(build_region_view(region) for region in regions))
    scenario = shipped_scenario(name)

    made = make_plan(
        scenario, build_request(required_parameters(scenario)), build_stack(*regions), seen
    )

    now = GuardContext(do=Pause(seconds=0), view=seen, limits=Limits())
    ruled = [worst_ruling(verdicts) for _, verdicts in evaluate_steps(made.steps, now)]
    assert "refuse" not in ruled
    assert set(made.others) == set(regions) - {made.subject}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_holds_a_shipped_scenario_where_all_is_in_order(name: str) -> None:
    """Waiting for the last writes is judged when its Region is empty, and not before."""
    lags = {HOME: {AWAY: 0.5}, AWAY: {HOME: 0.5}}
    seen = build_view(*(build_region_view(name, lags_s=lags[name]) for name in lags), faults=())
    now = GuardContext(do=Pause(seconds=0), view=seen, limits=Limits(), recent_lags_s=lags)

    judged = evaluate_steps(build_plan(name).steps, now)

    assert {worst_ruling(verdicts) for _, verdicts in judged} == {"ok"}


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_can_be_read(name: str) -> None:
    text = "\n".join(format_plan(build_plan(name)))

    assert "${" not in text
    assert "stops and rolls back when" in text
    assert "rollback (" in text
    assert max(len(line) for line in text.splitlines()) <= 140


def test_evacuate_ramps_down_and_comes_back_to_what_was_found() -> None:
    found = build_view(build_region_view(HOME), build_region_view(AWAY, dial=60.0))

    made = build_plan("evacuate", {"hold": "3m", "pause": "5s"}, found)

    assert [step.do for step in made.steps] == [
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
    marks = {step.marks: step.id for step in made.steps if step.marks}
    assert marks == {"away": "m1", "alone": "m7", "back": "m10"}
    assert made.undo == (f"dial of {AWAY} to 60 %, once it is healthy",)
    assert made.targets == DrillTargets(rto_s=5.0, rpo_s=5.0)


def test_a_dial_that_is_there_already_is_turned_to_it_once() -> None:
    found = build_view(build_region_view(HOME), build_region_view(AWAY, dial=0.0))

    first = build_plan("evacuate", None, found).steps[0]

    assert first.do == SetDial(region=AWAY, percent=0.0)
    assert first.marks == "away"


def test_region_loss_breaks_and_mends_the_same() -> None:
    fault = Fault(kind="network-cut", region=AWAY)

    made = build_plan("region-loss", {"fault": "network-cut"})

    assert InjectFault(fault=fault) in [step.do for step in made.steps]
    assert ClearFault(fault=fault) in [step.do for step in made.steps]
    assert any("will see errors" in note for note in made.notes)


def test_a_switch_has_an_end_and_a_reason() -> None:
    made = build_plan("evacuate-by-health", {"expires": "20m"})

    assert made.steps[0].do == SetSwitch(
        region=AWAY, status="fail", for_s=1200.0, why="drill evacuate-by-health"
    )


def test_what_is_found_is_told_in_the_undo() -> None:
    found = build_view(
        build_region_view(HOME), build_region_view(AWAY, switch=SwitchSetting(status="pass"))
    )

    assert build_plan("gray-failure", None, found).undo == (
        f"end the fault network-slow of {AWAY} (delay_ms 1000)",
        f"health switch of {AWAY} to pass",
    )


SLOW = ActiveFault(kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0})


def test_a_fault_that_is_found_is_told_in_the_undo() -> None:
    found = build_view(faults=(SLOW,))

    made = build_plan("region-loss", {"fault": "network-cut"}, found)

    assert made.undo == (f"the fault network-slow of {AWAY} (delay_ms 200), as it is found",)
    assert build_plan("evacuate", None, found).undo == build_plan("evacuate").undo


def test_a_plan_tells_of_faults_that_somebody_else_has_injected() -> None:
    (note,) = set(build_plan("evacuate", None, build_view(faults=(SLOW,))).notes) - set(
        build_plan("evacuate").notes
    )

    assert note.startswith(
        f"network-slow of {AWAY} (delay_ms 200) is active, and is not this drill's"
    )


def test_a_plan_says_where_it_can_not_be_read_which_faults_stand() -> None:
    partly, blind = build_view(faults_unread=("control planes",)), build_view(faults=None)

    for seen, told in ((partly, "control planes"), (blind, "the whole system")):
        assert f"active faults can't be read: {told}" in build_plan("shift", None, seen).notes


def test_a_plan_without_telemetry_says_what_it_assumes() -> None:
    blind = build_view(
        build_region_view(HOME, dial=None),
        build_region_view(AWAY, dial=None),
        accelerator_status=None,
    )

    made = build_plan("evacuate", None, blind)

    assert made.steps[0].do == SetDial(region=AWAY, percent=75.0, lowers=True)
    assert any("assumes the declared 100 %" in note for note in made.notes)
    assert any("does not answer now" in note for note in made.notes)


def test_a_dial_of_us_west_2_comes_with_a_warning() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html"""
    assert any("use evacuate-by-health" in note for note in build_plan("evacuate").notes)


def test_targets_of_the_command_line_win() -> None:
    made = build_plan("evacuate", targets={"rto_s": 60.0})

    assert made.targets == DrillTargets(rto_s=60.0, rpo_s=5.0)


def test_the_drain_is_never_shorter_than_the_limit_says() -> None:
    made = build_plan("evacuate", limits=Limits(drain_factor=20.0))

    assert DrainWrites(region=AWAY, factor=20.0) in [step.do for step in made.steps]


def test_forced_guards_are_told() -> None:
    made = build_plan("evacuate", forced=("capacity",))

    assert made.forced == ("capacity",)
    assert any("guard capacity is overridden" in note for note in made.notes)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("evacuate", {"region": "us-west-3"}, "us-west-3 is no Region of the stack"),
        ("evacuate", {"region": "Oregon"}, "parameter region: 'Oregon' is not a Region"),
        ("evacuate", {"hold": "long"}, "parameter hold: 'long'"),
        ("evacuate", {"hlod": "1s"}, "parameter hlod: there is no such parameter; known are"),
        ("evacuate", {"region": None}, "parameter region: missing"),
        ("region-loss", {"fault": "meteor"}, "'meteor' is not one of region-kill"),
        ("shift", {"dials": "eu-central-1=30,us-west-3=1"}, "us-west-3 is no Region"),
    ],
)
def test_a_wrong_parameter_is_named(name: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        build_plan(name, given)


def test_too_small_a_step_is_refused() -> None:
    with pytest.raises(InvalidScenario, match="choose a larger step"):
        build_plan("evacuate", {"step": "0.1"})
    for step in ("0", "0.0000001"):  # so small a turn would never arrive
        with pytest.raises(InvalidScenario, match=r"must be at least 0\.1 %"):
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
        ("default: 30s", f"default: 1{400 * '0'}", "length of time"),
    ],
)
def test_what_no_system_could_do_is_told_with_its_place(old: str, new: str, message: str) -> None:
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


def own(text: str, start: str, end: str) -> DrillPlan:
    return make_plan(
        parse_scenario(text, "own.yaml"),
        build_request({"from": start, "to": end}),
        build_stack(),
        build_view(),
    )


def test_keys_are_filled_in_too() -> None:
    made = own(OWN, HOME, AWAY)

    assert [step.do for step in made.steps] == [
        SetDial(region=HOME, percent=30.0, lowers=True),
        SetDial(region=AWAY, percent=70.0, lowers=True),
    ]
    with pytest.raises(InvalidScenario, match=r"arguments\.to: two of the keys .* are the same"):
        own(OWN, HOME, HOME)


def test_shares_are_written_as_numbers_or_in_percent() -> None:
    made = own(OWN, HOME, AWAY)

    assert made.hypothesis[0].do == ExpectMeasure(measure="error-rate", low=0.0, high=0.01)
    assert [one.describe() for one in made.stop_conditions] == [
        "p99-latency above 250 ms",
        f"share of {HOME} below 5 %",
    ]
    assert made.targets == DrillTargets(failed_share=0.001)


def test_a_region_that_is_given_wrong_is_told_by_its_parameter() -> None:
    text = OWN.replace("title: Own", "title: Own\nsubject: ${from}")

    with pytest.raises(
        InvalidParameter, match="scenario own: parameter from: us-west-3 is no Region"
    ):
        own(text, "us-west-3", AWAY)


def test_a_dial_goes_to_a_percentage_or_to_what_a_word_says() -> None:
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


def test_control_stop_is_of_no_region() -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "control-plane-loss.yaml").read_text()
    text = text.replace("kind: control-stop\n", f"kind: control-stop\n      region: {HOME}\n")

    made = make_plan(
        parse_scenario(text, "mine.yaml"), build_request(), build_stack(), build_view()
    )

    assert InjectFault(fault=Fault(kind="control-stop")) in [step.do for step in made.steps]


def test_texts_of_a_scenario_are_filled_in() -> None:
    assert build_plan("evacuate").steps[0].activity == f"Turn the dial of {AWAY} down"


def test_every_instruction_has_words() -> None:
    told = [describe_instruction(step.do) for name in NAMES for step in build_plan(name).steps]

    assert all(told)
    assert all("{" not in line for line in told)


def test_limits_are_checked() -> None:
    assert parse_limits({"lag_s": 2}, "muster.yaml").lag_s == 2
    for wrong, rule in (({"lag": 2}, "one of the limits"), ({"lag_s": 0}, "from 0.001 to 3600")):
        with pytest.raises(InvalidSetting, match=rule):
            parse_limits(wrong, "muster.yaml")


percents = st.floats(0, 100).map(lambda value: round(value, 3))


@given(
    st.lists(st.tuples(percents, percents), min_size=1, max_size=8),
    st.floats(1, 100),
)
def test_a_ramp_arrives_in_turns_no_larger_than_the_step(
    moves: list[tuple[float, float]], step: float
) -> None:
    now = {f"region-{n}": start for n, (start, _) in enumerate(moves)}
    goals = {f"region-{n}": goal for n, (_, goal) in enumerate(moves)}
    always_some = any(now.values()) and any(goals.values())

    for turns in ramp_dials(now, goals, step):
        ups = [percent > now[region] for region, percent in turns]
        assert ups == sorted(ups, reverse=True)
        for region, percent in turns:
            assert abs(percent - now[region]) <= step + 1e-5
            now[region] = percent
            assert any(now.values()) or not always_some

    assert now == pytest.approx(goals, abs=1e-5)
