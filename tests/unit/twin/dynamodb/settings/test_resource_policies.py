"""Resource-based policies of tables."""

import json
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


def test_a_policy_with_half_a_surrogate_pair_is_text_too(engine: MemoryTableEngine) -> None:
    """https://www.rfc-editor.org/rfc/rfc8259#section-8.2"""
    policy = POLICY.replace("[]", '[],"Id":"\ud800"')

    put = response_of(engine, "PutResourcePolicy", ResourceArn=ARN, Policy=policy)

    assert response_of(engine, "GetResourcePolicy", ResourceArn=ARN) == {"Policy": policy, **put}


STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "123456789012"},
    "Action": "dynamodb:GetItem",
    "Resource": ARN,
}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "has no Statement"),
        ({"Statement": "x"}, "a statement has no Effect"),
        *(
            (
                {"Statement": [{k: v for k, v in STATEMENT.items() if k != name}]},
                f"a statement has neither {name} nor Not{name}",
            )
            for name in ("Principal", "Action", "Resource")
        ),
    ],
)
def test_a_policy_without_a_part_that_aws_requires_is_refused(
    engine: MemoryTableEngine, document: dict[str, Any], reason: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"""
    code, message = expect_engine_error(
        engine, "PutResourcePolicy", ResourceArn=ARN, Policy=json.dumps(document)
    )[:2]

    assert (code, message) == (
        "ValidationException",
        f"One or more parameter values were invalid: Invalid policy document: {reason}",
    )


def test_a_policy_with_all_parts_is_taken(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html"""
    policy = json.dumps({"Version": "2012-10-17", "Statement": STATEMENT})

    assert response_of(engine, "PutResourcePolicy", ResourceArn=ARN, Policy=policy)["RevisionId"]


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
