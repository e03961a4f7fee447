"""Dials, health and lost Regions move new connections; open ones stay where they are."""

import os
import signal
import time
from functools import partial

import botocore.exceptions
import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND, RequestStream
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.e2e.system_state import endpoint_states, has_all_items
from tests.waiting import eventually

BOTH = {FRANKFURT_REGION, OREGON_REGION}


@pytest.fixture
def system(deployed: Checkout) -> System:
    return deployed_system(deployed)


def process_id(system: System, role: str) -> int:
    (pid,) = (p["pid"] for p in system.checkout.status()["processes"] if p["role"] == role)
    return int(pid)


def test_a_dial_moves_new_connections_and_leaves_open_ones(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    with system.connect(PORTLAND) as open_connection:
        assert open_connection.get("/health").region == OREGON_REGION
        try:
            system.set_dial(OREGON_REGION, 0)

            system.wait_until_moved(PORTLAND, FRANKFURT_REGION)
            assert open_connection.get("/health").region == OREGON_REGION
        finally:
            system.set_dial(OREGON_REGION, 100)
    system.wait_until_moved(PORTLAND, OREGON_REGION)


def test_a_dial_of_50_shares_the_new_connections(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    try:
        system.set_dial(OREGON_REGION, 50)

        eventually(lambda: system.answering_regions(PORTLAND, 40) == BOTH)
        shares = [system.get("/health", PORTLAND).region for _ in range(300)]
    finally:
        system.set_dial(OREGON_REGION, 100)

    # 300 draws of 0.5: standard deviation 8.7, so 5 of them on each side.
    assert 106 <= shares.count(OREGON_REGION) <= 194


def test_clients_of_a_killed_region_go_even_to_a_region_at_dial_zero(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    try:
        system.set_dial(FRANKFURT_REGION, 0)
        system.wait_until_moved(FRANKFURT, OREGON_REGION)

        system.run_twin(f"region kill {OREGON_REGION}")

        eventually(lambda: system.answering_regions(PORTLAND) == {FRANKFURT_REGION}, 20)
    finally:
        system.run_twin(f"region start {OREGON_REGION}")
        system.set_dial(FRANKFURT_REGION, 100)
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)


def test_a_killed_region_stays_dead_and_is_reported(system: System) -> None:
    system.run_twin(f"region kill {FRANKFURT_REGION}")
    try:
        status = system.checkout.status()
        with pytest.raises(botocore.exceptions.ClientError, match=FRANKFURT_REGION):
            system.checkout.client("dynamodb", FRANKFURT_REGION).list_tables()

        assert any(FRANKFURT_REGION in warning for warning in status["warnings"])
    finally:
        system.run_twin(f"region start {FRANKFURT_REGION}")
    system.wait_until_moved(FRANKFURT, FRANKFURT_REGION, 20)


def test_a_frozen_region_is_left_and_comes_back(system: System) -> None:
    system.run_twin(f"region freeze {OREGON_REGION}")
    try:
        system.wait_until_moved(PORTLAND, FRANKFURT_REGION, 20)
    finally:
        system.run_twin(f"region thaw {OREGON_REGION}")
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)


def test_no_acknowledged_write_is_lost_when_a_region_is_killed_under_load(
    system: System,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    acknowledged: list[str] = []

    def write(number: int) -> str:
        item = f"kill-{number}"
        with system.connect(PORTLAND, timeout_s=3) as client:
            answer = client.request("POST", "/create", f'{{"item_id": "{item}"}}')
        if answer.status == 201:
            acknowledged.append(item)
        return f"{answer.status} {answer.region}"

    with RequestStream(write) as stream:
        eventually(lambda: stream.counts[f"201 {OREGON_REGION}"] > 100, 30)
        system.run_twin(f"region kill {OREGON_REGION}")
        eventually(lambda: stream.counts[f"201 {FRANKFURT_REGION}"] > 50, 30)
    system.run_twin(f"region start {OREGON_REGION}")

    assert len(acknowledged) > 150
    for region in BOTH:
        eventually(partial(has_all_items, system, region, acknowledged), 30)
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)


def test_control_killed_under_load_restarts_with_every_resource(system: System) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    before = describe_resources(system)

    def read(number: int) -> str:
        source = (FRANKFURT, PORTLAND)[number % 2]
        return str(system.get("/get/foobar", source).status)

    with RequestStream(read) as stream:
        eventually(lambda: stream.counts["200"] > 50)
        os.kill(process_id(system, "control"), signal.SIGKILL)
        eventually(lambda: stream.counts["200"] > 200, 20)
        system.run_twin("control start")
        eventually(lambda: stream.counts["200"] > 300, 20)

    assert set(stream.counts) == {"200"}
    assert describe_resources(system) == before


def test_traffic_and_failover_go_on_while_control_is_stopped(system: System) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    system.run_twin("control stop")
    try:
        with pytest.raises(botocore.exceptions.ClientError, match="control"):
            system.dial(OREGON_REGION)
        assert system.get("/get/foobar", PORTLAND).region == OREGON_REGION

        system.run_twin(f"region kill {OREGON_REGION}")

        system.wait_until_moved(PORTLAND, FRANKFURT_REGION, 20)
    finally:
        system.run_twin("control start")
        system.run_twin(f"region start {OREGON_REGION}")
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)
    assert system.dial(OREGON_REGION) == 100


