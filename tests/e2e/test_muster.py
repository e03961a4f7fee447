"""The operator's tool against a real twin: each lever moves real connections."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.waiting import eventually

LOSS = "region-loss --region us-west-2 --fault network-cut"


@pytest.fixture
def system(deployed: Checkout) -> Iterator[System]:
    """The shared system; faults, switch and dial are reset after the test."""
    yield deployed_system(deployed)
    for line in (
        "fault clear control-stop",
        "fault clear region-kill us-west-2",
        "fault clear throttle us-west-2",
        "fault clear network-slow us-west-2",
        "health us-west-2 auto",
        "dial us-west-2 100 --queue --force dial-step --force unhealthy-region",
    ):
        deployed.run_in_shell(f"muster {line}").ok()
    eventually(lambda: is_healthy(deployed), within_s=60)


def run_muster(checkout: Checkout, line: str) -> str:
    """Run a muster command, which must succeed; its output."""
    return checkout.run_in_shell(f"muster {line}", within_s=120).ok().output


def read_status(checkout: Checkout) -> dict[str, Any]:
    """`muster status --json`, whatever its exit code."""
    done = checkout.run_in_shell("muster status --json 2>/dev/null", within_s=30)
    document: dict[str, Any] = json.loads(done.output)
    return document


def is_healthy(checkout: Checkout) -> bool:
    regions = read_status(checkout)["regions"].values()
    return all((r["endpoint"], r["target"]) == ("HEALTHY", "healthy") for r in regions)


def test_status_shows_the_whole_system(system: System) -> None:
    document = read_status(system.checkout)

    assert document["problems"] == document["warnings"] == []
    assert document["target"]["kind"] == "twin"
    assert {r["dial"] for r in document["regions"].values()} == {100}


def test_the_dial_moves_new_connections_and_back(system: System) -> None:
    halved = run_muster(system.checkout, "dial us-west-2 50")
    output = run_muster(system.checkout, "dial us-west-2 0")
    system.wait_until_moved(PORTLAND, FRANKFURT_REGION)
    warnings = read_status(system.checkout)["warnings"]
    run_muster(system.checkout, "dial us-west-2 50")
    run_muster(system.checkout, "dial us-west-2 100")
    system.wait_until_moved(PORTLAND, OREGON_REGION)

    assert "us-west-2: dial 100 % -> 50 %, deployed" in halved
    assert "us-west-2: dial 50 % -> 0 %, deployed" in output
    assert any("not at the declared 100 %" in line for line in warnings)


def test_the_last_dial_is_not_turned_to_0(system: System) -> None:
    run_muster(system.checkout, "dial us-west-2 0 --force dial-step")

    refused = system.checkout.run_in_shell("muster dial eu-central-1 0")

    assert refused.code == 3
    assert "guard all-dials-zero refuses" in refused.output
    assert system.dial(FRANKFURT_REGION) == 100


def test_the_survivor_of_a_dead_region_is_not_switched_off_by_hand(system: System) -> None:
    run_muster(system.checkout, "fault inject region-kill us-west-2")
    system.wait_until_moved(PORTLAND, FRANKFURT_REGION, within_s=30)

    refused = system.checkout.run_in_shell("muster health eu-central-1 fail --for 10m")
    switch = read_status(system.checkout)["regions"][FRANKFURT_REGION]["switch"]

    assert refused.code == 3
    assert "(--force last-healthy-region)" in refused.output
    assert switch["status"] == "auto"
    assert system.answering_regions(PORTLAND) == {FRANKFURT_REGION}


def test_a_dead_region_is_emptied_for_good_by_hand(system: System) -> None:
    """Nothing of it can be read, and the accelerator's API is gone with it."""
    run_muster(system.checkout, "fault inject region-kill us-west-2")

    done = system.checkout.run_in_shell("muster health us-west-2 fail --within 5s", within_s=60)
    system.run_twin("region start us-west-2")
    eventually(lambda: read_switch(system) == "fail", within_s=60)

    assert done.code == 1  # written, and not yet seen in a Region that is gone
    assert "the switch is written" in done.output


def read_switch(system: System) -> str | None:
    """The status of us-west-2's health switch; None: it can't be read."""
    switch = read_status(system.checkout)["regions"][OREGON_REGION]["switch"]
    return None if switch is None else str(switch["status"])


def test_the_health_switch_moves_new_connections_and_ends_by_itself(system: System) -> None:
    output = run_muster(system.checkout, "health us-west-2 fail --for 10s --reason test --invoke")
    moved = system.answering_regions(PORTLAND)

    assert "the function answers 503" in output
    assert "target is unhealthy" in output
    assert moved == {FRANKFURT_REGION}
    system.wait_until_moved(PORTLAND, OREGON_REGION, within_s=40)


