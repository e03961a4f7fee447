"""The engine: moto behind a narrow interface, with its traps closed."""

import gc
import json
from typing import Any

import pytest

from twin.core.table_engine import EngineResult
from twin.moto.dynamodb.engine import MotoTableEngine

KEY = {"id": {"S": "a"}}
LONG = {"id": {"S": "x" * 2049}}
REMOVE = {"UpdateExpression": "REMOVE y"}
WRONG, UNREADABLE = "ValidationException", "SerializationException"


@pytest.fixture
def engine() -> MotoTableEngine:
    made = MotoTableEngine("eu-central-1", "123456789012")
    ok(made, "CreateTable", **definition("t", "id"))
    ok(made, "CreateTable", **definition("sorted", "id", "at"))
    return made


def definition(name: str, *keys: str) -> dict[str, Any]:
    kinds = dict(zip(keys, ("HASH", "RANGE"), strict=False))
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds.items()],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


def ok(engine: MotoTableEngine, operation: str, **request: Any) -> EngineResult:  # noqa: ANN401
    outcome = engine.execute(operation, request)
    assert outcome.status == 200, outcome.body
    return outcome


def error(engine: MotoTableEngine, operation: str, **request: Any) -> tuple[str, str]:  # noqa: ANN401
    outcome = engine.execute(operation, request)
    body = json.loads(outcome.body)
    assert outcome.status >= 400
    assert outcome.changes == ()
    return body["__type"].rpartition("#")[2], body.get("message") or body["Message"]


def put(engine: MotoTableEngine, item: str, **attributes: Any) -> EngineResult:  # noqa: ANN401
    return ok(engine, "PutItem", TableName="t", Item={"id": {"S": item}, **attributes})


def test_each_written_item_has_images_before_and_after(engine: MotoTableEngine) -> None:
    put(engine, "a", n={"N": "1"})
    (change,) = ok(
        engine,
        "UpdateItem",
        TableName="t",
        Key=KEY,
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    ).changes

    assert (change.table, change.key) == ("t", KEY)
    assert change.before == {**KEY, "n": {"N": "1"}}
    assert change.after == {**KEY, "n": {"N": "2"}}
    (deleted,) = ok(engine, "DeleteItem", TableName="t", Key=KEY).changes
    assert deleted.after is None