def test_the_health_switch_empties_a_region_and_ends_by_itself(system: System) -> None:
    system.put_switch(OREGON_REGION, "fail", int(time.time()) + 15)  # noqa: TID251 - an end

    eventually(lambda: system.get("/health", PORTLAND).region == FRANKFURT_REGION, 20)
    oregon = system.outputs["regions"][OREGON_REGION]["alb_dns"]
    answer = system.get("/health", ip=oregon)
    assert answer.status == 503
    assert answer.body == b"<html><body><h1>health: 503 us-west-2 </h1></body></html>"
    assert system.get("/get/foobar", ip=oregon).status == 200
    system.wait_until_moved(PORTLAND, OREGON_REGION, 40)


def test_all_regions_unhealthy_fails_open_to_the_closest(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    end = int(time.time()) + 120  # noqa: TID251 - an end
    try:
        for region in BOTH:
            system.put_switch(region, "fail", end)
        eventually(lambda: set(endpoint_states(system).values()) == {"UNHEALTHY"}, 20)

        assert system.answering_regions(PORTLAND) == {OREGON_REGION}
        assert system.answering_regions(FRANKFURT) == {FRANKFURT_REGION}
        assert system.get("/get/foobar", PORTLAND).status == 200
    finally:
        for region in BOTH:
            system.put_switch(region, "auto", 0)
    eventually(lambda: set(endpoint_states(system).values()) == {"HEALTHY"}, 20)


def test_a_paused_region_neither_sends_nor_receives_until_it_is_resumed(system: System) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    system.run_twin(f"replication pause {OREGON_REGION}")
    try:
        with system.connect(PORTLAND) as oregon, system.connect(FRANKFURT) as frankfurt:
            oregon.request("POST", "/create", '{"item_id": "paused-there"}')
            frankfurt.request("POST", "/create", '{"item_id": "paused-here"}')
            eventually(lambda: pending_writes(system, OREGON_REGION) > 0)

            assert oregon.get("/get/paused-there").status == 200
            assert oregon.get("/get/paused-here").status == 404
            assert frankfurt.get("/get/paused-there").status == 404
    finally:
        system.run_twin(f"replication resume {OREGON_REGION}")
    eventually(lambda: system.get("/get/paused-there", FRANKFURT).status == 200)
    eventually(lambda: system.get("/get/paused-here", PORTLAND).status == 200)


@pytest.mark.parametrize("role", ["edge", "gateway", f"region/{OREGON_REGION}", "control"])
def test_make_up_recovers_from_the_death_of_any_process(system: System, role: str) -> None:
    os.kill(process_id(system, role), signal.SIGKILL)

    system.checkout.run("make", "up", "INSTANCE=auto", "SPEED=10").ok()

    assert all(p["state"] == "running" for p in system.checkout.status()["processes"])
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)


def pending_writes(system: System, region: str) -> int:
    (found,) = (r for r in system.checkout.status()["regions"] if r["name"] == region)
    return sum(peer["pending"] for peer in found["status"]["peers"])


def describe_resources(system: System) -> list[object]:
    """Every resource of the deployment as the APIs describe it."""
    accelerator = system.checkout.client("globalaccelerator", OREGON_REGION)
    found: list[object] = [accelerator.list_accelerators()["Accelerators"]]
    for region in sorted(BOTH):
        elb = system.checkout.client("elbv2", region)
        ec2 = system.checkout.client("ec2", region)
        functions = system.checkout.client("lambda", region)
        found += [
            elb.describe_load_balancers()["LoadBalancers"],
            elb.describe_target_groups()["TargetGroups"],
            ec2.describe_vpcs()["Vpcs"],
            ec2.describe_subnets()["Subnets"],
            ec2.describe_security_groups()["SecurityGroups"],
            functions.list_functions()["Functions"],
            system.dial(region),
        ]
    return found
