"""The numbers of a drill in the CloudWatch of a twin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from common.clock import SystemClock
from muster.aws.clients import AwsClients
from muster.drill.notify.cloudwatch import NAMESPACE, CloudWatchMetrics
from muster.drill.notify.fan_out import close_outboxes
from muster.drill.notify.notices import Notice
from muster.drill.notify.outbox import Outbox
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    PARIS,
    ControlProcess,
    running_control,
)
from tests.unit.muster.drill.notify.builders import END, NOTICE
from twin.runtime.instance import internal_url

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

EVACUATION = {"Scenario": "evacuate", "Region": "us-west-2"}


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    with running_control(tmp_path_factory.mktemp("control")) as process:
        # Its first call loads botocore's model, which may take longer than a notice waits.
        process.client("cloudwatch").list_metrics()
        yield process


def send(control: ControlProcess, *notices: Notice) -> list[str]:
    """Tell CloudWatch in Frankfurt; what was lost."""
    clients = AwsClients(endpoint_url=internal_url(control.instance.control_address))
    outbox = Outbox(CloudWatchMetrics(clients, FRANKFURT), lambda _s: None)
    for notice in notices:
        outbox.put(notice)
    return close_outboxes([outbox], SystemClock().monotonic, grace_s=60)


def metrics_of(
    client: "CloudWatchClient", dimensions: dict[str, str]
) -> dict[str, dict[str, float]]:
    """The largest value of the last hour, by metric and by unit.

    Not the sum: a notice may arrive twice.
    """
    now = datetime.fromtimestamp(SystemClock().now(), UTC)
    listed = client.list_metrics(Namespace=NAMESPACE)["Metrics"]
    return {
        metric["MetricName"]: {
            point["Unit"]: point["Maximum"]
            for point in client.get_metric_statistics(
                Namespace=NAMESPACE,
                MetricName=metric["MetricName"],
                Dimensions=metric["Dimensions"],
                StartTime=now - timedelta(hours=1),
                EndTime=now + timedelta(minutes=1),
                Period=60,
                Statistics=["Maximum"],
            )["Datapoints"]
        }
        for metric in listed
        if {one["Name"]: one["Value"] for one in metric["Dimensions"]} == dimensions
    }


def test_the_numbers_of_a_drill_arrive_under_its_scenario_and_region(
    control: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    at = SystemClock().now()

    losses = send(control, replace(NOTICE, at=at), replace(END, at=at))

    assert losses == []
    assert metrics_of(control.client("cloudwatch", FRANKFURT), EVACUATION) == {
        "ExitCode": {"None": 0.0},
        "Duration": {"Seconds": 444.5},
        "RTO": {"Seconds": 12.7},
        "RPO": {"Seconds": 0.41},
        "LostItems": {"Count": 0.0},
        "Requests": {"Count": 4810.0},
        "FailedRequests": {"Count": 133.0},
        "Availability": {"None": pytest.approx(1 - 133 / 4810)},
    }
    assert metrics_of(control.client("cloudwatch", PARIS), EVACUATION) == {}
