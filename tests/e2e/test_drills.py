"""The shipped drills, each run for real beside a witness who counts for himself.

What the tool tells of a drill is held against the witness's account (`accounts`), against direct
readings of the Regions' tables, and against the system itself, which has to stand as it was found.
"""

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import botocore.exceptions
import pytest

from tests.e2e import observer_assertions
from tests.e2e.checkout import Checkout
from tests.e2e.conftest import SPEED
from tests.e2e.drills import (
    OBSERVER_WRITES,
    RATE,
    DrillOutcome,
    Json,
    observing_client,
    running_drill,
    wait_for_outcome,
)
from tests.e2e.outage_counter import (
    count_answers,
    due_between,
    failed_requests,
    readings_of_city,
    slowest_answer_s,
)
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.e2e.system_state import (
    REGIONS,
    all_healthy,
    endpoint_states,
    read_items,
    read_system_state,
    repair_system,
)
from tests.e2e.untrusted_retry import retry_if_untrusted
from tests.waiting import eventually

AT_EASE_S = 0.5
"""No answer may take longer when a rate is tried, or the next higher one is not."""
OREGON = f"--region {OREGON_REGION} --rate {RATE:g}"


@pytest.fixture
def calm(deployed: Checkout) -> Iterator[System]:
    """The shared system, which a drill has to leave as it was found."""
    running = deployed_system(deployed)
    eventually(lambda: all_healthy(running), 60)
    found = read_system_state(running)
    yield running
    left = read_system_state(running)
    repair_system(running)
    assert left == found
    eventually(lambda: all_healthy(running), 60)


# -- the eight scenarios


@retry_if_untrusted
def test_evacuating_by_dial_fails_none_of_ten_thousand_requests(
    calm: System, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    rate = carried(calm, tmp_path)
    with (
        observing_client(calm, tmp_path, rate=rate) as watch,
        running_drill(calm.checkout, tmp_path, f"evacuate {OREGON} --pause 3s --hold 16s") as drill,
    ):
        emptied = drill.done("dial", percent=0.0)
        drill.begun("hold", seconds=16.0)
        dial = calm.dial(OREGON_REGION)
        drill.wait()
        eventually(lambda: watch.count() >= 50 * rate, 60)
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came, f"under {rate} requests/s of the witness")
    apart = observer_assertions.measure_tolerance(came)
    away = due_between(came.readings, came.cause_s, came.return_s)
    last_s = max(one.due_s for one in away if one.region == OREGON_REGION)
    evacuated = came.report["movement"]["evacuated"]
    assert evacuated is not None
    assert emptied.done_s is not None
    gone_s = came.cause_s + evacuated["after_s"]
    assert len(came.seen) >= 50 * rate
    assert dial == 0
    assert last_s < emptied.done_s + apart.own
    # Before its last turn the dial stood at 25 %: of 60 connections one is answered at home.
    assert drill.begun_s("dial", percent=25.0) < gone_s < emptied.done_s + apart.tool
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_shares(came, by_chance=True)


def carried(calm: System, folder: Path) -> int:
    """Requests a second that this machine serves at ease now: 200, unless it is very busy."""
    most = 50
    while most < 200:
        with observing_client(calm, folder, rate=2 * most) as watch:
            eventually(lambda: watch.count() >= 4 * most, 30)  # noqa: B023 - called at once
            seen = watch.end()
        if failed_requests(seen) or slowest_answer_s(seen) > AT_EASE_S:
            break
        most *= 2
    return most


@retry_if_untrusted
def test_evacuating_by_the_health_switch_fails_no_request(calm: System, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    with (
        observing_client(calm, tmp_path) as watch,
        running_drill(calm.checkout, tmp_path, f"evacuate-by-health {OREGON} --hold 3s") as drill,
    ):
        drill.begun("hold")
        emptied = read_system_state(calm)
        states = endpoint_states(calm)
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came)
    assert emptied.switches == {FRANKFURT_REGION: "auto", OREGON_REGION: "fail"}
    assert emptied.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 100}
    assert states == {FRANKFURT_REGION: "HEALTHY", OREGON_REGION: "UNHEALTHY"}
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_movement(came)
    observer_assertions.assert_same_shares(came)
    observer_assertions.assert_live_view_agrees(came)


