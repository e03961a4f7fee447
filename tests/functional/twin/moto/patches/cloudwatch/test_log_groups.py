"""Log groups: their class, lists of them by all conditions, their events and tags."""

from typing import Any

import pytest

from common.clock import SystemClock
from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

RARE = "INFREQUENT_ACCESS"


@pytest.fixture(scope="module")
def logs(shared: ControlProcess) -> Any:  # noqa: ANN401 - boto3's clients have no types
    """A client in a Region with three groups, one of which is read rarely."""
    client = shared.client("logs", PARIS)
    client.create_log_group(logGroupName="/listed/shop")
    client.create_log_group(logGroupName="/listed/bank", logGroupClass=RARE)
    client.create_log_group(logGroupName="/listed/shop/lag", logGroupClass="STANDARD")
    return client


def test_a_group_has_the_class_that_it_was_made_with(logs: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html."""
    found = logs.describe_log_groups(logGroupNamePrefix="/listed/")["logGroups"]

    assert {group["logGroupName"]: group["logGroupClass"] for group in found} == {
        "/listed/bank": RARE,
        "/listed/shop": "STANDARD",
        "/listed/shop/lag": "STANDARD",
    }


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({"logGroupNamePattern": "ed/shop"}, ["/listed/shop", "/listed/shop/lag"]),
        ({"logGroupNamePattern": "ED/SHOP"}, []),
        ({"logGroupClass": RARE}, ["/listed/bank"]),
        ({"logGroupNamePrefix": "/listed/s", "logGroupClass": RARE}, []),
        ({"logGroupIdentifiers": ["/listed/bank"]}, ["/listed/bank"]),
    ],
)
def test_a_list_of_groups_meets_all_conditions(
    logs: Any,  # noqa: ANN401
    conditions: dict[str, Any],
    names: list[str],
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html."""
    found = logs.describe_log_groups(**conditions)["logGroups"]

    assert [group["logGroupName"] for group in found] == names


def test_a_list_of_groups_has_pages(logs: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html."""
    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePattern="/listed/", PaginationConfig={"PageSize": 2}
    )

    assert [len(page["logGroups"]) for page in pages] == [2, 1]


def test_prefix_and_pattern_exclude_each_other(logs: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html."""
    expect_aws_error(
        "InvalidParameterException",
        logs.describe_log_groups,
        logGroupNamePrefix="/listed",
        logGroupNamePattern="shop",
    )


def test_events_are_found_by_the_prefix_of_their_stream_and_by_the_group_s_arn(
    logs: Any,  # noqa: ANN401
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html."""
    now_ms = int(SystemClock().now() * 1000)
    for stream in ("app-1", "db-1"):
        logs.create_log_stream(logGroupName="/listed/shop", logStreamName=stream)
        event = {"timestamp": now_ms, "message": stream}
        logs.put_log_events(logGroupName="/listed/shop", logStreamName=stream, logEvents=[event])
    (group,) = (
        group
        for group in logs.describe_log_groups(logGroupNamePrefix="/listed/shop")["logGroups"]
        if group["logGroupName"] == "/listed/shop"
    )

    for named in (
        {"logGroupName": "/listed/shop"},
        {"logGroupIdentifier": "/listed/shop"},
        {"logGroupIdentifier": group["logGroupArn"]},
    ):
        found = logs.filter_log_events(**named, logStreamNamePrefix="db-")
        assert [event["message"] for event in found["events"]] == ["db-1"]
        assert [stream["logStreamName"] for stream in found["searchedLogStreams"]] == ["db-1"]
    group_name: dict[str, Any] = {"logGroupName": "/listed/shop"}
    for wrong in (
        {"logStreamNames": ["db-1"], "logStreamNamePrefix": "db-"},
        {"logGroupIdentifier": "/listed/shop"},
    ):
        expect_aws_error(
            "InvalidParameterException",
            lambda asked=group_name | wrong: logs.filter_log_events(**asked),
        )


def test_what_does_not_exist_takes_no_tags(logs: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html."""
    arn = f"arn:aws:logs:{PARIS}:123456789012:log-group:/listed/none"

    for call in (
        lambda: logs.tag_resource(resourceArn=arn, tags={"a": "b"}),
        lambda: logs.untag_resource(resourceArn=arn, tagKeys=["a"]),
        lambda: logs.list_tags_for_resource(resourceArn=arn),
    ):
        expect_aws_error("ResourceNotFoundException", call)
