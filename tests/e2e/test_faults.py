"""Faults with an end, a Region's network, and what CloudWatch tells, on a whole system."""

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
def running(deployed: Checkout) -> System:
    return deployed_system(deployed)


@pytest.fixture
def mended(running: System) -> Iterator[System]:
    """Leave nothing broken behind."""
    yield running
    for region in (FRANKFURT_REGION, OREGON_REGION):
        running.twin(f"network heal {region}")
        running.twin(f"replication resume {region}")
        running.twin(f"region start {region}")
    running.twin("control start")
    running.moved(PORTLAND, OREGON_REGION, 20)
    running.moved(FRANKFURT, FRANKFURT_REGION, 20)


def faults(running: System) -> dict[str, dict[str, Any]]:
    return {fault["name"]: fault for fault in running.checkout.status()["faults"]}


def state(running: System, role: str) -> str:
    """`starting` for a process that runs and does not answer yet."""
    (found,) = (p for p in running.checkout.status()["processes"] if p["role"] == role)
    starting = found["state"] == "running" and not found["answers"]
    return "starting" if starting else str(found["state"])


# -- faults with an end


def test_a_killed_region_starts_again_by_itself(mended: System) -> None:
    mended.twin(f"region kill {OREGON_REGION} --for 6")

    status = mended.checkout.status()
    (fault,) = status["faults"]
    assert (fault["name"], fault["region"]) == ("region-kill", OREGON_REGION)
    assert 0 < fault["left_s"] <= 6
    assert any("ends by itself" in warning for warning in status["warnings"])
    assert state(mended, f"region/{OREGON_REGION}") == "dead"
    eventually(lambda: state(mended, f"region/{OREGON_REGION}") == "running", 30)
    eventually(lambda: faults(mended) == {})
    mended.moved(PORTLAND, OREGON_REGION, 20)


def test_a_frozen_region_and_a_stopped_control_come_back_by_themselves(mended: System) -> None:
    mended.twin(f"region freeze {OREGON_REGION} --for 4")
    mended.twin("control stop --for 4")

    assert set(faults(mended)) == {"region-freeze", "control-stop"}
    eventually(lambda: state(mended, f"region/{OREGON_REGION}") == "running", 20)
    eventually(lambda: state(mended, "control") == "running", 30)
    eventually(lambda: faults(mended) == {})
    assert mended.dial(OREGON_REGION) == 100


def test_a_fault_is_ended_early_by_hand(mended: System) -> None:
    mended.twin(f"region kill {OREGON_REGION} --for 600")
    mended.twin(f"region start {OREGON_REGION}")

    assert faults(mended) == {}
    assert state(mended, f"region/{OREGON_REGION}") == "running"


# -- the network


