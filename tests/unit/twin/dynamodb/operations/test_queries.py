"""Query and Scan: ranges against a model, indexes, start keys, and what requests get wrong."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.engine_calls import (
    NOT_FOUND,
    WRONG,
    expect_engine_error,
    index_definition,
    make_engine,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine

BY_ID = {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
LOCAL_INDEX = {
    "IndexName": "by-u",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "u", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def engine() -> MemoryTableEngine:
    return orders_engine()


def orders_engine() -> MemoryTableEngine:
    """Adds the table `orders`: id, number n; a local index by u, a global one by g."""
    engine = make_engine()
    world = {**index_definition("by-g"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
    run_operation(
        engine,
        "CreateTable",
        **table_definition("orders", "id", "n", n="N", u="S", g="S")
        | {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in (("id", "S"), ("n", "N"), ("u", "S"), ("g", "S"))
            ]
        },
        LocalSecondaryIndexes=[LOCAL_INDEX],
        GlobalSecondaryIndexes=[world],
    )
    return engine


def put(engine: MemoryTableEngine, item: str, number: object, **attributes: Any) -> None:  # noqa: ANN401
    image = {"id": {"S": item}, "n": {"N": f"{number}"}, **attributes}
    run_operation(engine, "PutItem", TableName="orders", Item=image)


def query(engine: MemoryTableEngine, **request: Any) -> Any:  # noqa: ANN401
    return response_of(engine, "Query", TableName="orders", **{**BY_ID, **request})


NUMBERS = st.decimals(-50, 50, places=1)
HOLDS: dict[str, Callable[[Decimal, Decimal, Decimal], bool]] = {
    "=": lambda n, low, _high: n == low,
    "<": lambda n, low, _high: n < low,
    "<=": lambda n, low, _high: n <= low,
    ">": lambda n, low, _high: n > low,
    ">=": lambda n, low, _high: n >= low,
    "BETWEEN": lambda n, low, high: low <= n <= high,
}


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.sets(NUMBERS, max_size=12),
    operator=st.sampled_from(sorted(HOLDS)),
    limits=st.tuples(NUMBERS, NUMBERS).map(sorted),
    forward=st.booleans(),
)
def test_a_query_finds_a_range_of_numbers_in_order(
    numbers: set[Decimal], operator: str, limits: list[Decimal], forward: bool
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"""
    engine = orders_engine()
    for number in numbers:
        put(engine, "a", number)
    put(engine, "b", 0)
    low, high = limits
    values = {":a": {"S": "a"}, ":l": {"N": f"{low}"}}
    condition = f"id = :a AND n {operator} :l"
    if operator == "BETWEEN":
        values[":h"] = {"N": f"{high}"}
        condition += " AND :h"

    found = query(
        engine,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ScanIndexForward=forward,
    )

    wanted = sorted((n for n in numbers if HOLDS[operator](n, low, high)), reverse=not forward)
    assert [Decimal(item["n"]["N"]) for item in found["Items"]] == wanted
    assert found["Count"] == found["ScannedCount"] == len(wanted)


