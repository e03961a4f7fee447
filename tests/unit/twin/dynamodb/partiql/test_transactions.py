"""ExecuteTransaction."""

import json
from typing import Any

import pytest

from tests.unit.twin.dynamodb.partiql.statements import (
    execute,
    open_partiql_engine,
    read_error,
    sentence,
)
from twin.dynamodb.engine import MemoryTableEngine


@pytest.fixture
def engine() -> MemoryTableEngine:
    opened = open_partiql_engine()
    execute(opened, "INSERT INTO hash VALUE {'pk': 'a', 'n': 1}")
    return opened


def request(*statements: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"TransactStatements": [{"Statement": s} for s in statements], **more}


def transact(engine: MemoryTableEngine, *statements: str, **more: Any) -> Any:  # noqa: ANN401
    outcome = engine.execute("ExecuteTransaction", request(*statements, **more))
    assert outcome.status == 200, outcome.body
    return json.loads(outcome.body)


def transaction_error(engine: MemoryTableEngine, *statements: str) -> str:
    """The message of a ValidationException for the whole request."""
    outcome = engine.execute("ExecuteTransaction", request(*statements))
    assert outcome.changes == ()
    code, message = read_error(outcome)
    assert code == "ValidationException"
    return message


def reasons(engine: MemoryTableEngine, *statements: str) -> list[str]:
    """The codes with which a transaction is cancelled."""
    outcome = engine.execute("ExecuteTransaction", request(*statements))
    body = json.loads(outcome.body)
    assert read_error(outcome)[0] == "TransactionCanceledException"
    assert outcome.changes == ()
    return [reason["Code"] for reason in body["CancellationReasons"]]


def test_all_writes_are_made_together(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    response = transact(
        engine,
        "INSERT INTO hash VALUE {'pk': 'b'}",
        "UPDATE hash SET n = n + 1 WHERE pk = 'a' AND n = 1",
        ReturnConsumedCapacity="TOTAL",
    )

    assert engine.get_image("hash", {"pk": {"S": "a"}}) == {"pk": {"S": "a"}, "n": {"N": "2"}}
    assert engine.get_image("hash", {"pk": {"S": "b"}}) is not None
    assert response["ConsumedCapacity"] == [
        {"TableName": "hash", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}
    ]


def test_one_failure_cancels_all(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.transactions.html"""
    insert = "INSERT INTO hash VALUE {'pk': 'b'}"
    duplicate = "INSERT INTO hash VALUE {'pk': 'a'}"
    missing = "UPDATE hash SET n = 1 WHERE pk = 'gone'"

    assert reasons(engine, insert, duplicate, missing) == [
        "None",
        "DuplicateItem",
        "ConditionalCheckFailed",
    ]
    assert engine.get_image("hash", {"pk": {"S": "b"}}) is None


def test_a_condition_check_writes_nothing(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html"""
    check = "EXISTS(SELECT * FROM hash WHERE pk = 'a' AND n = {})"
    insert = "INSERT INTO hash VALUE {'pk': 'b'}"

    assert reasons(engine, check.format(2), insert) == ["ConditionalCheckFailed", "None"]
    outcome = engine.execute("ExecuteTransaction", request(check.format(1), insert))
    assert [change.key for change in outcome.changes] == [{"pk": {"S": "b"}}]


def test_a_transaction_reads_single_items(engine: MemoryTableEngine) -> None:
    response = transact(
        engine,
        "SELECT n FROM hash WHERE pk = 'a'",
        "SELECT * FROM hash WHERE pk = 'gone'",
        ReturnConsumedCapacity="TOTAL",
    )

    assert response["Responses"] == [{"Item": {"n": {"N": "1"}}}, {}]
    assert response["ConsumedCapacity"] == [
        {"TableName": "hash", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    ]


IN_FIRST = "Validation failed in TransactStatements[0]: "


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (
            ["SELECT * FROM hash WHERE pk = 'a'", "DELETE FROM hash WHERE pk = 'b'"],
            "ExecuteTransaction API does not support both read and write operations in the same "
            "request.",
        ),
        (
            ["DELETE FROM hash WHERE pk = 'a'", "DELETE FROM hash WHERE pk = 'a'"],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            ["SELECT n FROM hash WHERE pk = 'a'", "SELECT * FROM hash WHERE pk = 'a'"],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            ["SELECT * FROM hash"],
            f"{IN_FIRST}Select statements within ExecuteTransaction must specify the primary key "
            "in the where clause.",
        ),
        (
            ['SELECT * FROM "range"."by-color" WHERE color = \'red\''],
            f"{IN_FIRST}Reads on indices are not supported within transactions.",
        ),
        (
            ["DELETE FROM hash WHERE pk = 'a' RETURNING ALL OLD *"],
            f"{IN_FIRST}RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            ["EXISTS(SELECT * FROM hash WHERE pk = 'a')"],
            f"{IN_FIRST}EXISTS() must contain a single item read with additional condition",
        ),
        (
            ["nonsense"],
            f"{IN_FIRST}Statement wasn't well formed, can't be processed: Expected data "
            "manipulation",
        ),
    ],
)
def test_what_is_wrong_with_the_request_is_told_before_anything_is_done(
    engine: MemoryTableEngine, statements: list[str], message: str
) -> None:
    assert transaction_error(engine, *statements) == message


def test_a_transaction_reads_no_more_than_4_mb(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    for number in range(11):
        big = {"S": "x" * 390_000}
        execute(engine, f"INSERT INTO hash VALUE {{'pk': '{number}', 'big': ?}}", big)
    reads = [sentence("SELECT pk FROM hash WHERE pk =", f"'{number}'") for number in range(11)]

    assert len(transact(engine, *reads[:10])["Responses"]) == 10
    assert transaction_error(engine, *reads) == "Transaction request size cannot exceed 4 MB"