def test_a_cut_region_is_left_and_comes_back_with_nothing_lost(mended: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    with mended.connect(PORTLAND, timeout_s=3) as open_connection:
        assert open_connection.get("/health").region == OREGON_REGION
        mended.twin(f"network cut {OREGON_REGION} --for 25")

        with pytest.raises(TimeoutError):
            open_connection.get("/health")
    began = time.monotonic()  # noqa: TID251 - how long an unreachable API takes
    with pytest.raises(botocore.exceptions.ClientError, match="network heal"):
        mended.checkout.client("globalaccelerator", OREGON_REGION).list_accelerators()
    waited = time.monotonic() - began  # noqa: TID251 - the same
    mended.moved(PORTLAND, FRANKFURT_REGION, 25)
    with mended.connect(PORTLAND) as client:
        assert client.request("POST", "/create", '{"item_id": "while-cut"}').status == 201

    assert waited > 1.5
    assert faults(mended)["network-cut"]["region"] == OREGON_REGION
    eventually(lambda: faults(mended) == {}, 30)
    mended.moved(PORTLAND, OREGON_REGION, 25)
    eventually(lambda: mended.get("/get/while-cut", PORTLAND).status == 200)


def test_a_slow_network_makes_answers_late(mended: System) -> None:
    mended.twin(f"network slow {OREGON_REGION} --delay-ms 100")

    with mended.connect(PORTLAND) as client:
        client.get("/health")
        began = time.monotonic()  # noqa: TID251 - the delay is what is tested
        answer = client.get("/health")
        took = time.monotonic() - began  # noqa: TID251 - the same

    assert answer.region == OREGON_REGION
    assert took >= 0.2
    mended.twin(f"network heal {OREGON_REGION}")
    assert faults(mended) == {}


def test_a_pause_of_replication_ends_by_itself(mended: System) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html"""
    mended.twin(f"replication pause {OREGON_REGION} --for 6")
    with mended.connect(FRANKFURT) as client:
        client.request("POST", "/create", '{"item_id": "paused-for-a-while"}')

    assert mended.get("/get/paused-for-a-while", PORTLAND).status == 404
    eventually(lambda: mended.get("/get/paused-for-a-while", PORTLAND).status == 200, 15)


# -- CloudWatch


def metric(
    running: System, region: str, namespace: str, name: str, stat: str, **dimensions: str
) -> list[float]:
    """The values of the last minutes."""
    now = datetime.now(UTC)  # noqa: TID251 - the metrics are of now
    answer = running.checkout.client("cloudwatch", region).get_metric_data(
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


def test_every_service_tells_its_metrics(running: System) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    own = running.outputs["regions"][OREGON_REGION]
    group = running.group_arn(OREGON_REGION)
    accelerator, _, rest = group.rpartition("/endpoint-group/")[0].partition("/listener/")
    flows = {
        "Accelerator": accelerator.rpartition("/")[2],
        "Listener": rest,
        "EndpointGroup": OREGON_REGION,
    }
    balancer = own["alb_arn"].partition(":loadbalancer/")[2]
    for number in range(20):
        with running.connect(PORTLAND) as client:
            client.request("POST", "/create", f'{{"item_id": "metric-{number}"}}')

    def told() -> bool:
        ga, elb, fn = "AWS/GlobalAccelerator", "AWS/ApplicationELB", "AWS/Lambda"
        region = OREGON_REGION
        name = own["function_name"]
        assert sum(metric(running, region, ga, "NewFlowCount", "Sum", **flows)) >= 20
        assert 1 in metric(running, region, ga, "HealthyEndpointCount", "Maximum", **flows)
        requests = metric(running, region, elb, "RequestCount", "Sum", LoadBalancer=balancer)
        assert sum(requests) >= 20
        assert sum(metric(running, region, fn, "Invocations", "Sum", FunctionName=name)) >= 20
        assert sum(metric(running, region, fn, "ConcurrentExecutions", "Maximum")) >= 1
        lag = metric(
            running,
            region,
            "AWS/DynamoDB",
            "ReplicationLatency",
            "Average",
            TableName=running.outputs["table"],
            ReceivingRegion=FRANKFURT_REGION,
        )
        assert lag
        assert 0 < lag[0] < 5000
        return True

    eventually(told, 15)


def test_a_reserved_concurrency_of_zero_takes_the_region_out_and_alarms(mended: System) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    own = mended.outputs["regions"][OREGON_REGION]
    functions = mended.checkout.client("lambda", OREGON_REGION)
    watch = mended.checkout.client("cloudwatch", OREGON_REGION)
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
        eventually(lambda: mended.get("/health", ip=own["alb_dns"]).status == 502)
        with pytest.raises(botocore.exceptions.ClientError, match="TooManyRequests"):
            functions.invoke(FunctionName=own["function_name"])
        mended.moved(PORTLAND, FRANKFURT_REGION, 25)
        eventually(lambda: alarm_state(watch) == "ALARM", 30)
    finally:
        functions.delete_function_concurrency(FunctionName=own["function_name"])
    mended.moved(PORTLAND, OREGON_REGION, 25)
    eventually(lambda: alarm_state(watch) == "OK", 30)
    watch.delete_alarms(AlarmNames=["throttles"])


def alarm_state(watch: Any) -> str:  # noqa: ANN401 - boto3's client
    (alarm,) = watch.describe_alarms(AlarmNames=["throttles"])["MetricAlarms"]
    return str(alarm["StateValue"])
