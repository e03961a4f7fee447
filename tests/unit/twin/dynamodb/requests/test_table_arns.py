"""ARNs of tables in requests of any shape."""

from typing import Any

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.requests.table_arns import TableArns, table_name

ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab"
ARNS = TableArns("eu-central-1", "123456789012")


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"TableName": ARN, "Key": {}}, {"TableName": "tab", "Key": {}}),
        ({"RequestItems": {ARN: [1], "b": []}}, {"RequestItems": {"tab": [1], "b": []}}),
        (
            {"TransactItems": [{"Put": {"TableName": ARN}}, {"Get": 1}]},
            {"TransactItems": [{"Put": {"TableName": "tab"}}, {"Get": 1}]},
        ),
    ],
)
def test_an_arn_is_replaced_by_the_table_s_name(
    request_: dict[str, Any], named: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    assert ARNS.with_names(request_) == named


@pytest.mark.parametrize(
    "name", ["tab", ARN, f"{ARN}/index/i", f"{ARN}/stream/2026-11-29T09:39:42"]
)
def test_an_arn_of_a_table_or_of_what_it_has_names_the_table(name: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html"""
    assert table_name(name) == "tab"


@pytest.mark.parametrize(
    "request_",
    [
        {"TableName": "tab"},
        {"TableName": {}},
        {"RequestItems": [ARN]},
        {"TransactItems": {"Put": {"TableName": ARN}}},
        {"TransactItems": [ARN, None, {"Put": None}]},
    ],
)
def test_a_request_without_arns_stays_as_it_is(request_: dict[str, Any]) -> None:
    assert ARNS.with_names(request_) is request_


def test_a_table_is_named_once_in_a_batch() -> None:
    """Else the writes of one of its two parts would be lost, and acknowledged."""
    with pytest.raises(TableApiError, match="by its name and by its ARN: tab") as caught:
        ARNS.with_names({"RequestItems": {"tab": [1], ARN: [2]}})
    assert caught.value.code == "ValidationException"


def test_only_the_tables_of_actions_are_renamed() -> None:
    """However deep a request repeats itself."""
    entry: dict[str, Any] = {"Put": {"TableName": ARN}}
    for _ in range(1000):
        entry = {"Put": {"TableName": ARN, "TransactItems": [entry]}}

    (named,) = ARNS.with_names({"TransactItems": [entry]})["TransactItems"]

    assert named["Put"]["TableName"] == "tab"


@pytest.mark.parametrize("there", ["us-west-2:123456789012", "eu-central-1:000000000000"])
def test_tables_elsewhere_are_out_of_reach(there: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html"""
    with pytest.raises(TableApiError, match="is not of this account and Region") as caught:
        ARNS.with_names({"TableName": f"arn:aws:dynamodb:{there}:table/tab"})
    assert caught.value.code == "AccessDeniedException"
