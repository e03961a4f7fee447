"""Dials, health and lost Regions move real connections; open ones stay where they are."""

import os
import signal
import time
from functools import partial

import botocore.exceptions
import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND, RequestStream
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.waiting import eventually

BOTH = {FRANKFURT_REGION, OREGON_REGION}


@pytest.fixture
def running(deployed: Checkout) -> System:
    return deployed_system(deployed)


def process_id(running: System, role: str) -> int:
    (pid,) = (p["pid"] for p in running.checkout.status()["processes"] if p["role"] == role)
    return int(pid)


def test_a_dial_moves_new_connections_and_leaves_open_ones(running: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    with running.connect(PORTLAND) as open_connection:
        assert open_connection.get("/health").region == OREGON_REGION
        try:
            running.turn(OREGON_REGION, 0)

            running.moved(PORTLAND, FRANKFURT_REGION)
            assert open_connection.get("/health").region == OREGON_REGION
        finally:
            running.turn(OREGON_REGION, 100)
    running.moved(PORTLAND, OREGON_REGION)


def test_a_dial_of_50_shares_the_new_connections(running: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    try:
        running.turn(OREGON_REGION, 50)

        eventually(lambda: running.regions_of(PORTLAND, 40) == BOTH)
        shares = [running.get("/health", PORTLAND).region for _ in range(300)]
    finally:
        running.turn(OREGON_REGION, 100)

    # 300 draws of 0.5: standard deviation 8.7, so 5 of them on each side.
    assert 106 <= shares.count(OREGON_REGION) <= 194


def test_a_killed_region_is_left_by_its_clients_even_for_a_dial_of_zero(running: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    try:
        running.turn(FRANKFURT_REGION, 0)
        running.moved(FRANKFURT, OREGON_REGION)

        running.twin(f"region kill {OREGON_REGION}")

        eventually(lambda: running.regions_of(PORTLAND) == {FRANKFURT_REGION}, 20)
    finally:
        running.twin(f"region start {OREGON_REGION}")
        running.turn(FRANKFURT_REGION, 100)
    running.moved(PORTLAND, OREGON_REGION, 20)


def test_a_killed_region_stays_dead_and_says_so(running: System) -> None:
    running.twin(f"region kill {FRANKFURT_REGION}")
    try:
        status = running.checkout.status()
        with pytest.raises(botocore.exceptions.ClientError, match=FRANKFURT_REGION):
            running.checkout.client("dynamodb", FRANKFURT_REGION).list_tables()

        assert any(FRANKFURT_REGION in warning for warning in status["warnings"])
    finally:
        running.twin(f"region start {FRANKFURT_REGION}")
    running.moved(FRANKFURT, FRANKFURT_REGION, 20)


def test_a_frozen_region_is_left_and_comes_back(running: System) -> None:
    running.twin(f"region freeze {OREGON_REGION}")
    try:
        running.moved(PORTLAND, FRANKFURT_REGION, 20)
    finally:
        running.twin(f"region thaw {OREGON_REGION}")
    running.moved(PORTLAND, OREGON_REGION, 20)


def test_no_acknowledged_write_is_lost_when_a_region_is_killed_under_load(
    running: System,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    acknowledged: list[str] = []

    def write(number: int) -> str:
        item = f"kill-{number}"
        with running.connect(PORTLAND, timeout_s=3) as client:
            answer = client.request("POST", "/create", f'{{"item_id": "{item}"}}')
        if answer.status == 201:
            acknowledged.append(item)
        return f"{answer.status} {answer.region}"

    with RequestStream(write) as stream:
        eventually(lambda: stream.counts[f"201 {OREGON_REGION}"] > 100, 30)
        running.twin(f"region kill {OREGON_REGION}")
        eventually(lambda: stream.counts[f"201 {FRANKFURT_REGION}"] > 50, 30)
    running.twin(f"region start {OREGON_REGION}")

    assert len(acknowledged) > 150
    for region in BOTH:
        eventually(partial(nothing_missing, running, region, acknowledged), 30)
    running.moved(PORTLAND, OREGON_REGION, 20)


def test_control_killed_under_load_comes_back_with_everything(running: System) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    before = described(running)

    def read(number: int) -> str:
        source = (FRANKFURT, PORTLAND)[number % 2]
        return str(running.get("/get/foobar", source).status)

    with RequestStream(read) as stream:
        eventually(lambda: stream.counts["200"] > 50)
        os.kill(process_id(running, "control"), signal.SIGKILL)
        eventually(lambda: stream.counts["200"] > 200, 20)
        running.twin("control start")
        eventually(lambda: stream.counts["200"] > 300, 20)

    assert set(stream.counts) == {"200"}
    assert described(running) == before


def test_traffic_and_failover_go_on_while_control_is_stopped(running: System) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    running.twin("control stop")
    try:
        with pytest.raises(botocore.exceptions.ClientError, match="control"):
            running.dial(OREGON_REGION)
        assert running.get("/get/foobar", PORTLAND).region == OREGON_REGION

        running.twin(f"region kill {OREGON_REGION}")

        running.moved(PORTLAND, FRANKFURT_REGION, 20)
    finally:
        running.twin("control start")
        running.twin(f"region start {OREGON_REGION}")
    running.moved(PORTLAND, OREGON_REGION, 20)
    assert running.dial(OREGON_REGION) == 100


def test_the_health_switch_takes_a_region_out_and_ends_by_itself(running: System) -> None:
    running.put_switch(OREGON_REGION, "fail", int(time.time()) + 15)  # noqa: TID251 - an end

    eventually(lambda: running.get("/health", PORTLAND).region == FRANKFURT_REGION, 20)
    oregon = running.outputs["regions"][OREGON_REGION]["alb_dns"]
    answer = running.get("/health", ip=oregon)
    assert answer.status == 503
    assert answer.body == b"<html><body><h1>health: 503 us-west-2 </h1></body></html>"
    assert running.get("/get/foobar", ip=oregon).status == 200
    running.moved(PORTLAND, OREGON_REGION, 40)


def test_all_regions_unhealthy_fails_open_to_the_closest(running: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    end = int(time.time()) + 120  # noqa: TID251 - an end
    try:
        for region in BOTH:
            running.put_switch(region, "fail", end)
        eventually(lambda: set(endpoint_states(running)) == {"UNHEALTHY"}, 20)

        assert running.regions_of(PORTLAND) == {OREGON_REGION}
        assert running.regions_of(FRANKFURT) == {FRANKFURT_REGION}
        assert running.get("/get/foobar", PORTLAND).status == 200
    finally:
        for region in BOTH:
            running.put_switch(region, "auto", 0)
    eventually(lambda: set(endpoint_states(running)) == {"HEALTHY"}, 20)


def test_a_paused_region_neither_sends_nor_receives_until_it_is_resumed(running: System) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    running.twin(f"replication pause {OREGON_REGION}")
    try:
        with running.connect(PORTLAND) as there, running.connect(FRANKFURT) as here:
            there.request("POST", "/create", '{"item_id": "paused-there"}')
            here.request("POST", "/create", '{"item_id": "paused-here"}')
            eventually(lambda: pending(running, OREGON_REGION) > 0)

            assert there.get("/get/paused-there").status == 200
            assert there.get("/get/paused-here").status == 404
            assert here.get("/get/paused-there").status == 404
    finally:
        running.twin(f"replication resume {OREGON_REGION}")
    eventually(lambda: running.get("/get/paused-there", FRANKFURT).status == 200)
    eventually(lambda: running.get("/get/paused-here", PORTLAND).status == 200)


@pytest.mark.parametrize("role", ["edge", "gateway", f"region/{OREGON_REGION}", "control"])
def test_make_up_recovers_from_the_death_of_any_process(running: System, role: str) -> None:
    os.kill(process_id(running, role), signal.SIGKILL)

    running.checkout.run("make", "up", "INSTANCE=auto", "SPEED=10").ok()

    assert all(p["state"] == "running" for p in running.checkout.status()["processes"])
    running.moved(PORTLAND, OREGON_REGION, 20)


def nothing_missing(running: System, region: str, items: list[str]) -> bool:
    client = running.checkout.client("dynamodb", region)
    table = running.outputs["table"]
    pages = client.get_paginator("scan").paginate(TableName=table)
    stored = {item["item_id"]["S"] for page in pages for item in page["Items"]}
    lost = sorted(set(items) - stored)
    assert lost == []
    return True


def pending(running: System, region: str) -> int:
    (there,) = (r for r in running.checkout.status()["regions"] if r["name"] == region)
    return sum(peer["pending"] for peer in there["status"]["peers"])


def endpoint_states(running: System) -> list[str]:
    client = running.checkout.client("globalaccelerator", OREGON_REGION)
    states = []
    for region in BOTH:
        group = client.describe_endpoint_group(EndpointGroupArn=running.group_arn(region))
        states += [e["HealthState"] for e in group["EndpointGroup"]["EndpointDescriptions"]]
    return states


def described(running: System) -> list[object]:
    """What the APIs tell of every resource of the deployment, but for moments and request ids."""
    accelerator = running.checkout.client("globalaccelerator", OREGON_REGION)
    found: list[object] = [accelerator.list_accelerators()["Accelerators"]]
    for region in sorted(BOTH):
        elb = running.checkout.client("elbv2", region)
        ec2 = running.checkout.client("ec2", region)
        functions = running.checkout.client("lambda", region)
        found += [
            elb.describe_load_balancers()["LoadBalancers"],
            elb.describe_target_groups()["TargetGroups"],
            ec2.describe_vpcs()["Vpcs"],
            ec2.describe_subnets()["Subnets"],
            ec2.describe_security_groups()["SecurityGroups"],
            functions.list_functions()["Functions"],
            running.dial(region),
        ]
    return found
