"""The shipped drills, run for real beside a client observer.

The tool's results are compared with the observer's requests (`observer_assertions`), with direct
reads of the Regions' tables, and with the state of the system, which each drill must restore.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import botocore.exceptions
import pytest

from tests.e2e.checkout import SPEED, Checkout
from tests.e2e.drills import observer_assertions
from tests.e2e.drills.drill_runs import (
    OBSERVER_WRITES,
    RATE,
    DrillOutcome,
    Json,
    observing_client,
    running_drill,
    wait_for_outcome,
)
from tests.e2e.drills.outage_counter import (
    count_answers,
    due_between,
    failed_requests,
    readings_of_city,
    slowest_answer_s,
)
from tests.e2e.drills.untrusted_retry import retry_if_untrusted
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.e2e.system_state import (
    REGIONS,
    all_healthy,
    endpoint_states,
    has_all_items,
    read_items,
    read_system_state,
    repair_system,
)
from tests.waiting import eventually

SLOWEST_ANSWER_S = 0.5
"""The slowest answer at a rate that this machine can serve."""
MAX_IN_USE = 100.0
"""Of the 1,000 executions at once that a Region of the twin has."""
OREGON = f"--region {OREGON_REGION} --rate {RATE:g}"


@pytest.fixture
def system(deployed: Checkout) -> Iterator[System]:
    """The shared system, whose state each drill must restore."""
    system = deployed_system(deployed)
    eventually(lambda: all_healthy(system), 60)
    found = read_system_state(system)
    yield system
    left = read_system_state(system)
    repair_system(system)
    assert left == found
    eventually(lambda: all_healthy(system), 60)


# -- the shipped scenarios


@retry_if_untrusted
def test_evacuating_by_dial_fails_none_of_ten_thousand_requests(
    system: System, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    rate = find_served_rate(system, tmp_path)
    # A rate too high may have failed health checks, and it filled the Regions for a minute.
    eventually(lambda: all_healthy(system) and has_room(system), 240)
    with (
        observing_client(system, tmp_path, rate=rate) as observer,
        running_drill(
            system.checkout, tmp_path, f"evacuate {OREGON} --pause 3s --hold 16s"
        ) as drill,
    ):
        emptied = drill.wait_for_end("dial", percent=0.0)
        drill.wait_for_start("hold", seconds=16.0)
        dial = system.dial(OREGON_REGION)
        drill.wait()
        eventually(lambda: observer.count() >= 50 * rate, 60)
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome, f"under {rate} requests/s of the observer")
    tolerance = observer_assertions.measure_tolerance(outcome)
    away = due_between(outcome.reads, outcome.cause_s, outcome.return_s)
    last_s = max(one.due_s for one in away if one.region == OREGON_REGION)
    evacuated = outcome.report["movement"]["evacuated"]
    assert evacuated is not None
    assert emptied.ended_s is not None
    gone_s = outcome.cause_s + evacuated["after_s"]
    assert len(outcome.requests) >= 50 * rate
    assert dial == 0
    assert last_s < emptied.ended_s + tolerance.observer
    # Before its last change the dial is at 25 %: about one of 60 connections is answered at home.
    assert drill.started_s("dial", percent=25.0) < gone_s < emptied.ended_s + tolerance.tool
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_shares(outcome, by_chance=True)


def find_served_rate(system: System, folder: Path) -> int:
    """Requests per second of which this machine can serve the double now: 25 to 200.

    The double, since the Region that remains starts environments while it takes over. A machine
    whose processors the other tests use now is waited for.
    """
    rate = 25
    eventually(lambda: serves(system, folder, 4 * rate), 300)
    while rate < 200 and serves(system, folder, 4 * rate):
        rate *= 2
    return rate


def has_room(system: System) -> bool:
    """Whether guard `capacity` lets a Region be emptied, by the newest minute's executions."""
    done = system.checkout.run_in_shell("muster status --json 2>/dev/null", within_s=60)
    regions = json.loads(done.output)["regions"].values()
    used = [region["concurrency_used"] for region in regions]
    return all(number is not None and number <= MAX_IN_USE for number in used)