def test_pages_of_an_index_with_equal_keys_miss_nothing(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    for number in range(7):
        put(engine, f"i{number % 3}", number, g={"S": "same"})
    request: dict[str, Any] = {
        "TableName": "orders",
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": {"S": "same"}},
        "Limit": 2,
    }
    for forward in (True, False):
        found: list[str] = []
        start: dict[str, Any] = {}
        while True:
            page = response_of(engine, "Query", **request, ScanIndexForward=forward, **start)
            found += [item["n"]["N"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            assert page["LastEvaluatedKey"].keys() == {"id", "n", "g"}
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert sorted(found) == [f"{number}" for number in range(7)]


def test_an_index_has_only_items_with_its_key_and_what_it_projects(
    engine: MemoryTableEngine,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html"""
    put(engine, "a", 1, u={"S": "y"}, x={"S": "x"})
    put(engine, "a", 2, u={"S": "x"}, x={"S": "x"})
    put(engine, "a", 3, x={"S": "x"})

    keys = query(engine, IndexName="by-u")["Items"]
    whole = query(engine, IndexName="by-u", Select="ALL_ATTRIBUTES")["Items"]
    fetched = query(engine, IndexName="by-u", ProjectionExpression="x")["Items"]

    assert [item["n"]["N"] for item in keys] == ["2", "1"]
    assert "x" not in keys[0]
    assert whole[0]["x"] == {"S": "x"}
    assert fetched == [{"x": {"S": "x"}}] * 2


def test_count_and_filter_tell_scanned_items_apart(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    for number in range(4):
        put(engine, "a", number, x={"N": f"{number}"})
    values = {":a": {"S": "a"}, ":x": {"N": "2"}}

    found = query(
        engine, FilterExpression="x < :x", ExpressionAttributeValues=values, Select="COUNT"
    )
    older = query(
        engine,
        KeyConditions={"id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
        QueryFilter={"x": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "2"}]}},
        KeyConditionExpression=None,
        ExpressionAttributeValues=None,
    )

    assert found == {"Count": 2, "ScannedCount": 4}
    assert (older["Count"], older["ScannedCount"]) == (2, 4)


START = {"id": {"S": "a"}, "n": {"N": "1"}}
RANGE = {
    "KeyConditionExpression": "id = :a AND n > :n",
    "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "5"}},
}
ONE = {**RANGE, "KeyConditionExpression": "id = :a AND n = :n"}
BY_G = {
    "IndexName": "by-g",
    "KeyConditionExpression": "g = :a",
}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"KeyConditionExpression": None, "ExpressionAttributeValues": None}, "Either the KeyCond"),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        ({**BY_G, "ConsistentRead": True}, "Consistent reads are not supported on global"),
        ({**BY_G, "Select": "ALL_ATTRIBUTES"}, "Select type ALL_ATTRIBUTES is not supported for"),
        ({**BY_G, "ProjectionExpression": "id, x, y"}, "by-g does not project [x, y]"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, "Must specify the AttributesToGet or Projection"),
        ({"Select": "COUNT", "ProjectionExpression": "x"}, "Cannot specify the ProjectionExpress"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"}, "can be used only when Querying using an Index"),
        ({"FilterExpression": "n = :a"}, "Filter Expression can only contain non-primary key"),
        ({"Limit": 0}, "Value at 'Limit' failed to satisfy constraint: Member must have value gr"),
        ({"ExclusiveStartKey": {"id": {"S": "a"}}}, "The provided starting key is invalid"),
        ({"ExclusiveStartKey": {**START, "id": {"S": "b"}}}, "outside query boundaries"),
        ({**RANGE, "ExclusiveStartKey": START}, "does not match the range key predicate"),
        ({"ExclusiveStartKey": {**START, "n": {"S": "1"}}}, "The provided key element does not m"),
        ({"ExclusiveStartKey": {}}, "The provided starting key is invalid"),
        ({**ONE, "ExclusiveStartKey": {"id": {"S": "b"}, "n": {"N": "5"}}}, "at most one row and"),
        ({"ExclusiveStartKey": {**START, "n": {"SS": []}}}, "starting key is invalid: One or more"),
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_in_the_service_s_words(
    engine: MemoryTableEngine, request_: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""
    code, message = expect_engine_error(
        engine, "Query", **{"TableName": "orders", **BY_ID, **request_}
    )

    assert code == WRONG
    assert words in message


def test_older_parameters_are_judged_before_the_starting_key(engine: MemoryTableEngine) -> None:
    """https://github.com/architect/dynalite (test/query.js, test/scan.js)"""
    wrong = {"TableName": "orders", "ExclusiveStartKey": {"id": {}}}
    compared = {"x": {"ComparisonOperator": "LT", "AttributeValueList": [{"BOOL": True}]}}

    for operation, request in (
        ("Query", {"QueryFilter": compared}),
        ("Query", {"AttributesToGet": ["x", "x"]}),
        ("Scan", {"ScanFilter": compared}),
        ("Scan", {"AttributesToGet": ["x", "x"]}),
    ):
        code, message = expect_engine_error(engine, operation, **wrong, **request)
        assert code == WRONG
        assert message.startswith("One or more parameter values were invalid: ")


def test_some_errors_of_start_keys_are_told_as_they_are(engine: MemoryTableEngine) -> None:
    """https://github.com/paritysuite/dynamodb-conformance (recorded in 2026)"""
    start = {**START, "n": {"N": "x"}}
    found = expect_engine_error(
        engine, "Query", TableName="orders", ExclusiveStartKey=start, **BY_ID
    )

    assert found == (WRONG, "The parameter cannot be converted to a numeric value: x")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            {
                "FilterExpression": "x = :x",
                "ExpressionAttributeValues": {":x": {"NS": ["1", "1"]}},
            },
            "ExpressionAttributeValues contains invalid value: Input collection contains "
            "duplicates for key :x",
        ),
        ({"Segment": 0}, "The TotalSegments parameter is required"),
        ({"TotalSegments": 2}, "The Segment parameter is required"),
        ({"Segment": 2, "TotalSegments": 2}, "Segment: 2 is not less than TotalSegments: 2"),
        ({"Limit": 0}, "Value '0' at 'limit' failed to satisfy constraint"),
        ({"ExclusiveStartKey": {"id": {"S": "a"}}}, "provided key element does not match the sch"),
        ({"ConditionalOperator": "AND"}, "cannot be used without Filter or Expected"),
    ],
)
def test_a_wrong_scan_is_refused_in_the_service_s_words(
    engine: MemoryTableEngine, request_: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"""
    code, message = expect_engine_error(engine, "Scan", TableName="orders", **request_)

    assert code == WRONG
    assert words in message


def test_a_start_key_belongs_to_its_segment(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan"""
    messages = [
        engine.execute(
            "Scan",
            {
                "TableName": "orders",
                "ExclusiveStartKey": START,
                "Segment": segment,
                "TotalSegments": 2,
            },
        ).body
        for segment in range(2)
    ]

    assert sorted(b"use ExclusiveStartKey with correct Segment" in body for body in messages) == [
        False,
        True,
    ]


def test_a_wrong_expression_is_told_before_a_missing_table(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    wrong = {"TableName": "none", "KeyConditionExpression": "id ="}
    right = {"TableName": "none", **BY_ID}

    assert expect_engine_error(engine, "Query", **wrong)[0] == WRONG
    assert expect_engine_error(engine, "Query", **right) == (
        NOT_FOUND,
        "Requested resource not found",
    )


def test_reads_of_an_index_consume_of_the_index(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Reads"""
    put(engine, "a", 1, g={"S": "a"}, u={"S": "u"}, x={"S": "x" * 9000})
    capacity = {"ReturnConsumedCapacity": "INDEXES"}

    of_table = query(engine, **capacity)["ConsumedCapacity"]
    of_index = query(engine, **BY_G, **capacity)["ConsumedCapacity"]
    fetched = query(engine, IndexName="by-u", Select="ALL_ATTRIBUTES", **capacity)

    assert of_table["CapacityUnits"] == 1.5
    assert of_index["GlobalSecondaryIndexes"] == {"by-g": {"CapacityUnits": 0.5}}
    assert of_index["Table"] == {"CapacityUnits": 0.0}
    assert fetched["ConsumedCapacity"]["CapacityUnits"] == 2.0


def test_an_index_may_have_several_partition_and_sort_keys(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html"""
    keys = [("p", "HASH"), ("q", "HASH"), ("r", "RANGE"), ("s", "RANGE")]
    definition = table_definition("several", "id")
    definition["AttributeDefinitions"] += [
        {"AttributeName": name, "AttributeType": "N" if name == "s" else "S"} for name, _ in keys
    ]
    index = {
        **index_definition("many"),
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    }
    run_operation(engine, "CreateTable", **definition, GlobalSecondaryIndexes=[index])
    rows = [("x", "r", 2), ("x", "r", 10), ("x", "t", 1), ("y", "r", 5)]
    for number, (q, r, s) in enumerate(rows):
        item = {
            "id": {"S": f"{number}"},
            "p": {"S": "p"},
            "q": {"S": q},
            "r": {"S": r},
            "s": {"N": f"{s}"},
        }
        run_operation(engine, "PutItem", TableName="several", Item=item)

    def ids(condition: str, **values: dict[str, str]) -> list[str]:
        found = response_of(
            engine,
            "Query",
            TableName="several",
            IndexName="many",
            KeyConditionExpression=condition,
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
        return [item["id"]["S"] for item in found["Items"]]

    of = {name: {"S": name} for name in "pxr"}
    p, x, in_r = of["p"], of["x"], of["r"]
    assert ids("p = :p AND q = :x", p=p, x=x) == ["0", "1", "2"]
    assert ids("p = :p AND q = :x AND r = :r AND s > :s", p=p, x=x, r=in_r, s={"N": "3"}) == ["1"]
