"""Tags of tables."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import expect_engine_error, response_of, run_operation
from twin.dynamodb.engine import MemoryTableEngine

ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab"
TAG = [{"Key": "k", "Value": "1"}]


def test_tags_are_replaced_not_repeated(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html"""
    outcome = run_operation(engine, "TagResource", ResourceArn=ARN, Tags=TAG)
    run_operation(engine, "TagResource", ResourceArn=ARN, Tags=[{"Key": "k", "Value": "2"}])

    assert outcome.body == b""

    assert response_of(engine, "ListTagsOfResource", ResourceArn=ARN) == {
        "Tags": [{"Key": "k", "Value": "2"}]
    }
    run_operation(engine, "UntagResource", ResourceArn=ARN, TagKeys=["k", "other"])
    assert response_of(engine, "ListTagsOfResource", ResourceArn=ARN) == {"Tags": []}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("TagResource", {"ResourceArn": ARN + "x", "Tags": TAG}, "ResourceNotFoundException"),
        ("TagResource", {"ResourceArn": "no-arn", "Tags": TAG}, "ValidationException"),
        ("TagResource", {"ResourceArn": ARN, "Tags": []}, "ValidationException"),
        ("TagResource", {"ResourceArn": ARN}, "ValidationException"),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
            "ValidationException",
        ),
        ("UntagResource", {"ResourceArn": ARN, "TagKeys": []}, "ValidationException"),
        ("ListTagsOfResource", {"ResourceArn": ARN, "NextToken": "x"}, "ValidationException"),
        (
            "ListTagsOfResource",
            {"ResourceArn": ARN, "NextToken": "9" * 5000},
            "ValidationException",
        ),
    ],
)
def test_a_wrong_call_changes_no_tags(
    engine: MemoryTableEngine, operation: str, request_: dict[str, Any], code: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html"""
    assert expect_engine_error(engine, operation, **request_)[0] == code


@pytest.mark.parametrize(
    ("operation", "member"), [("TagResource", "Tags"), ("UntagResource", "TagKeys")]
)
def test_an_arn_is_judged_first_then_the_tags_then_the_table(
    engine: MemoryTableEngine, operation: str, member: str
) -> None:
    """https://github.com/architect/dynalite (test/tagResource.js, test/untagResource.js)"""
    wrong = expect_engine_error(engine, operation, **{"ResourceArn": "no-arn", member: []})
    missing = expect_engine_error(engine, operation, **{"ResourceArn": ARN + "x", member: []})

    assert wrong[1].startswith("Invalid TableArn: ")
    assert missing[1].startswith("Atleast one Tag ")


def test_tags_are_listed_in_pages(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html"""
    tags = [{"Key": f"k{n}", "Value": ""} for n in range(12)]
    run_operation(engine, "TagResource", ResourceArn=ARN, Tags=tags)

    first = response_of(engine, "ListTagsOfResource", ResourceArn=ARN)
    rest = response_of(engine, "ListTagsOfResource", ResourceArn=ARN, NextToken=first["NextToken"])

    assert first["Tags"] + rest["Tags"] == tags
    assert "NextToken" not in rest
