"""An SDK that speaks rpc-v2-cbor, as Go's, Java's and JavaScript's do with CloudWatch.

botocore has the protocol, too, and prefers JSON: here its models offer nothing else.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import cbor2
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from common.clock import SystemClock
from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.moto.calls.rpc_cbor import check_tags, to_json_call
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
        (
            "/service/GraniteServiceVersion20100801/operation/ListMetrics",
            b"\xa1\x61a\xd8\x1e\x82\x01\x02",
            "CBOR tag 30",
        ),
    ],
)
def test_a_malformed_request_is_refused(path: str, body: bytes, problem: str) -> None:
    call = AwsCall(method="POST", url=path, headers=HEADERS, body=body)

    with pytest.raises(MalformedRequest, match=problem):
        to_json_call(call)


HUGE_NUMBER = b"\xc2\x5a\x00\x10\x00\x00" + b"\xff" * 0x100000


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        (b"\xd8\x1e\x82" + 2 * HUGE_NUMBER, 30),  # a fraction, which Python reduces
        (b"\xd8\x23\x63a|b", 35),  # a regular expression
        (b"\xd8\x1c\x81\xd8\x1d\x00", 28),  # a list that contains itself
        (b"\x82\x78\x03\xc3\xa4x\xda\x00\x00\x00\x25\x40", 37),  # behind a text
        (b"\x5f\x41\xd8\xff\xd9\x01\x02\x80", 258),  # behind bytes whose length is not told
        (b"\xc2\x41\x01", 2),
    ],
)
def test_a_value_that_takes_long_to_make_is_refused_before(content: bytes, tag: int) -> None:
    """https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    call = AwsCall(method="POST", url=path, headers=HEADERS, body=b"\xa1\x61a" + content)

    with pytest.raises(MalformedRequest, match=f"the CBOR tag {tag}$"):
        to_json_call(call)


@pytest.mark.parametrize(
    "value",
    ["ä\xc2", b"\xc2\xd8\x1e", 2**64 - 1, -(2**64), 0.5, [datetime(2026, 1, 2, tzinfo=UTC)]],
)
def test_what_services_are_sent_has_no_other_tag_than_of_times(value: object) -> None:
    check_tags(cbor2.dumps({"a": [value, {"b": value}]}, datetime_as_timestamp=True))