@retry_if_untrusted
def test_losing_a_region_costs_what_the_witness_counted(calm: System, tmp_path: Path) -> None:
    """Replication is held back before the loss, so that there is something to lose."""
    forced = "--force standing-fault"  # the pause is not the drill's own
    line = f"region-loss {OREGON} --hold 3s --rto 60s --rpo 60s {forced}"
    with (
        observing_client(calm, tmp_path, writes=OBSERVER_WRITES) as watch,
        running_drill(calm.checkout, tmp_path, line) as drill,
    ):
        drill.begun("expect")
        calm.twin(f"replication pause {OREGON_REGION}")
        lost = drill.done("inject")
        there = read_items(calm, FRANKFURT_REGION)
        calm.twin(f"replication resume {OREGON_REGION}")
        came = wait_for_outcome(drill, watch)
    back = read_items(calm, FRANKFURT_REGION)

    assert lost.done_s is not None
    detection_s = detection_within_s(calm)
    meanwhile = due_between(came.readings, lost.done_s, lost.done_s + detection_s)
    observer_assertions.print_comparison(
        came,
        f"RTO {came.report['rto_s']:.2f} s, at most {detection_s:.2f} s by configuration",
        f"RPO {came.report['rpo_s']:.2f} s, {came.report['rpo_items']} items",
    )
    # What it can say depends on its schedule, and on how fast the machine was at that time.
    apart_s = observer_assertions.TOOL_GAP_S + slowest_answer_s(meanwhile)
    assert came.report["rto_s"] <= detection_s + apart_s
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_same_outage(came)
    observer_assertions.assert_same_movement(came)
    observer_assertions.assert_same_shares(came)
    observer_assertions.assert_live_view_agrees(came)
    assert_same_recovery_point(came, lost.done_s, there, back)
    assert_nothing_is_missing(calm, came)


@retry_if_untrusted
def test_a_region_that_looks_healthy_fails_its_users_and_the_target(
    calm: System, tmp_path: Path
) -> None:
    line = f"gray-failure {OREGON} --unnoticed 3s --hold 1s --rto 1s"
    with (
        observing_client(calm, tmp_path) as watch,
        running_drill(calm.checkout, tmp_path, line) as drill,
    ):
        drill.begun("hold", seconds=3.0)
        states, suffering = endpoint_states(calm), read_system_state(calm)
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came, f"RTO {came.report['rto_s']:.2f} s")
    assert set(states.values()) == {"HEALTHY"}
    assert suffering.switches[OREGON_REGION] == "pass"
    assert suffering.faults == ["network-slow"]
    observer_assertions.assert_results_agree(came, "missed")
    observer_assertions.assert_same_outage(came)
    observer_assertions.assert_same_shares(came)
    observer_assertions.assert_live_view_agrees(came)