def test_batches_and_transactions_report_written_items_without_condition_checks(
    engine: MotoTableEngine,
) -> None:
    put(engine, "a")
    batch = ok(
        engine,
        "BatchWriteItem",
        RequestItems={
            "t": [{"PutRequest": {"Item": {"id": {"S": "b"}}}}, {"DeleteRequest": {"Key": KEY}}]
        },
    )
    transaction = ok(
        engine,
        "TransactWriteItems",
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": "t",
                    "Key": {"id": {"S": "b"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
            {"Put": {"TableName": "t", "Item": {"id": {"S": "c"}}}},
        ],
    )

    assert [c.key["id"]["S"] for c in batch.changes] == ["b", "a"]
    assert [c.key["id"]["S"] for c in transaction.changes] == ["c"]


def test_statements_report_the_items_that_they_changed(engine: MotoTableEngine) -> None:
    outcome = ok(
        engine, "ExecuteStatement", Statement="INSERT INTO \"t\" VALUE {'id': 'a', 'v': 'x'}"
    )
    read = ok(engine, "ExecuteStatement", Statement='SELECT * FROM "t"')

    assert [c.after for c in outcome.changes] == [{**KEY, "v": {"S": "x"}}]
    assert read.changes == ()


@pytest.mark.parametrize("words", ["INSERT INTO {} VALUE {{'id': 'a'}}", "DELETE FROM {} {}"])
def test_statements_on_a_missing_table_are_refused(engine: MotoTableEngine, words: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    statement = {"Statement": words.format('"none"', "WHERE id = 'a'")}

    found = [
        error(engine, "ExecuteStatement", **statement),
        error(engine, "ExecuteTransaction", TransactStatements=[statement]),
    ]

    assert found == [("ResourceNotFoundException", "Requested resource not found")] * 2


def test_a_hidden_table_does_not_exist_for_one_request(engine: MotoTableEngine) -> None:
    write = {"RequestItems": {"t": [{"PutRequest": {"Item": KEY}}]}}

    outcome = engine.execute("BatchWriteItem", write, hidden=["t"])

    assert b"ResourceNotFoundException" in outcome.body
    assert list(engine.all_images("t")) == []
    assert ok(engine, "BatchWriteItem", **write).changes != ()


def test_a_failed_request_leaves_no_trace(engine: MotoTableEngine) -> None:
    put(engine, "a", n={"N": "1"})
    before = list(engine.all_images("t"))
    failures = [
        (
            "UpdateItem",
            {
                "Key": {"id": {"S": "new"}},
                "UpdateExpression": "SET x = y + :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "UpdateItem",
            {
                "Key": {"id": {"S": "new"}},
                "UpdateExpression": "ADD id :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "UpdateItem",
            {
                "Key": {"id": {"N": "1"}},
                "UpdateExpression": "SET x = :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            },
        ),
        (
            "PutItem",
            {"Item": {**KEY, "n": {"N": "2"}}, "ConditionExpression": "attribute_not_exists(id)"},
        ),
        (
            "DeleteItem",
            {
                "Key": KEY,
                "ConditionExpression": "n = :two",
                "ExpressionAttributeValues": {":two": {"N": "2"}},
            },
        ),
    ]

    for operation, request in failures:
        error(engine, operation, TableName="t", **request)
    assert list(engine.all_images("t")) == before


def test_what_moto_changed_before_it_failed_is_undone(engine: MotoTableEngine) -> None:
    big = {":big": {"S": "x" * 450_000}}
    update = {"UpdateExpression": "SET big = :big", "ExpressionAttributeValues": big}
    wrong = {"id": {"N": "1"}}
    error(engine, "UpdateItem", TableName="t", Key=KEY, **update)
    error(
        engine,
        "BatchWriteItem",
        RequestItems={"t": [{"PutRequest": {"Item": KEY}}, {"PutRequest": {"Item": wrong}}]},
    )

    assert list(engine.all_images("t")) == []


def test_a_cancelled_transaction_leaves_no_trace_and_gives_reasons(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put(engine, "a")
    outcome = engine.execute(
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "t", "Item": {"id": {"S": "b"}}}},
                {
                    "Put": {
                        "TableName": "t",
                        "Item": KEY,
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        },
    )

    assert outcome.status == 400
    reasons = json.loads(outcome.body)["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert list(engine.all_images("t")) == [KEY]


def test_a_transaction_does_not_copy_the_table(engine: MotoTableEngine) -> None:
    for number in range(300):
        put(engine, f"item {number}")
    table = engine._backend.tables["t"]
    untouched = table.items.copy()
    ok(engine, "TransactWriteItems", TransactItems=[{"Put": {"TableName": "t", "Item": KEY}}])

    assert engine._backend.tables["t"] is table
    assert all(table.items[key] is item for key, item in untouched.items())


@pytest.mark.parametrize(
    ("operation", "request_", "code", "words"),
    [
        ("GetItem", {"TableName": "no", "Key": KEY}, "ResourceNotFoundException", "not found"),
        ("GetItem", {"TableName": "t", "Key": {"id": {"N": "1"}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "t", "Key": {**KEY, "x": {"S": ""}}}, WRONG, "schema"),
        ("GetItem", {"TableName": "t", "Key": {"id": {"S": ""}}}, WRONG, "empty string"),
        ("DeleteItem", {"TableName": "sorted", "Key": KEY}, WRONG, "schema"),
        ("GetItem", {"TableName": "t"}, WRONG, '"Key"'),
        ("PutItem", {"TableName": "t", "Item": {"id": 7}}, WRONG, "Item.id"),
        ("UpdateItem", {"TableName": "t", "Key": "a"}, WRONG, "Key"),
        ("PutItem", {"TableName": "t", "Item": {"x": {"S": "y"}}}, WRONG, "Missing the key id"),
        ("PutItem", {"TableName": "t", "Item": {"b": {"B": "*"}}}, UNREADABLE, "base64"),
        ("UpdateItem", {"TableName": "t", "Key": LONG, **REMOVE}, WRONG, "2048 bytes"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_in_the_service_s_words(
    engine: MotoTableEngine, operation: str, request_: dict[str, Any], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    found = error(engine, operation, **request_)

    assert found[0] == code
    assert words in found[1]


def setting(value: object) -> dict[str, Any]:
    return {
        "TableName": "t",
        "Key": KEY,
        "UpdateExpression": "SET v = :v",
        "ExpressionAttributeValues": {":v": value},
    }


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"N": "abc"}, WRONG, "numeric value: abc"),
        ({"N": " 1"}, WRONG, "numeric value"),
        ({"N": "NaN"}, WRONG, "numeric value"),
        ({"N": "1E126"}, WRONG, "overflow"),
        ({"N": "-1E126"}, WRONG, "overflow"),
        ({"N": "1E-131"}, WRONG, "underflow"),
        ({"N": "1" * 39}, WRONG, "38 significant digits"),
        ({"N": 1}, WRONG, "v.N"),
        ({"NULL": False}, WRONG, "value of true"),
        ({"SS": []}, WRONG, "may not be empty"),
        ({"NS": ["1", "1"]}, WRONG, "duplicates"),
        ({"L": [{"N": "x"}]}, WRONG, "numeric value: x"),
        ({"M": {"a": {}}}, WRONG, "exactly one"),
        ({"S": "a", "N": "1"}, WRONG, "exactly one"),
        ({"X": "a"}, WRONG, "exactly one"),
        ({"BOOL": "yes"}, WRONG, "v.BOOL"),
        ({"S": "\ud800"}, UNREADABLE, "Unicode"),
    ],
)
def test_no_operation_stores_an_invalid_value(
    engine: MotoTableEngine, value: object, code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    item = {**KEY, "v": value}
    requests: list[tuple[str, dict[str, Any]]] = [
        ("PutItem", {"TableName": "t", "Item": item}),
        ("UpdateItem", setting(value)),
        ("UpdateItem", {"TableName": "t", "Key": KEY, "AttributeUpdates": {"v": {"Value": value}}}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": item}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Update": setting(value)}]}),
        (
            "ExecuteStatement",
            {"Statement": "UPDATE t SET v=? WHERE id='a'", "Parameters": [value]},
        ),
    ]

    for operation, request in requests:
        found = error(engine, operation, **request)
        assert found[0] == code, operation
        assert words.removeprefix("v") in found[1], operation
        assert list(engine.all_images("t")) == []


@pytest.mark.parametrize(
    "number", ["0", "-0", "1.", ".5", "+7", "9.9E+125", "1E-130", "1" + "0" * 120, "1" * 38]
)
def test_every_valid_number_is_stored(engine: MotoTableEngine, number: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    ok(engine, "UpdateItem", **setting({"N": number}))

    assert engine.get_image("t", KEY) == {**KEY, "v": {"N": number}}


def index(name: str, attribute: str = "g") -> dict[str, Any]:
    keys = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}


@pytest.mark.parametrize(
    ("updates", "code", "words"),
    [
        ([{"Delete": {"IndexName": "none"}}], "ResourceNotFoundException", "none"),
        (
            [{"Update": {"IndexName": "none", "WarmThroughput": {}}}],
            "ResourceNotFoundException",
            "none",
        ),
        ([{"Create": index("there")}], WRONG, "already exists"),
        ([{"Create": index("new", "unknown")}], WRONG, "not defined in AttributeDefinitions"),
        ([{"Create": {"IndexName": "new"}}], WRONG, "KeySchema"),
        ([{"Create": {**index("new"), "KeySchema": []}}], WRONG, "KeySchema"),
        ([{}], WRONG, "must not be null"),
        (
            [{"Create": index("one")}, {"Delete": {"IndexName": "there"}}],
            "LimitExceededException",
            "Only 1 online index",
        ),
    ],
)
def test_wrong_index_updates_are_refused_in_the_service_s_words(
    engine: MotoTableEngine, updates: list[dict[str, Any]], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    made = {"TableName": "t", "AttributeDefinitions": attributes}
    ok(engine, "UpdateTable", **made, GlobalSecondaryIndexUpdates=[{"Create": index("there")}])

    found = error(engine, "UpdateTable", TableName="t", GlobalSecondaryIndexUpdates=updates)

    assert found[0] == code
    assert words in found[1]
    assert [i["IndexName"] for i in engine.settings("t").shared["indexes"]] == ["there"]


def test_a_stream_is_switched_on_off_and_on_again(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    off = {"StreamEnabled": False}

    def update(stream: dict[str, Any]) -> EngineResult:
        return ok(engine, "UpdateTable", TableName="t", StreamSpecification=stream)

    update(on)
    found = error(engine, "UpdateTable", TableName="t", StreamSpecification=on)
    assert found == (WRONG, "Table already has an enabled stream: TableName: t")
    update(off)
    assert error(engine, "UpdateTable", TableName="t", StreamSpecification=off)[0] == WRONG
    update(on)

    stream = engine.stream("t")
    assert stream is not None
    assert stream.enabled


def test_an_image_is_stored_without_validation(engine: MotoTableEngine) -> None:
    """A long value was there before its index, say: replicas and restarts must still take it."""
    image = {**KEY, "g": {"S": "x" * 3000}, "n": {"N": "1E400"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    made = {"TableName": "t", "AttributeDefinitions": attributes}
    ok(engine, "UpdateTable", **made, GlobalSecondaryIndexUpdates=[{"Create": index("there")}])

    engine.put_image("t", image)

    assert engine.get_image("t", KEY) == image


def test_binary_values_are_equal_from_every_operation(engine: MotoTableEngine) -> None:
    put(engine, "a", b={"B": "aGVsbG8="}, m={"M": {"in": {"L": [{"BS": ["YQ=="]}]}}})
    got = json.loads(ok(engine, "GetItem", TableName="t", Key=KEY).body)["Item"]
    scan = ok(
        engine,
        "Scan",
        TableName="t",
        FilterExpression="b = :b",
        ExpressionAttributeValues={":b": {"B": "aGVsbG8="}},
    )

    assert got["b"] == {"B": "aGVsbG8="}
    assert got["m"] == {"M": {"in": {"L": [{"BS": ["YQ=="]}]}}}
    assert json.loads(scan.body)["Count"] == 1


def test_a_response_has_only_the_requested_members(engine: MotoTableEngine) -> None:
    put(engine, "a")

    update = {"TableName": "t", "Key": KEY, "UpdateExpression": "REMOVE x"}
    assert ok(engine, "UpdateItem", **update).body == b"{}"
    assert ok(engine, "DeleteItem", TableName="t", Key=KEY).body == b"{}"
    asked = json.loads(ok(engine, "UpdateItem", **update, ReturnConsumedCapacity="TOTAL").body)
    assert asked["ConsumedCapacity"]["TableName"] == "t"


def test_overwriting_an_item_keeps_no_old_items(engine: MotoTableEngine) -> None:
    """moto keeps every item that it ever made; 87,000 overwrites made 159 MB."""
    put(engine, "a")
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2000):
        put(engine, "a", v={"S": str(number)})
    gc.collect()

    assert len(gc.get_objects()) < before + 500


def test_reading_missing_items_keeps_no_memory(engine: MotoTableEngine) -> None:
    for number in range(50):
        key = {"id": {"S": f"{number}"}, "at": {"S": "x"}}
        ok(engine, "GetItem", TableName="sorted", Key=key)
        ok(engine, "DeleteItem", TableName="sorted", Key=key)

    assert len(engine._backend.tables["sorted"].items) == 0


def test_tags_are_replaced_not_repeated(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html"""
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/t"
    ok(engine, "TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "1"}])
    ok(engine, "TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "2"}])

    tags = json.loads(ok(engine, "ListTagsOfResource", ResourceArn=arn).body)
    assert tags == {"Tags": [{"Key": "k", "Value": "2"}]}
    code, _ = error(engine, "TagResource", ResourceArn=arn + "x", Tags=[])
    assert code == "ResourceNotFoundException"


def test_time_to_live_is_not_enabled_twice(engine: MotoTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
    wanted = {"Enabled": True, "AttributeName": "until"}
    ok(engine, "UpdateTimeToLive", TableName="t", TimeToLiveSpecification=wanted)

    again = error(engine, "UpdateTimeToLive", TableName="t", TimeToLiveSpecification=wanted)
    assert again == ("ValidationException", "TimeToLive is already enabled")


def test_a_table_created_from_settings_has_equal_settings(engine: MotoTableEngine) -> None:
    request = definition("rich", "id", "at")
    request["AttributeDefinitions"].append({"AttributeName": "g", "AttributeType": "N"})
    ok(
        engine,
        "CreateTable",
        **request,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-at",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        Tags=[{"Key": "k", "Value": "v"}],
        DeletionProtectionEnabled=True,
    )
    ttl = {"Enabled": True, "AttributeName": "u"}
    ok(engine, "UpdateTimeToLive", TableName="rich", TimeToLiveSpecification=ttl)
    recovery = {"PointInTimeRecoveryEnabled": True}
    ok(
        engine,
        "UpdateContinuousBackups",
        TableName="rich",
        PointInTimeRecoverySpecification=recovery,
    )
    sections = engine.settings("rich")
    stored = json.loads(json.dumps([sections.shared, sections.local]))
    other = MotoTableEngine("eu-central-1", "123456789012")
    other.create_table("rich", sections)

    made = other.settings("rich")
    assert [made.shared, made.local] == stored
    described = [json.loads(ok(e, "DescribeTable", TableName="rich").body) for e in (engine, other)]
    assert described[0] == described[1]
