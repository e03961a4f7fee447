"""ExecuteStatement's parameters, capacity and errors."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.partiql.statements import (
    error,
    execute,
    invalid,
    open_partiql_engine,
)


def test_a_missing_table_is_named() -> None:
    engine = open_partiql_engine()
    for statement in (
        "SELECT * FROM gone",
        "INSERT INTO gone VALUE {'pk': 'a'}",
        "UPDATE gone SET a = 1 WHERE pk = 'a'",
        "DELETE FROM gone WHERE pk = 'a'",
        'SELECT * FROM "gone"."index"',
    ):
        assert error(engine, statement) == (
            "ResourceNotFoundException",
            "Requested resource not found: Table: gone not found",
        )


def test_a_failed_condition_returns_the_item_on_request() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    engine = open_partiql_engine()
    execute(engine, "INSERT INTO hash VALUE {'pk': 'a', 'n': 1}")
    outcome = engine.execute(
        "ExecuteStatement",
        {
            "Statement": "DELETE FROM hash WHERE pk = 'a' AND n = 2",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )

    assert json.loads(outcome.body)["Item"] == {"pk": {"S": "a"}, "n": {"N": "1"}}


def test_a_write_costs_as_the_same_write_by_another_operation() -> None:
    engine = open_partiql_engine()
    response = execute(
        engine,
        "INSERT INTO range VALUE {'pk': 'a', 'sk': 1, 'color': 'red'}",
        ReturnConsumedCapacity="INDEXES",
    )

    assert response["ConsumedCapacity"] == {
        "TableName": "range",
        "CapacityUnits": 2.0,
        "Table": {"CapacityUnits": 1.0},
        "GlobalSecondaryIndexes": {"by-color": {"CapacityUnits": 1.0}},
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Limit": 0}, "1 validation error detected: Value '0' at 'limit' failed to satisfy"),
        ({"Parameters": []}, "1 validation error detected: Value '[]' at 'parameters' failed"),
        ({"ReturnConsumedCapacity": "ALL"}, "1 validation error detected: Value 'ALL' at"),
    ],
)
def test_parameters_keep_to_the_model(more: dict[str, object], message: str) -> None:
    assert invalid(open_partiql_engine(), "SELECT * FROM hash", **more).startswith(message)


def test_a_condition_check_is_for_transactions_only() -> None:
    statement = "EXISTS(SELECT * FROM hash WHERE pk = 'a' AND n = 1)"

    assert invalid(open_partiql_engine(), statement) == (
        "EXISTS is only supported in ExecuteTransaction"
    )


VOCABULARY = """
SELECT * FROM hash WHERE INSERT INTO VALUE UPDATE SET REMOVE DELETE RETURNING ALL OLD pk n = <> <
'a' 1 - + ( ) [ ] { } << >> , . : ? ; AND OR NOT IN BETWEEN IS MISSING NULL size begins_with
list_append set_add "hash" EXISTS ORDER BY DESC
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(words=st.lists(WORDS, max_size=14), start=st.sampled_from(("", "SELECT * FROM hash WHERE ")))
@settings(max_examples=300, deadline=None)
def test_no_statement_fails_otherwise_than_by_an_error_of_the_api(
    words: list[str], start: str
) -> None:
    engine = open_partiql_engine()
    outcome = engine.execute("ExecuteStatement", {"Statement": start + " ".join(words) or ";"})

    assert outcome.status in (200, 400)