def test_without_any_control_plane_the_health_switch_still_works(system: System) -> None:
    """https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    run_muster(system.checkout, "fault inject control-stop")
    dial = system.checkout.run_in_shell("muster dial us-west-2 0")

    output = run_muster(system.checkout, "health us-west-2 fail --invoke")

    assert dial.code == 1
    assert "`muster health us-west-2 fail` empties the Region without it" in dial.output
    assert "the function answers 503" in output
    system.wait_until_moved(PORTLAND, FRANKFURT_REGION, within_s=30)


def test_status_shows_a_lost_region_whose_dial_can_not_be_turned(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html"""
    run_muster(system.checkout, "fault inject region-kill us-west-2")

    document = read_status(system.checkout)
    dial = system.checkout.run_in_shell("muster dial eu-central-1 50")

    assert document["accelerator_status"] is None
    assert document["regions"][OREGON_REGION]["switch"] is None
    assert document["regions"][FRANKFURT_REGION]["target"] == "healthy"
    assert dial.code == 1
    assert "answers in us-west-2 only" in dial.output


def test_a_throttled_function_makes_its_region_unhealthy_until_it_is_cleared(
    system: System,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    functions = system.checkout.client("lambda", OREGON_REGION)
    functions.put_function_concurrency(FunctionName="muster-local", ReservedConcurrentExecutions=50)

    run_muster(system.checkout, "fault inject throttle us-west-2")
    system.wait_until_moved(PORTLAND, FRANKFURT_REGION, within_s=40)
    run_muster(system.checkout, "fault clear throttle us-west-2")
    restored = functions.get_function_concurrency(FunctionName="muster-local")
    functions.delete_function_concurrency(FunctionName="muster-local")

    assert restored["ReservedConcurrentExecutions"] == 50


def test_active_faults_are_listed_with_their_time_left(system: System) -> None:
    run_muster(system.checkout, "fault inject network-slow us-west-2 --delay-ms 30 --for 10m")
    refused = system.checkout.run_in_shell("muster fault inject throttle us-west-2")
    run_muster(system.checkout, "fault inject throttle us-west-2 --force standing-fault")

    document = read_status(system.checkout)
    listed = run_muster(system.checkout, "fault list")

    assert refused.code == 3
    slow, throttle = document["faults"]
    assert (slow["kind"], slow["region"], slow["parameters"]) == (
        ("network-slow", OREGON_REGION, {"delay_ms": 30.0})
    )
    assert 0 < slow["until_epoch_s"] - document["at"] < 600
    assert (throttle["kind"], throttle["parameters"]) == ("throttle", {"concurrency": 0.0})
    assert throttle["by"]
    assert document["faults_unread"] == []
    assert "! network-slow of us-west-2 (delay_ms 30) is active, " in listed


def test_a_drill_refuses_to_inject_beside_a_fault_that_is_not_its_own(system: System) -> None:
    run_muster(system.checkout, "fault inject network-slow us-west-2 --delay-ms 30 --for 10m")
    (before,) = read_status(system.checkout)["faults"]

    planned = system.checkout.run_in_shell(f"muster drill plan {LOSS}")
    done = system.checkout.run_in_shell(f"muster drill run {LOSS} --plain", within_s=60)

    assert (planned.code, done.code) == (3, 3)
    for output in (planned.output, done.output):
        assert "standing-fault refuses: network-slow of us-west-2 (delay_ms 30) is active" in output
    assert read_status(system.checkout)["faults"] == [before]


def test_probes_come_from_a_city_near_each_region(system: System) -> None:
    done = system.checkout.run_in_shell("muster probe --for 4s --rate 50 --json 2>/dev/null")

    document = json.loads(done.output)
    assert document["requests"] == 200
    assert document["failed"] == 0
    assert document["phases"][0]["shares"] == {
        FRANKFURT_REGION: pytest.approx(0.5),
        OREGON_REGION: pytest.approx(0.5),
    }
    assert done.code == (0 if document["trusted"] else 1)


def test_a_twins_outputs_are_refused_without_its_endpoint(system: System) -> None:
    outputs = system.checkout.home / "outputs.json"

    done = system.checkout.run_in_shell(
        f"unset AWS_ENDPOINT_URL; muster --outputs {outputs} status"
    )

    assert done.code == 2
    assert "is of a twin, but no endpoint of a twin is set" in done.output
    assert system.answering_regions(FRANKFURT) == {FRANKFURT_REGION}
