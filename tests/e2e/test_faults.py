"""Faults with an end, a Region's network, and CloudWatch metrics, on a whole system."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System, deployed_system
from tests.waiting import eventually


@pytest.fixture
def system(deployed: Checkout) -> System:
    return deployed_system(deployed)


@pytest.fixture
def repaired(system: System) -> Iterator[System]:
    """The system; its faults are cleared after the test."""
    yield system
    for region in (FRANKFURT_REGION, OREGON_REGION):
        system.run_twin(f"network heal {region}")
        system.run_twin(f"replication resume {region}")
        system.run_twin(f"region start {region}")
    system.run_twin("control start")
    system.wait_until_moved(PORTLAND, OREGON_REGION, 20)
    system.wait_until_moved(FRANKFURT, FRANKFURT_REGION, 20)


def active_faults(system: System) -> dict[str, dict[str, Any]]:
    return {fault["name"]: fault for fault in system.checkout.status()["faults"]}


def process_state(system: System, role: str) -> str:
    """State of a process; `starting` while it runs and does not answer."""
    (found,) = (p for p in system.checkout.status()["processes"] if p["role"] == role)
    starting = found["state"] == "running" and not found["answers"]
    return "starting" if starting else str(found["state"])


# -- faults with an end


def test_a_killed_region_restarts_when_its_fault_ends(repaired: System) -> None:
    repaired.run_twin(f"region kill {OREGON_REGION} --for 6")

    status = repaired.checkout.status()
    (fault,) = status["faults"]
    assert (fault["name"], fault["region"]) == ("region-kill", OREGON_REGION)
    assert 0 < fault["left_s"] <= 6
    assert any("ends in" in warning for warning in status["warnings"])
    assert process_state(repaired, f"region/{OREGON_REGION}") == "dead"
    eventually(lambda: process_state(repaired, f"region/{OREGON_REGION}") == "running", 30)
    eventually(lambda: active_faults(repaired) == {})
    repaired.wait_until_moved(PORTLAND, OREGON_REGION, 20)


def test_a_frozen_region_and_a_stopped_control_resume_when_their_faults_end(
    repaired: System,
) -> None:
    repaired.run_twin(f"region freeze {OREGON_REGION} --for 4")
    repaired.run_twin("control stop --for 4")

    assert set(active_faults(repaired)) == {"region-freeze", "control-stop"}
    eventually(lambda: process_state(repaired, f"region/{OREGON_REGION}") == "running", 20)
    eventually(lambda: process_state(repaired, "control") == "running", 30)
    eventually(lambda: active_faults(repaired) == {})
    assert repaired.dial(OREGON_REGION) == 100


def test_a_fault_is_ended_early_by_hand(repaired: System) -> None:
    repaired.run_twin(f"region kill {OREGON_REGION} --for 600")
    repaired.run_twin(f"region start {OREGON_REGION}")

    assert active_faults(repaired) == {}
    assert process_state(repaired, f"region/{OREGON_REGION}") == "running"


# -- the network


def test_clients_leave_a_cut_region_and_no_write_is_lost(repaired: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    with repaired.connect(PORTLAND, timeout_s=3) as open_connection:
        assert open_connection.get("/health").region == OREGON_REGION
        repaired.run_twin(f"network cut {OREGON_REGION} --for 25")

        with pytest.raises(TimeoutError):
            open_connection.get("/health")
    began = time.monotonic()  # noqa: TID251 - how long an unreachable API takes
    with pytest.raises(botocore.exceptions.ClientError, match="network heal"):
        repaired.checkout.client("globalaccelerator", OREGON_REGION).list_accelerators()
    waited = time.monotonic() - began  # noqa: TID251 - the same
    repaired.wait_until_moved(PORTLAND, FRANKFURT_REGION, 25)
    with repaired.connect(PORTLAND) as client:
        assert client.request("POST", "/create", '{"item_id": "while-cut"}').status == 201

    assert waited > 1.5
    assert active_faults(repaired)["network-cut"]["region"] == OREGON_REGION
    eventually(lambda: active_faults(repaired) == {}, 30)
    repaired.wait_until_moved(PORTLAND, OREGON_REGION, 25)
    eventually(lambda: repaired.get("/get/while-cut", PORTLAND).status == 200)


def test_a_slow_network_makes_answers_late(repaired: System) -> None:
    repaired.run_twin(f"network slow {OREGON_REGION} --delay-ms 100")

    with repaired.connect(PORTLAND) as client:
        client.get("/health")
        began = time.monotonic()  # noqa: TID251 - the delay is what is tested
        answer = client.get("/health")
        took = time.monotonic() - began  # noqa: TID251 - the same

    assert answer.region == OREGON_REGION
    assert took >= 0.2
    repaired.run_twin(f"network heal {OREGON_REGION}")
    assert active_faults(repaired) == {}


def test_a_pause_of_replication_ends_by_itself(repaired: System) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    repaired.run_twin(f"replication pause {OREGON_REGION} --for 6")
    with repaired.connect(FRANKFURT) as client:
        client.request("POST", "/create", '{"item_id": "paused-for-a-while"}')

    assert repaired.get("/get/paused-for-a-while", PORTLAND).status == 404
    eventually(lambda: repaired.get("/get/paused-for-a-while", PORTLAND).status == 200, 15)


# -- CloudWatch


def metric(
    system: System, region: str, namespace: str, name: str, stat: str, **dimensions: str
) -> list[float]:
    """Values of the last five minutes."""
    now = datetime.now(UTC)  # noqa: TID251 - the metrics are of now
    answer = system.checkout.client("cloudwatch", region).get_metric_data(
        MetricDataQueries=[
            {
                "Id": "q",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                    },
                    "Period": 60,
                    "Stat": stat,
                },
            }
        ],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def test_every_service_has_its_metrics(system: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    own = system.outputs["regions"][OREGON_REGION]
    group = system.group_arn(OREGON_REGION)
    accelerator, _, rest = group.rpartition("/endpoint-group/")[0].partition("/listener/")
    flows = {
        "Accelerator": accelerator.rpartition("/")[2],
        "Listener": rest,
        "EndpointGroup": OREGON_REGION,
    }
    balancer = own["alb_arn"].partition(":loadbalancer/")[2]
    for number in range(20):
        with system.connect(PORTLAND) as client:
            client.request("POST", "/create", f'{{"item_id": "metric-{number}"}}')

    def has_all_metrics() -> bool:
        ga, elb, fn = "AWS/GlobalAccelerator", "AWS/ApplicationELB", "AWS/Lambda"
        region = OREGON_REGION
        name = own["function_name"]
        assert sum(metric(system, region, ga, "NewFlowCount", "Sum", **flows)) >= 20
        assert 1 in metric(system, region, ga, "HealthyEndpointCount", "Maximum", **flows)
        requests = metric(system, region, elb, "RequestCount", "Sum", LoadBalancer=balancer)
        assert sum(requests) >= 20
        assert sum(metric(system, region, fn, "Invocations", "Sum", FunctionName=name)) >= 20
        assert sum(metric(system, region, fn, "ConcurrentExecutions", "Maximum")) >= 1
        lag = metric(
            system,
            region,
            "AWS/DynamoDB",
            "ReplicationLatency",
            "Average",
            TableName=system.outputs["table"],
            ReceivingRegion=FRANKFURT_REGION,
        )
        assert lag
        assert 0 < lag[0] < 5000
        return True

    eventually(has_all_metrics, 15)


def test_a_reserved_concurrency_of_zero_empties_the_region_and_raises_an_alarm(
    repaired: System,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    own = repaired.outputs["regions"][OREGON_REGION]
    functions = repaired.checkout.client("lambda", OREGON_REGION)
    watch = repaired.checkout.client("cloudwatch", OREGON_REGION)
    watch.put_metric_alarm(
        AlarmName="throttles",
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": own["function_name"]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    functions.put_function_concurrency(
        FunctionName=own["function_name"], ReservedConcurrentExecutions=0
    )
    try:
        eventually(lambda: repaired.get("/health", ip=own["alb_dns"]).status == 502)
        with pytest.raises(botocore.exceptions.ClientError, match="TooManyRequests"):
            functions.invoke(FunctionName=own["function_name"])
        repaired.wait_until_moved(PORTLAND, FRANKFURT_REGION, 25)
        eventually(lambda: alarm_state(watch) == "ALARM", 30)
    finally:
        functions.delete_function_concurrency(FunctionName=own["function_name"])
    repaired.wait_until_moved(PORTLAND, OREGON_REGION, 25)
    eventually(lambda: alarm_state(watch) == "OK", 30)
    watch.delete_alarms(AlarmNames=["throttles"])


def alarm_state(watch: Any) -> str:  # noqa: ANN401 - boto3's client
    (alarm,) = watch.describe_alarms(AlarmNames=["throttles"])["MetricAlarms"]
    return str(alarm["StateValue"])
