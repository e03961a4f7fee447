"""Transactions: all or nothing, with a reason for each action."""

import json
from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    KEY,
    NOT_FOUND,
    WRONG,
    expect_engine_error,
    put_engine_item,
    response_of,
    run_operation,
)
from twin.dynamodb.engine import MemoryTableEngine

CANCELLED = "TransactionCanceledException"
NOT_THERE = "attribute_not_exists(id)"


def put(item: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Put": {"TableName": "tab", "Item": {"id": {"S": item}}, **more}}


def big_put(item: str) -> dict[str, Any]:
    return {"Put": {"TableName": "tab", "Item": {"id": {"S": item}, "v": {"S": "x" * 400_000}}}}


def get(**key: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"Get": {"TableName": "tab", "Key": key}}


def test_a_cancelled_transaction_leaves_no_trace_and_gives_reasons(
    engine: MemoryTableEngine,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put_engine_item(engine, "a")
    taken = put("a", ConditionExpression=NOT_THERE, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    outcome = engine.execute("TransactWriteItems", {"TransactItems": [put("b"), taken, taken]})
    doubled = json.loads(outcome.body)
    outcome = engine.execute("TransactWriteItems", {"TransactItems": [put("b"), taken]})

    error = json.loads(outcome.body)
    assert outcome.status == 400
    assert (
        doubled["message"] == "Transaction request cannot include multiple operations on one item"
    )
    assert error["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed]"
    )
    assert error["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ConditionalCheckFailed",
            "Message": "The conditional request failed",
            "Item": KEY,
        },
    ]
    assert list(engine.all_images("tab")) == [KEY]


def test_a_wrong_item_cancels_before_any_condition_is_checked(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html"""
    wrong = {"Put": {"TableName": "tab", "Item": {"id": {"N": "1"}}}}
    failing = put("x", ConditionExpression="attribute_exists(id)")
    outcome = engine.execute("TransactWriteItems", {"TransactItems": [failing, wrong, wrong]})

    reasons = json.loads(outcome.body)["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError", "None"]


def test_an_update_that_its_item_does_not_allow_cancels(engine: MemoryTableEngine) -> None:
    put_engine_item(engine, "a", v={"S": "text"})
    update = {
        "TableName": "tab",
        "Key": KEY,
        "UpdateExpression": "SET v = v + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    found = expect_engine_error(
        engine, "TransactWriteItems", TransactItems=[{"Update": update}, put("b")]
    )

    assert found[0] == CANCELLED
    assert found[1].endswith("[ValidationError, None]")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (
            [],
            "Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length g",
        ),
        ([put(f"{number}") for number in range(101)], "less than or equal to 100"),
        ([{}], "can only contain one of Check, Put, Update or Delete"),
        ([{**put("a"), "Delete": {"TableName": "tab", "Key": KEY}}], "can only contain one of"),
        ([put("a", ConditionExpression="id =")], "Invalid ConditionExpression: Syntax error"),
        ([{"ConditionCheck": {"TableName": "tab", "Key": KEY}}], "conditionExpression"),
        ([put("")], "The AttributeValue for a key attribute cannot contain an empty string value"),
        ([put("a"), put("b", Item={**KEY, "v": {"S": "x" * 410_000}})], "Item size has exceeded"),
        ([big_put(f"{n}") for n in range(11)], "Transaction request size cannot exceed 4 MB"),
    ],
)
def test_a_wrong_transaction_is_refused_as_a_whole(
    engine: MemoryTableEngine, items: list[Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
    code, message = expect_engine_error(engine, "TransactWriteItems", TransactItems=items)

    assert code == WRONG
    assert words in message


def test_a_missing_table_fails_the_whole_transaction(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    missing = {"Put": {"TableName": "none", "Item": KEY}}
    found = expect_engine_error(engine, "TransactWriteItems", TransactItems=[put("b"), missing])

    assert found == (NOT_FOUND, "Requested resource not found")


def test_wrong_values_are_told_in_older_words(engine: MemoryTableEngine) -> None:
    """https://github.com/paritysuite/dynamodb-conformance (recorded in 2026)"""
    doubled = {"SS": ["b", "b"]}
    words = "One or more parameter values were invalid: Input collection [b, b] contains duplicates"
    condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": doubled}}
    check = {"ConditionCheck": {"TableName": "tab", "Key": KEY, **condition}}

    for actions, message in (
        ([{"Put": {"TableName": "tab", "Item": {**KEY, "v": doubled}}}], f"{words}."),
        ([check], f"ExpressionAttributeValues contains invalid value: {words}. for key :v"),
    ):
        found = expect_engine_error(engine, "TransactWriteItems", TransactItems=actions)
        assert found == (WRONG, message)
    found = expect_engine_error(engine, "TransactGetItems", TransactItems=[get(id=doubled)])
    assert found == (WRONG, f"{words}.")


def test_all_actions_are_applied_together(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
    put_engine_item(engine, "a")
    put_engine_item(engine, "old")
    changes = run_operation(
        engine,
        "TransactWriteItems",
        TransactItems=[
            {
                "Update": {
                    "TableName": "tab",
                    "Key": KEY,
                    "UpdateExpression": "SET v = :v",
                    "ConditionExpression": "attribute_exists(id)",
                    "ExpressionAttributeValues": {":v": {"S": "v"}},
                }
            },
            {"Delete": {"TableName": "tab", "Key": {"id": {"S": "old"}}}},
            put("new", ConditionExpression=NOT_THERE),
        ],
    ).changes

    assert len(changes) == 3
    assert sorted(map(repr, engine.all_images("tab"))) == sorted(
        map(repr, [{**KEY, "v": {"S": "v"}}, {"id": {"S": "new"}}])
    )


def test_reads_are_answered_in_order(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    put_engine_item(engine, "a", v={"S": "v"})

    found = response_of(
        engine, "TransactGetItems", TransactItems=[get(id={"S": "none"}), get(id={"S": "a"})]
    )

    assert found == {"Responses": [{}, {"Item": {**KEY, "v": {"S": "v"}}}]}


@pytest.mark.parametrize(
    ("items", "code", "words"),
    [
        ([get(id={"S": "a"})] * 2, WRONG, "multiple operations on one item"),
        ([get(), get(id={"S": "a"})], CANCELLED, "[ValidationError, None]"),
        ([get(), get(id={"S": ""})], WRONG, "cannot contain an empty string value. Key: id"),
        ([get(id={"S": f"{n}"}) for n in range(101)], WRONG, "less than or equal to 100"),
    ],
)
def test_a_wrong_transaction_of_reads_is_refused(
    engine: MemoryTableEngine, items: list[Any], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    found = expect_engine_error(engine, "TransactGetItems", TransactItems=items)

    assert found[0] == code
    assert words in found[1]
