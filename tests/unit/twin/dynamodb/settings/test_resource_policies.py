"""Resource-based policies of tables."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import expect_engine_error, response_of, run_operation
from twin.dynamodb.engine import MemoryTableEngine

ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab"
POLICY = '{"Version":"2012-10-17","Statement":[]}'


def test_a_policy_is_put_read_and_deleted(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html"""
    put = response_of(engine, "PutResourcePolicy", ResourceArn=ARN, Policy=POLICY)
    again = response_of(engine, "PutResourcePolicy", ResourceArn=ARN, Policy=POLICY)

    assert again == put
    assert response_of(engine, "GetResourcePolicy", ResourceArn=ARN) == {"Policy": POLICY, **put}
    assert response_of(engine, "DeleteResourcePolicy", ResourceArn=ARN) == put
    assert response_of(engine, "DeleteResourcePolicy", ResourceArn=ARN) == {}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetResourcePolicy", {}, "PolicyNotFoundException"),
        ("PutResourcePolicy", {"Policy": "{"}, "ValidationException"),
        ("PutResourcePolicy", {"Policy": "[]"}, "ValidationException"),
        ("PutResourcePolicy", {"Policy": "[" * 15_000}, "ValidationException"),
        (
            "PutResourcePolicy",
            {"Policy": POLICY, "ExpectedRevisionId": "1"},
            "PolicyNotFoundException",
        ),
        ("DeleteResourcePolicy", {"ExpectedRevisionId": "1"}, "PolicyNotFoundException"),
    ],
)
def test_a_wrong_call_changes_no_policy(
    engine: MemoryTableEngine, operation: str, request_: dict[str, Any], code: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html"""
    assert expect_engine_error(engine, operation, ResourceArn=ARN, **request_)[0] == code


def test_a_first_policy_can_be_demanded(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html"""
    first = {"ResourceArn": ARN, "Policy": POLICY, "ExpectedRevisionId": "NO_POLICY"}

    run_operation(engine, "PutResourcePolicy", **first)
    assert expect_engine_error(engine, "PutResourcePolicy", **first)[0] == "PolicyNotFoundException"