def serves(system: System, folder: Path, rate: int) -> bool:
    """Whether some seconds of requests at this rate are all answered, and fast."""
    with observing_client(system, folder, rate=rate) as observer:
        eventually(lambda: observer.count() >= 2 * rate, 30)
        requests = observer.stop()
    return not failed_requests(requests) and slowest_answer_s(requests) <= SLOWEST_ANSWER_S


@retry_if_untrusted
def test_evacuating_by_the_health_switch_fails_no_request(system: System, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(system.checkout, tmp_path, f"evacuate-by-health {OREGON} --hold 3s") as drill,
    ):
        drill.wait_for_start("hold")
        emptied = read_system_state(system)
        states = endpoint_states(system)
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome)
    assert emptied.switches == {FRANKFURT_REGION: "auto", OREGON_REGION: "fail"}
    assert emptied.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 100}
    assert states == {FRANKFURT_REGION: "HEALTHY", OREGON_REGION: "UNHEALTHY"}
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_movement(outcome)
    observer_assertions.assert_same_shares(outcome)
    observer_assertions.assert_live_view_agrees(outcome)


@retry_if_untrusted
def test_a_lost_region_costs_what_the_observer_counted(system: System, tmp_path: Path) -> None:
    """Replication is paused before the loss, so that some writes are lost."""
    force = "--force standing-fault"  # the pause is not the drill's own
    line = f"region-loss {OREGON} --hold 3s --rto 60s --rpo 60s {force}"
    with (
        observing_client(system, tmp_path, writes=OBSERVER_WRITES) as observer,
        running_drill(system.checkout, tmp_path, line) as drill,
    ):
        drill.wait_for_start("expect")
        system.run_twin(f"replication pause {OREGON_REGION} --during-drill")
        lost = drill.wait_for_end("inject")
        at_loss = read_items(system, FRANKFURT_REGION)
        system.run_twin(f"replication resume {OREGON_REGION} --during-drill")
        outcome = wait_for_outcome(drill, observer)
    at_end = read_items(system, FRANKFURT_REGION)

    assert lost.ended_s is not None
    detection_s = detection_within_s(system)
    meanwhile = due_between(outcome.reads, lost.ended_s, lost.ended_s + detection_s)
    observer_assertions.print_comparison(
        outcome,
        f"RTO {outcome.report['rto_s']:.2f} s, at most {detection_s:.2f} s by configuration",
        f"RPO {outcome.report['rpo_s']:.2f} s, {outcome.report['rpo_items']} items",
    )
    # The tool's precision depends on its schedule and on the speed of the machine at that time.
    tolerance_s = observer_assertions.TOOL_GAP_S + slowest_answer_s(meanwhile)
    assert outcome.report["rto_s"] <= detection_s + tolerance_s
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_same_outage(outcome)
    observer_assertions.assert_same_movement(outcome)
    observer_assertions.assert_same_shares(outcome)
    observer_assertions.assert_live_view_agrees(outcome)
    assert_same_recovery_point(outcome, lost.ended_s, at_loss, at_end)
    assert_nothing_is_missing(system, outcome)


@retry_if_untrusted
def test_a_gray_failure_misses_its_target_while_the_region_looks_healthy(
    system: System, tmp_path: Path
) -> None:
    line = f"gray-failure {OREGON} --unnoticed 3s --hold 1s --rto 1s"
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(system.checkout, tmp_path, line) as drill,
    ):
        drill.wait_for_start("hold", seconds=3.0)
        states, state = endpoint_states(system), read_system_state(system)
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome, f"RTO {outcome.report['rto_s']:.2f} s")
    assert set(states.values()) == {"HEALTHY"}
    assert state.switches[OREGON_REGION] == "pass"
    assert state.faults == ["network-slow"]
    observer_assertions.assert_results_agree(outcome, "missed")
    observer_assertions.assert_same_outage(outcome)
    observer_assertions.assert_same_shares(outcome)
    observer_assertions.assert_live_view_agrees(outcome)


