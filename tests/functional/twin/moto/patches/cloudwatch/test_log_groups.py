"""Log groups: their class, and lists of them by all conditions."""

from typing import Any

import pytest

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