@retry_if_untrusted
def test_a_pause_of_replication_costs_users_nothing_and_tells_what_a_loss_would(
    calm: System, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    with (
        observing_client(calm, tmp_path, writes=OBSERVER_WRITES) as watch,
        running_drill(
            calm.checkout, tmp_path, f"replication-pause {OREGON} --hold 3s --look 2s"
        ) as drill,
    ):
        drill.begun("hold", seconds=2.0)
        there = read_items(calm, FRANKFURT_REGION)
        assert drill.step("clear") is None
        came = wait_for_outcome(drill, watch)
    back = read_items(calm, FRANKFURT_REGION)

    observer_assertions.print_comparison(
        came, f"RPO {came.report['rpo_s']:.2f} s, {came.report['rpo_items']} items"
    )
    alone_s = came.result["loss"]["at_s"]
    assert drill.begun_s("hold", seconds=2.0) == pytest.approx(alone_s, abs=0.1)
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_shares(came)
    assert_same_recovery_point(came, alone_s, there, back)
    assert_nothing_is_missing(calm, came)


@retry_if_untrusted
def test_users_notice_nothing_of_lost_control_planes(calm: System, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    with (
        observing_client(calm, tmp_path) as watch,
        running_drill(
            calm.checkout, tmp_path, f"control-plane-loss --rate {RATE:g} --hold 3s"
        ) as drill,
    ):
        drill.begun("hold")
        with pytest.raises(botocore.exceptions.ClientError, match="control"):
            calm.dial(OREGON_REGION)
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came)
    own = count_answers(due_between(came.readings, came.readings[0].due_s, came.end_s))
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_share(came, "all", own, 15, by_chance=False)


@retry_if_untrusted
def test_a_shift_stays_where_it_was_moved_to(calm: System, tmp_path: Path) -> None:
    line = f"shift --dials {OREGON_REGION}=40 --step 30 --pause 0s --hold 4s --rate {RATE:g}"
    try:
        with (
            observing_client(calm, tmp_path) as watch,
            running_drill(calm.checkout, tmp_path, line) as drill,
        ):
            came = wait_for_outcome(drill, watch)
        moved = read_system_state(calm)
    finally:
        calm.turn(OREGON_REGION, 100)

    observer_assertions.print_comparison(came)
    own = count_answers(due_between(came.readings, came.readings[0].due_s, came.end_s))
    turns = [step.do["percent"] for step in drill.steps() if step.is_("dial")]
    assert turns == [70, 40]
    assert moved.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 40}
    assert moved.notes == []
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_share(came, "all", own, 15, by_chance=True)


@retry_if_untrusted
def test_a_failback_brings_a_region_back_that_dial_and_switch_had_emptied(
    calm: System, tmp_path: Path
) -> None:
    calm.turn(OREGON_REGION, 0)
    calm.put_switch(OREGON_REGION, "fail", int(time.time()) + 300)  # noqa: TID251 - an end
    eventually(lambda: endpoint_states(calm)[OREGON_REGION] == "UNHEALTHY", 20)
    with (
        observing_client(calm, tmp_path) as watch,
        running_drill(
            calm.checkout, tmp_path, f"failback {OREGON} --step 50 --pause 1s --hold 2s"
        ) as drill,
    ):
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came)
    began_s, full_s = drill.begun_s("dial", percent=50.0), drill.done("dial", percent=100.0).done_s
    portland = readings_of_city(came.seen, "Portland")
    own = count_answers(due_between(came.readings, came.readings[0].due_s, came.end_s))
    assert full_s is not None
    assert set(count_answers(one for one in portland if one.due_s < began_s - 1)) == {
        FRANKFURT_REGION
    }
    assert set(count_answers(one for one in portland if one.due_s > full_s)) == {OREGON_REGION}
    observer_assertions.assert_results_agree(came, "met")
    observer_assertions.assert_nothing_failed(came)
    observer_assertions.assert_same_share(came, "all", own, 15, by_chance=True)


# -- ends before the end


@retry_if_untrusted
def test_a_guard_refuses_to_take_the_last_region_that_has_traffic(
    calm: System, tmp_path: Path
) -> None:
    calm.turn(FRANKFURT_REGION, 0)
    found = read_system_state(calm)
    try:
        with (
            observing_client(calm, tmp_path) as watch,
            running_drill(calm.checkout, tmp_path, f"evacuate {OREGON}") as drill,
        ):
            came = wait_for_outcome(drill, watch)
        left = read_system_state(calm)
    finally:
        calm.turn(FRANKFURT_REGION, 100)

    refusals = {found["guard"] for found in came.report["guards"] if found["ruling"] == "refuse"}
    assert "last-healthy-region" in refusals
    assert left == found
    assert [step for step in drill.steps() if step.is_("dial")] == []
    observer_assertions.assert_results_agree(came, "refused")


@retry_if_untrusted
def test_a_stop_condition_puts_back_what_was_moved(calm: System, tmp_path: Path) -> None:
    line = f"shift --dials {OREGON_REGION}=50 --step 50 --hold 60s --rate {RATE:g}"
    try:
        with (
            observing_client(calm, tmp_path) as watch,
            running_drill(calm.checkout, tmp_path, line) as drill,
        ):
            drill.begun("hold", seconds=60.0)
            calm.twin(f"network slow {OREGON_REGION} --delay-ms 1000")
            came = wait_for_outcome(drill, watch)
    finally:
        calm.twin(f"network heal {OREGON_REGION}")

    observer_assertions.print_comparison(came)
    (stopped,) = drill.entries("stopped")
    assert stopped["cause"] == "stop-condition"
    assert "error-rate above 5 %" in stopped["why"]
    observer_assertions.assert_results_agree(came, "stopped")