@retry_if_untrusted
def test_a_replication_pause_costs_users_nothing_and_measures_what_a_loss_would_cost(
    system: System, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    with (
        observing_client(system, tmp_path, writes=OBSERVER_WRITES) as observer,
        running_drill(
            system.checkout, tmp_path, f"replication-pause {OREGON} --hold 3s --look 2s"
        ) as drill,
    ):
        drill.wait_for_start("hold", seconds=2.0)
        at_loss = read_items(system, FRANKFURT_REGION)
        assert drill.step("clear") is None
        outcome = wait_for_outcome(drill, observer)
    at_end = read_items(system, FRANKFURT_REGION)

    observer_assertions.print_comparison(
        outcome, f"RPO {outcome.report['rpo_s']:.2f} s, {outcome.report['rpo_items']} items"
    )
    loss_s = outcome.result["loss"]["at_s"]
    assert drill.started_s("hold", seconds=2.0) == pytest.approx(loss_s, abs=0.1)
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_shares(outcome)
    assert_same_recovery_point(outcome, loss_s, at_loss, at_end)
    assert_nothing_is_missing(system, outcome)


@retry_if_untrusted
def test_users_do_not_notice_a_loss_of_control_planes(system: System, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(
            system.checkout, tmp_path, f"control-plane-loss --rate {RATE:g} --hold 3s"
        ) as drill,
    ):
        drill.wait_for_start("hold")
        with pytest.raises(botocore.exceptions.ClientError, match="control"):
            system.dial(OREGON_REGION)
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome)
    answers = count_answers(due_between(outcome.reads, outcome.reads[0].due_s, outcome.end_s))
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_share(outcome, "all", answers, 15, by_chance=False)


@retry_if_untrusted
def test_a_shift_leaves_the_dials_where_they_were_moved_to(system: System, tmp_path: Path) -> None:
    line = f"shift --dials {OREGON_REGION}=40 --step 30 --pause 0s --hold 4s --rate {RATE:g}"
    try:
        with (
            observing_client(system, tmp_path) as observer,
            running_drill(system.checkout, tmp_path, line) as drill,
        ):
            outcome = wait_for_outcome(drill, observer)
        moved = read_system_state(system)
    finally:
        system.set_dial(OREGON_REGION, 100)

    observer_assertions.print_comparison(outcome)
    answers = count_answers(due_between(outcome.reads, outcome.reads[0].due_s, outcome.end_s))
    turns = [step.do["percent"] for step in drill.steps() if step.matches("dial")]
    assert turns == [70, 40]
    assert moved.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 40}
    assert moved.notes == []
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_share(outcome, "all", answers, 15, by_chance=True)


@retry_if_untrusted
def test_a_failback_refills_a_region_that_dial_and_switch_had_emptied(
    system: System, tmp_path: Path
) -> None:
    system.set_dial(OREGON_REGION, 0)
    system.put_switch(OREGON_REGION, "fail", int(time.time()) + 300)  # noqa: TID251 - an end
    eventually(lambda: endpoint_states(system)[OREGON_REGION] == "UNHEALTHY", 20)
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(
            system.checkout, tmp_path, f"failback {OREGON} --step 50 --pause 1s --hold 2s"
        ) as drill,
    ):
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome)
    started_s = drill.started_s("dial", percent=50.0)
    full_s = drill.wait_for_end("dial", percent=100.0).ended_s
    portland = readings_of_city(outcome.requests, "Portland")
    answers = count_answers(due_between(outcome.reads, outcome.reads[0].due_s, outcome.end_s))
    assert full_s is not None
    assert set(count_answers(one for one in portland if one.due_s < started_s - 1)) == {
        FRANKFURT_REGION
    }
    assert set(count_answers(one for one in portland if one.due_s > full_s)) == {OREGON_REGION}
    observer_assertions.assert_results_agree(outcome, "met")
    observer_assertions.assert_nothing_failed(outcome)
    observer_assertions.assert_same_share(outcome, "all", answers, 15, by_chance=True)


# -- early ends


@retry_if_untrusted
def test_a_guard_refuses_to_empty_the_last_region_with_traffic(
    system: System, tmp_path: Path
) -> None:
    system.set_dial(FRANKFURT_REGION, 0)
    found = read_system_state(system)
    try:
        with (
            observing_client(system, tmp_path) as observer,
            running_drill(system.checkout, tmp_path, f"evacuate {OREGON}") as drill,
        ):
            outcome = wait_for_outcome(drill, observer)
        left = read_system_state(system)
    finally:
        system.set_dial(FRANKFURT_REGION, 100)

    verdicts = outcome.report["guards"]
    refusals = {verdict["guard"] for verdict in verdicts if verdict["ruling"] == "refuse"}
    assert "last-healthy-region" in refusals
    assert left == found
    assert [step for step in drill.steps() if step.matches("dial")] == []
    observer_assertions.assert_results_agree(outcome, "refused")


