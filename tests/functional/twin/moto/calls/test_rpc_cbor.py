"""An SDK that speaks rpc-v2-cbor, as Go's, Java's and JavaScript's do with CloudWatch.

botocore has the protocol, too, and prefers JSON: here its models offer nothing else.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from common.clock import SystemClock
from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.moto.calls.rpc_cbor import to_json_call
from twin.runtime.instance import internal_url

HEADERS = {
    "smithy-protocol": "rpc-v2-cbor",
    "authorization": "AWS4-HMAC-SHA256 Credential=k/20260102/eu-central-1/monitoring/aws4_request",
}


class CborLoader(Loader):
    """botocore's models, as if each service had only the one protocol."""

    def load_service_model(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - botocore's own
        model = super().load_service_model(*args, **kwargs)
        metadata = model.get("metadata", {})
        if "smithy-rpc-v2-cbor" in metadata.get("protocols", ()):
            metadata["protocols"] = ["smithy-rpc-v2-cbor"]
        return model


def cbor_client(shared: ControlProcess, service: Any) -> Any:  # noqa: ANN401 - boto3's own
    session = Session()
    session.register_component("data_loader", CborLoader())
    return boto3.Session(botocore_session=session).client(
        service,
        region_name=FRANKFURT,
        endpoint_url=internal_url(shared.instance.control_address),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def test_an_alarm_is_read_as_it_was_written(shared: ControlProcess) -> None:
    cloudwatch = cbor_client(shared, "cloudwatch")
    alarm = {
        "AlarmName": "errors in *ä*",
        "MetricName": "Errors",
        "Namespace": "Shop",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 2,
        "Threshold": 1.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "ActionsEnabled": False,
    }

    cloudwatch.put_metric_alarm(**alarm)

    (found,) = cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    assert {name: found[name] for name in alarm} == alarm
    (same,) = shared.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert found["AlarmConfigurationUpdatedTimestamp"] == same["AlarmConfigurationUpdatedTimestamp"]
    cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"]])
    assert shared.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_many_values_are_sent_compressed_and_summed(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html"""
    cloudwatch = cbor_client(shared, "cloudwatch")
    now = datetime.fromtimestamp(int(SystemClock().now()), UTC)
    datum = {"MetricName": "Orders", "Timestamp": now, "Value": 0.5, "Unit": "Count"}

    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum] * 400)

    (point,) = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Orders",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert (point["Sum"], point["SampleCount"], point["Unit"]) == (200.0, 400.0, "Count")
    assert isinstance(point["Timestamp"], datetime)


def test_errors_keep_their_code(shared: ControlProcess) -> None:
    cloudwatch = cbor_client(shared, "cloudwatch")

    data = [{"Value": 1.0}]
    invalid = expect_aws_error(
        "ValidationError", cloudwatch.put_metric_data, Namespace="Shop", MetricData=data
    )
    unserved = expect_aws_error("NotImplemented", cloudwatch.describe_insight_rules)

    assert "metricName" in error_message(invalid)
    assert "docs/services.md" in error_message(unserved)


def test_tags_are_read_by_the_same_protocol(shared: ControlProcess) -> None:
    elb = shared.client("elbv2")
    group = elb.create_target_group(
        Name="tagged", TargetType="lambda", Tags=[{"Key": "team", "Value": "shop"}]
    )["TargetGroups"][0]["TargetGroupArn"]

    found = cbor_client(shared, "resourcegroupstaggingapi").get_resources()

    assert found["ResourceTagMappingList"] == [
        {"ResourceARN": group, "Tags": [{"Key": "team", "Value": "shop"}]}
    ]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/service/GraniteServiceVersion20100801/operation/ListMetrics", b"\xa1", "no CBOR"),
        ("/service/GraniteServiceVersion20100801/operation/ListMetrics", b"\x80", "no map"),
        ("/service/GraniteServiceVersion20100801", b"\xa0", "/operation/NAME"),
    ],
)
def test_a_malformed_request_is_refused(path: str, body: bytes, problem: str) -> None:
    call = AwsCall(method="POST", url=path, headers=HEADERS, body=body)

    with pytest.raises(MalformedRequest, match=problem):
        to_json_call(call)