@retry_if_untrusted
def test_ctrl_c_puts_back_and_a_second_drill_is_refused_meanwhile(
    calm: System, tmp_path: Path
) -> None:
    other = f"muster --runs {tmp_path}/other drill run shift --dials {FRANKFURT_REGION}=50"
    with (
        observing_client(calm, tmp_path) as watch,
        running_drill(calm.checkout, tmp_path, f"evacuate {OREGON} --pause 60s") as drill,
    ):
        drill.begun("hold", seconds=60.0)
        second = calm.checkout.sourced(other)
        between = read_system_state(calm)
        drill.interrupt()
        came = wait_for_outcome(drill, watch)

    observer_assertions.print_comparison(came)
    assert second.code == 3
    assert "another drill is under way" in second.output
    assert between.dials == {FRANKFURT_REGION: 100, OREGON_REGION: 75}
    (stopped,) = drill.entries("stopped")
    assert (stopped["cause"], stopped["why"]) == ("signal", "SIGINT")
    observer_assertions.assert_results_agree(came, "stopped")
    observer_assertions.assert_nothing_failed(came)


# -- the recovery point, by direct readings


Items = dict[str, dict[str, str]]


def assert_same_recovery_point(
    came: DrillOutcome, loss_s: float, there: Items, back: Items
) -> None:
    """`there` and `back`: what the surviving Region's table had, after the loss and at the end."""
    told = came.report["recovery"]
    probes = {
        one["item"]: one["finished_s"]
        for one in came.samples
        if wrote(one) and one["region"] == OREGON_REGION
    }
    missing = {item: at_s for item, at_s in probes.items() if at_s <= loss_s and item not in there}
    later = sum(loss_s < at_s < came.return_s for at_s in probes.values())
    fates = Counter("arrived" if holds(back, item) else "overwritten" for item in missing)
    fates["arrived"] += told["missing_later"]
    assert came.report["rpo_items"] == len(missing) > 0
    assert came.report["rpo_s"] == pytest.approx(loss_s - min(missing.values()), abs=0.01)
    assert told["missing_later"] <= later
    assert told["fates"] == +fates

    own = [
        one.ended_s
        for one in came.written
        if one.region == OREGON_REGION and one.ended_s <= loss_s and one.item not in there
    ]
    apart = (
        observer_assertions.TOOL_WRITES_GAP_S
        + observer_assertions.WITNESS_WRITES_GAP_S
        + observer_assertions.measure_tolerance(came).both
    )
    assert came.report["rpo_s"] == pytest.approx(loss_s - min(own), abs=apart)


def holds(table: Items, item: str) -> bool:
    return table[item]["region"] == OREGON_REGION


def assert_nothing_is_missing(calm: System, came: DrillOutcome) -> None:
    """Every write that anybody saw acknowledged is in every Region's table."""
    probes = {one["item"] for one in came.samples if wrote(one)}
    wanted = probes | {one.item for one in came.written}
    assert len(came.written) > 10 * OBSERVER_WRITES
    for region in REGIONS:
        eventually(partial(has_all, calm, region, wanted), 20)


def has_all(calm: System, region: str, wanted: set[str]) -> bool:
    assert wanted - set(read_items(calm, region)) == set()
    return True


def wrote(sample: Json) -> bool:
    return sample.get("step") == "write" and sample["outcome"] == "ok"


def detection_within_s(calm: System) -> float:
    """The configured time to detect, and one interval of checks; at the twin's speed."""
    groups = calm.checkout.client("elbv2", OREGON_REGION).describe_target_groups()
    (check,) = groups["TargetGroups"]
    interval_s = check["HealthCheckIntervalSeconds"] / float(SPEED)
    detection_s = check["UnhealthyThresholdCount"] * interval_s + check["HealthCheckTimeoutSeconds"]
    return float(detection_s + interval_s)
