"""BatchExecuteStatement."""

import json
from typing import Any

import pytest

from tests.unit.twin.dynamodb.partiql.statements import execute, open_partiql_engine, read_error
from twin.dynamodb.engine import MemoryTableEngine


@pytest.fixture
def engine() -> MemoryTableEngine:
    opened = open_partiql_engine()
    execute(opened, "INSERT INTO hash VALUE {'pk': 'a', 'n': 1}")
    execute(opened, "INSERT INTO hash VALUE {'pk': 'b', 'n': 2}")
    return opened


def batch(engine: MemoryTableEngine, *statements: str, **more: Any) -> Any:  # noqa: ANN401
    members = [{"Statement": statement} for statement in statements]
    outcome = engine.execute("BatchExecuteStatement", {"Statements": members, **more})
    assert outcome.status == 200, outcome.body
    return json.loads(outcome.body)


def batch_error(engine: MemoryTableEngine, *statements: str) -> str:
    members = [{"Statement": statement} for statement in statements]
    outcome = engine.execute("BatchExecuteStatement", {"Statements": members})
    assert outcome.changes == ()
    code, message = read_error(outcome)
    assert code == "ValidationException"
    return message


def test_each_statement_reads_one_item_or_fails_alone(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
    response = batch(
        engine,
        "SELECT n FROM hash WHERE pk = 'a'",
        "SELECT * FROM hash WHERE pk = 'gone'",
        "SELECT * FROM gone WHERE pk = 'a'",
        "SELECT * FROM hash",
        "nonsense",
        ReturnConsumedCapacity="TOTAL",
    )
    found, nothing, no_table, no_key, malformed = response["Responses"]

    assert found == {"TableName": "hash", "Item": {"n": {"N": "1"}}}
    assert nothing == {"TableName": "hash"}
    assert no_table["Error"]["Code"] == "ResourceNotFound"
    assert no_key == {
        "Error": {
            "Code": "ValidationError",
            "Message": "Select statements within BatchExecuteStatement must specify the primary "
            "key in the where clause.",
        }
    }
    assert malformed["Error"]["Code"] == "ValidationError"
    assert response["ConsumedCapacity"] == [{"TableName": "hash", "CapacityUnits": 1.0}]


def test_writes_that_succeed_stay_when_others_fail(engine: MemoryTableEngine) -> None:
    statements = [
        "INSERT INTO hash VALUE {'pk': 'c'}",
        "INSERT INTO hash VALUE {'pk': 'a'}",
        "UPDATE hash SET n = 9 WHERE pk = 'b' AND n = 2 RETURNING ALL NEW *",
        "UPDATE hash SET n = 9 WHERE pk = 'gone'",
    ]
    outcome = engine.execute(
        "BatchExecuteStatement", {"Statements": [{"Statement": s} for s in statements]}
    )
    inserted, duplicate, updated, failed = json.loads(outcome.body)["Responses"]

    assert inserted == {"TableName": "hash"}
    assert duplicate["Error"]["Code"] == "DuplicateItem"
    assert duplicate["TableName"] == "hash"
    assert updated["Item"]["n"] == {"N": "9"}
    assert failed["Error"]["Code"] == "ConditionalCheckFailed"
    assert [change.key for change in outcome.changes] == [{"pk": {"S": "c"}}, {"pk": {"S": "b"}}]


def test_a_batch_reads_or_writes_each_item_once(engine: MemoryTableEngine) -> None:
    read, write = "SELECT * FROM hash WHERE pk = 'a'", "DELETE FROM hash WHERE pk = 'b'"

    assert batch_error(engine, read, write) == (
        "Read and write requests together in the same batch is not supported."
    )
    for statement in (read, write):
        assert batch_error(engine, statement, statement) == (
            "Provided list of item keys contains duplicates"
        )


def test_a_batch_has_1_to_25_statements(engine: MemoryTableEngine) -> None:
    for count, rule in ((0, "greater than or equal to 1"), (26, "less than or equal to 25")):
        assert batch_error(engine, *["SELECT * FROM hash WHERE pk = 'a'"] * count).endswith(
            f"at 'statements' failed to satisfy constraint: Member must have length {rule}"
        )
