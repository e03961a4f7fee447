"""Lists of alarms by all conditions, and composite alarms."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.functional.twin.moto.patches.cloudwatch.test_alarms import put_alarm

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

TOPIC = "arn:aws:sns:{}:123456789012:pager"


def put_alarms(cloudwatch: "CloudWatchClient") -> None:
    """Two alarms of a shop and one of a bank, and a composite one of the shop's."""
    topic = TOPIC.format(cloudwatch.meta.region_name)
    put_alarm(cloudwatch, "shop-errors", OKActions=[topic])
    put_alarm(cloudwatch, "shop-lag")
    put_alarm(cloudwatch, "bank-errors")
    rule = 'ALARM("shop-errors") AND NOT OK(shop-lag)'
    cloudwatch.put_composite_alarm(AlarmName="shop-any", AlarmRule=rule)
    for name in ("shop-errors", "bank-errors"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


@pytest.mark.parametrize(
    ("conditions", "metric", "composite"),
    [
        ({}, {"shop-errors", "shop-lag", "bank-errors"}, set()),
        ({"AlarmTypes": ["CompositeAlarm"]}, set(), {"shop-any"}),
        ({"AlarmNamePrefix": "shop", "StateValue": "ALARM"}, {"shop-errors"}, set()),
        ({"ActionPrefix": "arn:aws:sns"}, {"shop-errors"}, set()),
        ({"ChildrenOfAlarmName": "shop-any"}, {"shop-errors", "shop-lag"}, set()),
        ({"ParentsOfAlarmName": "shop-lag"}, set(), {"shop-any"}),
        ({"ParentsOfAlarmName": "bank-errors"}, set(), set()),
    ],
)
def test_a_list_of_alarms_meets_all_conditions(
    cloudwatch: "CloudWatchClient",
    conditions: dict[str, Any],
    metric: set[str],
    composite: set[str],
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html."""
    put_alarms(cloudwatch)

    found = cloudwatch.describe_alarms(**conditions)

    own = ("shop", "bank")
    names = {alarm["AlarmName"] for alarm in found["MetricAlarms"]}
    assert {name for name in names if name.startswith(own)} == metric
    assert {alarm["AlarmName"] for alarm in found["CompositeAlarms"]} == composite


def test_a_list_of_alarms_has_pages(cloudwatch: "CloudWatchClient") -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html."""
    put_alarms(cloudwatch)
    kinds: list[Any] = ["MetricAlarm", "CompositeAlarm"]

    first = cloudwatch.describe_alarms(AlarmNamePrefix="shop", AlarmTypes=kinds, MaxRecords=2)
    second = cloudwatch.describe_alarms(
        AlarmNamePrefix="shop", AlarmTypes=kinds, MaxRecords=2, NextToken=first["NextToken"]
    )

    assert [alarm["AlarmName"] for alarm in first["MetricAlarms"]] == ["shop-errors", "shop-lag"]
    assert (second["MetricAlarms"], "NextToken" in second) == ([], False)
    assert [alarm["AlarmName"] for alarm in second["CompositeAlarms"]] == ["shop-any"]
    with pytest.raises(cloudwatch.exceptions.InvalidNextToken):
        cloudwatch.describe_alarms(NextToken="unknown")


def test_a_composite_alarm_keeps_what_suppresses_its_actions(
    cloudwatch: "CloudWatchClient",
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html."""
    put_alarm(cloudwatch, "deploying")
    suppression: dict[str, Any] = {
        "ActionsSuppressor": "deploying",
        "ActionsSuppressorWaitPeriod": 20,
        "ActionsSuppressorExtensionPeriod": 10,
    }
    alarm: dict[str, Any] = {"AlarmName": "quiet", "AlarmRule": "ALARM(deploying)"}

    cloudwatch.put_composite_alarm(**alarm, **suppression)
    (kept,) = cloudwatch.describe_alarms(AlarmNames=["quiet"], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]
    cloudwatch.put_composite_alarm(**alarm)
    (removed,) = cloudwatch.describe_alarms(AlarmNames=["quiet"], AlarmTypes=["CompositeAlarm"])[
        "CompositeAlarms"
    ]

    assert suppression.items() <= kept.items()
    assert not suppression.keys() & removed.keys()