@retry_if_untrusted
def test_a_stop_condition_rolls_back(system: System, tmp_path: Path) -> None:
    force = "--force standing-fault"  # the fault is not the drill's own
    line = f"shift --dials {OREGON_REGION}=50 --step 50 --hold 60s --rate {RATE:g} {force}"
    try:
        with (
            observing_client(system, tmp_path) as observer,
            running_drill(system.checkout, tmp_path, line) as drill,
        ):
            drill.wait_for_start("hold", seconds=60.0)
            refused = system.checkout.run_in_shell(f"twin network slow {OREGON_REGION}")
            system.run_twin(f"network slow {OREGON_REGION} --delay-ms 1000 --during-drill")
            outcome = wait_for_outcome(drill, observer)
    finally:
        system.run_twin(f"network heal {OREGON_REGION} --during-drill")

    observer_assertions.print_comparison(outcome)
    assert refused.code == 3
    assert "(scenario shift, step m" in refused.output
    (stopped,) = drill.entries("stopped")
    assert stopped["cause"] == "stop-condition"
    assert "error-rate above 5 %" in stopped["why"]
    observer_assertions.assert_results_agree(outcome, "stopped")


def test_a_drill_stops_without_numbers_when_somebody_ends_its_fault(
    system: System, tmp_path: Path
) -> None:
    line = f"region-loss {OREGON} --hold 90s --rto 60s --rpo 60s"
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(system.checkout, tmp_path, line) as drill,
    ):
        drill.wait_for_start("hold", seconds=90.0)
        system.run_twin(f"region start {OREGON_REGION} --during-drill", within_s=90)
        outcome = wait_for_outcome(drill, observer)

    (seen,) = drill.entries("interfered")
    assert (seen["what"], seen["where"]) == ("fault", f"processes of {OREGON_REGION}")
    assert [step.id for step in drill.steps() if step.matches("clear")] == ["r1"]  # no m6
    assert_void(
        outcome, f"region-kill of {OREGON_REGION}, which this drill had injected, was ended"
    )


def test_a_drill_stops_without_numbers_when_somebody_turns_a_dial(
    system: System, tmp_path: Path
) -> None:
    """By AWS's own API, and the dial of a Region that the drill leaves alone."""
    try:
        with (
            observing_client(system, tmp_path) as observer,
            running_drill(
                system.checkout, tmp_path, f"evacuate-by-health {OREGON} --hold 90s"
            ) as drill,
        ):
            drill.wait_for_start("hold", seconds=90.0)
            system.set_dial(FRANKFURT_REGION, 60)
            outcome = wait_for_outcome(drill, observer)
        left = read_system_state(system).dials
    finally:
        system.set_dial(FRANKFURT_REGION, 100)

    assert left == {FRANKFURT_REGION: 60, OREGON_REGION: 100}  # it puts back what is its own
    assert_void(outcome, f"the dial of {FRANKFURT_REGION} is 60 % and not 100 % any more")


def assert_void(outcome: DrillOutcome, why: str) -> None:
    """The drill stopped by interference, and no number of it is printed anywhere."""
    (stopped,) = outcome.drill.entries("stopped")
    assert (stopped["cause"], stopped["why"].startswith(why)) == ("interference", True)
    observer_assertions.assert_results_agree(outcome, "stopped")
    for name in ("rto_s", "rpo_s", "rpo_items", "failed_share", "movement", "recovery"):
        assert outcome.report[name] is None
    assert why in outcome.report["missing"]["rto_s"]
    assert why in outcome.result["void"]
    assert "interference" in outcome.result["doubt_causes"]
    assert {target["measured"] for target in outcome.report["targets"]} == {None}


