"""Metrics of drills in CloudWatch."""

import pytest

from muster.drill.notify.cloudwatch import CloudWatchMetrics
from muster.drill.notify.notices import make_test_notice
from muster.errors import NotDelivered
from tests.unit.muster.drill.notify.builders import END
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import FRANKFURT


def make_destination(aws: FakeAws) -> CloudWatchMetrics:
    return CloudWatchMetrics(aws.clients(), FRANKFURT)


def test_one_call_in_the_home_region_has_every_metric() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    aws = FakeAws()

    make_destination(aws).deliver(END)

    (call,) = aws.made("PutMetricData")
    data = call.given["MetricData"]
    assert (call.region, call.given["Namespace"]) == (FRANKFURT, "Muster")
    assert [(one["MetricName"], one["Unit"]) for one in data] == [
        ("ExitCode", "None"),
        ("Duration", "Seconds"),
        ("RTO", "Seconds"),
        ("RPO", "Seconds"),
        ("LostItems", "Count"),
        ("Requests", "Count"),
        ("FailedRequests", "Count"),
        ("Availability", "None"),
    ]
    assert {str(one["Dimensions"]) for one in data} == {
        str([{"Name": "Scenario", "Value": "evacuate"}, {"Name": "Region", "Value": "us-west-2"}])
    }


def test_a_test_has_no_dimension() -> None:
    aws = FakeAws()

    make_destination(aws).deliver(make_test_notice(target="a test", by="ann", at=0.0))

    (datum,) = aws.made("PutMetricData")[0].given["MetricData"]
    assert (datum["MetricName"], datum["Value"], datum["Dimensions"]) == ("Test", 1.0, [])


@pytest.mark.parametrize(("code", "transient"), [("AccessDenied", False), ("Throttling", True)])
def test_a_refusal_is_told_in_aws_s_words(code: str, transient: bool) -> None:
    aws = FakeAws()
    aws.fail("PutMetricData", FakeFailure(code))

    with pytest.raises(NotDelivered, match=code) as caught:
        make_destination(aws).deliver(END)

    assert caught.value.transient == transient


def test_a_region_that_is_down_is_a_transient_error() -> None:
    aws = FakeAws()
    aws.down.add(FRANKFURT)

    with pytest.raises(NotDelivered) as caught:
        make_destination(aws).deliver(END)

    assert caught.value.transient
