"""SELECT: projections, indexes, order, pages."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.partiql.statements import (
    error,
    execute,
    invalid,
    items,
    open_partiql_engine,
    sentence,
)
from twin.dynamodb.engine import MemoryTableEngine


@pytest.fixture
def engine() -> MemoryTableEngine:
    opened = open_partiql_engine()
    for number in range(6):
        execute(
            opened,
            "INSERT INTO range VALUE {'pk': ?, 'sk': ?, 'color': 'red', 'near': ?, 'extra': 1}",
            {"S": "ab"[number % 2]},
            {"N": str(number)},
            {"S": f"l{9 - number}"},
        )
    return opened


def sort_keys(engine: MemoryTableEngine, statement: str, **more: Any) -> list[int]:  # noqa: ANN401
    return [int(item["sk"]["N"]) for item in items(engine, statement, **more)]


def test_a_path_is_returned_under_its_last_name(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    execute(engine, "INSERT INTO hash VALUE {'pk': 'x', 'm': {'in': {'deep': [1, 2]}}}")

    assert items(engine, "SELECT pk, m.\"in\".deep, gone FROM hash WHERE pk = 'x'") == [
        {"pk": {"S": "x"}, "deep": {"L": [{"N": "1"}, {"N": "2"}]}}
    ]
    assert items(engine, "SELECT gone FROM hash WHERE pk = 'x'") == [{}]


def test_items_come_in_the_order_of_the_clause(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    both = "SELECT * FROM range WHERE pk IN ['a', 'b'] ORDER BY"
    assert sort_keys(engine, "SELECT * FROM range WHERE pk = 'a' ORDER BY sk DESC") == [4, 2, 0]
    assert sort_keys(engine, f"{both} pk DESC, sk ASC") == [1, 3, 5, 0, 2, 4]
    assert sort_keys(engine, f"{both} pk, sk DESC") == [4, 2, 0, 5, 3, 1]
    assert sort_keys(engine, f"{both} sk DESC") == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        (
            "ORDER BY sk",
            "Must have WHERE clause in the statement when using ORDER BY clause.",
        ),
        (
            "WHERE sk = 1 ORDER BY sk",
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause.",
        ),
        (
            "WHERE pk = 'a' ORDER BY extra",
            "Variable reference extra in ORDER BY clause must be part of the primary key",
        ),
    ],
)
def test_only_keys_order_and_only_within_partitions(
    engine: MemoryTableEngine, clauses: str, message: str
) -> None:
    assert invalid(engine, sentence("SELECT * FROM range", clauses)) == message


def test_a_global_index_has_its_own_attributes_only(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    by_color = 'FROM "range"."by-color" WHERE color = \'red\''
    assert len(items(engine, f"SELECT * {by_color}")) == 6
    assert "extra" not in items(engine, f"SELECT * {by_color}")[0]
    assert invalid(engine, f"SELECT extra {by_color}") == (
        "One or more parameter values were invalid: Global secondary index by-color does not "
        "project [extra]"
    )
    assert invalid(engine, f"SELECT * {by_color} AND extra = 1") == (
        "One or more parameter values were invalid: Secondary index by-color does not project one "
        "or more filter attributes: [extra]"
    )
    assert invalid(engine, f"SELECT * {by_color}", ConsistentRead=True) == (
        "Strongly consistent read is not supported on Global Secondary Indexes"
    )
    assert invalid(engine, 'SELECT * FROM "range"."other"') == (
        "The table does not have the specified index"
    )


def test_a_local_index_fetches_what_it_lacks_from_the_table(engine: MemoryTableEngine) -> None:
    found = execute(
        engine,
        'SELECT sk, extra FROM "range"."by-local" WHERE pk = \'a\'',
        ReturnConsumedCapacity="INDEXES",
    )

    assert [item["sk"]["N"] for item in found["Items"]] == ["4", "2", "0"]
    assert all("extra" in item for item in found["Items"])
    capacity = found["ConsumedCapacity"]
    assert capacity["LocalSecondaryIndexes"] == {"by-local": {"CapacityUnits": 0.5}}
    assert capacity["Table"]["CapacityUnits"] > 0


def test_a_read_costs_what_it_reads_not_what_it_returns(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    response = execute(
        engine, "SELECT * FROM range WHERE extra = 2", ReturnConsumedCapacity="TOTAL"
    )

    assert response == {
        "Items": [],
        "ConsumedCapacity": {"TableName": "range", "CapacityUnits": 0.5},
    }


STATEMENTS = (
    "SELECT sk FROM range",
    "SELECT sk FROM range WHERE extra = 1 AND sk <> 3",
    "SELECT sk FROM range WHERE pk = 'a' AND sk > 0",
    "SELECT sk FROM range WHERE pk IN ['b', 'a']",
    "SELECT sk FROM range WHERE pk IN ['a', 'b'] ORDER BY pk DESC, sk DESC",
    "SELECT sk FROM range WHERE pk = 'a' OR pk = 'b' ORDER BY sk DESC",
    'SELECT sk FROM "range"."by-color" WHERE color = \'red\'',
    'SELECT sk FROM "range"."by-local" WHERE pk = \'a\' ORDER BY near DESC',
)


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_make_up_the_whole_result(
    engine: MemoryTableEngine, statement: str, limit: int
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    whole = items(engine, statement)
    found: list[Any] = []
    token: dict[str, Any] = {}
    for _ in range(20):
        page = execute(engine, statement, Limit=limit, **token)
        assert len(page["Items"]) <= limit
        found += page["Items"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert found == whole


def test_a_token_belongs_to_its_statement(engine: MemoryTableEngine) -> None:
    token = execute(engine, "SELECT * FROM range", Limit=1)["NextToken"]

    assert invalid(engine, "SELECT sk FROM range", NextToken=token) == (
        "NextToken does not match request"
    )


@given(token=st.one_of(st.text(min_size=1), st.binary(min_size=1).map(bytes.hex)))
@settings(max_examples=50, deadline=None)
def test_no_text_is_mistaken_for_a_token(token: str) -> None:
    assert invalid(open_partiql_engine(), "SELECT * FROM range", NextToken=token) in (
        "Invalid NextToken",
        "NextToken does not match request",
    )


@pytest.mark.parametrize("content", ["[" * 20_000, "[0, Infinity, null]", "[0, 0, {}]", "{}"])
def test_no_json_is_mistaken_for_a_token(engine: MemoryTableEngine, content: str) -> None:
    token = base64.b64encode(content.encode()).decode()

    assert invalid(engine, "SELECT * FROM range", NextToken=token) in (
        "Invalid NextToken",
        "NextToken does not match request",
    )


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (0, {}),
        (0, {"pk": {"S": "a"}}),
        (0, {"pk": {"N": "1"}, "sk": {"N": "1"}}),
        (0, {"pk": {"S": "a"}, "near": {"S": "b"}}),
        (-9, None),
    ],
)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_token_of_another_table_with_this_name_is_refused(
    engine: MemoryTableEngine, statement: str, number: int, key: object
) -> None:
    page = execute(engine, statement, Limit=1)
    (fingerprint, *_) = json.loads(base64.b64decode(page["NextToken"]))
    token = base64.b64encode(json.dumps([fingerprint, number, key]).encode()).decode()

    assert invalid(engine, statement, NextToken=token) == "Invalid NextToken"


def test_items_of_several_partitions_in_order_come_in_pages_of_a_megabyte(
    engine: MemoryTableEngine,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    for number in range(6):
        execute(
            engine,
            "INSERT INTO range VALUE {'pk': ?, 'sk': ?, 'big': ?}",
            {"S": "cd"[number % 2]},
            {"N": str(number)},
            {"S": "x" * 350_000},
        )
    statement = "SELECT sk FROM range WHERE pk IN ['c', 'd'] ORDER BY sk"

    first = execute(engine, statement)
    rest = execute(engine, statement, NextToken=first["NextToken"])

    assert [len(page["Items"]) for page in (first, rest)] == [3, 3]
    assert "NextToken" not in rest


def test_half_a_surrogate_pair_is_no_text(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    for statement in (
        "SELECT * FROM hash WHERE pk = '\ud800'",
        "DELETE FROM hash WHERE pk = '\ud800'",
        "INSERT INTO hash VALUE {'pk': '\ud800'}",
    ):
        assert error(engine, statement) == (
            "SerializationException",
            "A string is not valid Unicode",
        )