@retry_if_untrusted
def test_ctrl_c_rolls_back_and_a_second_drill_is_refused_meanwhile(
    system: System, tmp_path: Path
) -> None:
    other = f"muster --runs {tmp_path}/other drill run shift --dials {FRANKFURT_REGION}=50"
    with (
        observing_client(system, tmp_path) as observer,
        running_drill(system.checkout, tmp_path, f"evacuate {OREGON} --pause 60s") as drill,
    ):
        drill.wait_for_start("hold", seconds=60.0)
        second = system.checkout.run_in_shell(other)
        by_hand = system.checkout.run_in_shell(f"muster --by bob dial {FRANKFURT_REGION} 50")
        made = system.checkout.run("make", "up")
        deployed = system.checkout.run_in_shell("pulumi up --yes --stack local")
        between = read_system_state(system)
        drill.interrupt()
        outcome = wait_for_outcome(drill, observer)

    observer_assertions.print_comparison(outcome)
    assert (second.code, by_hand.code, made.code, deployed.code) == (3, 3, 2, 3)
    assert "a drill is under way" in second.output
    assert "guard lease refuses: a drill is under way" in by_hand.output
    assert "DURING_DRILL=1 makes it all the same" in made.output
    assert "--during-drill makes it all the same" in deployed.output
    assert between.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 75}
    (stopped,) = drill.entries("stopped")
    assert (stopped["cause"], stopped["why"]) == ("signal", "SIGINT")
    observer_assertions.assert_results_agree(outcome, "stopped")
    observer_assertions.assert_nothing_failed(outcome)


# -- the recovery point, by direct reads


Items = dict[str, dict[str, str]]


def assert_same_recovery_point(
    outcome: DrillOutcome, loss_s: float, at_loss: Items, at_end: Items
) -> None:
    """`at_loss`, `at_end`: the surviving Region's items after the loss and at the end."""
    recovery = outcome.report["recovery"]
    probes = {
        one["item"]: one["finished_s"]
        for one in outcome.samples
        if is_acknowledged_write(one) and one["region"] == OREGON_REGION
    }
    missing = {
        item: at_s for item, at_s in probes.items() if at_s <= loss_s and item not in at_loss
    }
    later = sum(loss_s < at_s < outcome.return_s for at_s in probes.values())
    fates = Counter(
        "arrived" if is_from_oregon(at_end, item) else "overwritten" for item in missing
    )
    fates["arrived"] += recovery["missing_later"]
    assert outcome.report["rpo_items"] == len(missing) > 0
    assert outcome.report["rpo_s"] == pytest.approx(loss_s - min(missing.values()), abs=0.01)
    assert recovery["missing_later"] <= later
    assert recovery["fates"] == +fates

    observed = [
        one.ended_s
        for one in outcome.writes
        if one.region == OREGON_REGION and one.ended_s <= loss_s and one.item not in at_loss
    ]
    tolerance = (
        observer_assertions.TOOL_WRITES_GAP_S
        + observer_assertions.OBSERVER_WRITES_GAP_S
        + observer_assertions.measure_tolerance(outcome).both
    )
    assert outcome.report["rpo_s"] == pytest.approx(loss_s - min(observed), abs=tolerance)


def is_from_oregon(table: Items, item: str) -> bool:
    return table[item]["region"] == OREGON_REGION


def assert_nothing_is_missing(system: System, outcome: DrillOutcome) -> None:
    """Every acknowledged write, of the tool or the observer, is in every Region's table."""
    probes = {one["item"] for one in outcome.samples if is_acknowledged_write(one)}
    items = probes | {one.item for one in outcome.writes}
    assert len(outcome.writes) > 10 * OBSERVER_WRITES
    for region in REGIONS:
        eventually(partial(has_all_items, system, region, items), 20)


def is_acknowledged_write(sample: Json) -> bool:
    return sample.get("step") == "write" and sample["outcome"] == "ok"


def detection_within_s(system: System) -> float:
    """The configured detection time and one more check interval, at the twin's speed."""
    groups = system.checkout.client("elbv2", OREGON_REGION).describe_target_groups()
    (check,) = groups["TargetGroups"]
    interval_s = check["HealthCheckIntervalSeconds"] / float(SPEED)
    detection_s = check["UnhealthyThresholdCount"] * interval_s + check["HealthCheckTimeoutSeconds"]
    return float(detection_s + interval_s)
