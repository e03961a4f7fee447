"""Requests against the API's model: types first, then all broken constraints at once."""

from typing import Any

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.partiql.execution import OPERATIONS as PARTIQL_OPERATIONS
from twin.dynamodb.requests.item_shapes import (
    BATCH_WRITE_ITEM,
    GET_ITEM,
    PUT_ITEM,
    QUERY,
    SCAN,
    UPDATE_ITEM,
)
from twin.dynamodb.requests.shapes import Structure, check_request, format_value
from twin.dynamodb.requests.table_shapes import (
    CREATE_TABLE,
    LIST_TABLES,
    UPDATE_BACKUPS,
    UPDATE_TABLE,
    UPDATE_TIME_TO_LIVE,
)

KEY = {"id": {"S": "a"}}


def error_of(shape: Structure, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(TableApiError) as caught:
        check_request(shape, request)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("shape", "request_", "words"),
    [
        (GET_ITEM, {"TableName": 1}, "NUMBER_VALUE cannot be converted to String"),
        (GET_ITEM, {"TableName": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        (GET_ITEM, {"TableName": True}, "TRUE_VALUE cannot be converted to String"),
        (GET_ITEM, {"TableName": []}, "Unrecognized collection type class java.lang.String"),
        (GET_ITEM, {"TableName": {}}, "Start of structure or map found where not expected"),
        (GET_ITEM, {"Key": "a"}, "Unexpected field type"),
        (GET_ITEM, {"Key": []}, "java.util.Map<java.lang.String, com.amazonaws.dynamodb"),
        (GET_ITEM, {"ConsistentRead": "a"}, "Unexpected token received from parser"),
        (GET_ITEM, {"ConsistentRead": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        (GET_ITEM, {"AttributesToGet": "a"}, "Unexpected field type"),
        (GET_ITEM, {"AttributesToGet": {}}, "Start of structure or map found where not expected"),
        (GET_ITEM, {"ExpressionAttributeNames": {"#a": 1}}, "NUMBER_VALUE cannot be converted"),
        (SCAN, {"Limit": "1"}, "STRING_VALUE cannot be converted to Integer"),
        (UPDATE_ITEM, {"AttributeUpdates": {"a": []}}, "v20120810.AttributeValueUpdate"),
        (UPDATE_ITEM, {"AttributeUpdates": {"a": 1}}, "Unexpected value type in payload"),
        (UPDATE_ITEM, {"Expected": {"a": {"Value": 1}}}, "Unexpected field type"),
        (UPDATE_TIME_TO_LIVE, {"TimeToLiveSpecification": 1}, "Unexpected field type"),
        (PUT_ITEM, {"Item": {"a": {"SS": []}, "b": {"S": 1}}}, "NUMBER_VALUE cannot be converted"),
        (PUT_ITEM, {"Item": {"a": {"L": [{"M": {"b": []}}]}}}, "v20120810.AttributeValue"),
    ],
)
def test_a_wrong_json_type_can_not_be_deserialised(
    shape: Structure, request_: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    code, message = error_of(shape, request_)

    assert code == "SerializationException"
    assert words in message


@pytest.mark.parametrize(
    ("shape", "request_", "message"),
    [
        (
            GET_ITEM,
            {"TableName": "x!", "Key": {}, "ReturnConsumedCapacity": "SOME"},
            "2 validation errors detected: Value 'SOME' at 'returnConsumedCapacity' failed to "
            "satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value "
            "'x!' at 'tableName' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            GET_ITEM,
            {"TableName": "", "Key": None},
            "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1; Value null at 'key' failed to "
            "satisfy constraint: Member must not be null",
        ),
        (
            QUERY,
            {"TableName": "tab", "Limit": 0},
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member "
            "must have value greater than or equal to 1",
        ),
        (
            SCAN,
            {"TableName": "tab", "Segment": 1_000_000},
            "1 validation error detected: Value '1000000' at 'segment' failed to satisfy "
            "constraint: Member must have value less than or equal to 999999",
        ),
        (
            QUERY,
            {"TableName": "tab", "QueryFilter": {"a": {}}},
            "1 validation error detected: Value null at 'queryFilter.a.member.comparisonOperator' "
            "failed to satisfy constraint: Member must not be null",
        ),
        (
            UPDATE_TIME_TO_LIVE,
            {"TableName": "tab", "TimeToLiveSpecification": {"Enabled": True}},
            "1 validation error detected: Value null at 'timeToLiveSpecification.attributeName' "
            "failed to satisfy constraint: Member must not be null",
        ),
        (
            CREATE_TABLE,
            {"AttributeDefinitions": [], "KeySchema": []},
            "The parameter 'TableName' is required but was not present in the request",
        ),
        (
            CREATE_TABLE,
            {
                "TableName": "tab",
                "AttributeDefinitions": [],
                "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}] * 3,
            },
            "1 validation error detected: Value '["
            + ", ".join(["KeySchemaElement(attributeName=a, keyType=HASH)"] * 3)
            + "]' at 'keySchema' failed to satisfy constraint: Member must have length less than "
            "or equal to 2",
        ),
        (
            BATCH_WRITE_ITEM,
            {"RequestItems": {"tab": []}},
            "1 validation error detected: Value '{tab=[]}' at 'requestItems' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have length less than or "
            "equal to 25, Member must have length greater than or equal to 1]",
        ),
    ],
)
def test_all_broken_constraints_are_told_in_the_service_s_words(
    shape: Structure, request_: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html"""
    assert error_of(shape, request_) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("shape", "request_", "place"),
    [
        (BATCH_WRITE_ITEM, {"RequestItems": {"tab": None}}, "requestItems.tab.member"),
        (BATCH_WRITE_ITEM, {"RequestItems": {"tab": [None]}}, "requestItems.tab.member.1.member"),
        (SCAN, {"TableName": "tab", "AttributesToGet": [None]}, "attributesToGet.1.member"),
    ],
)
def test_a_member_of_a_list_or_map_is_not_null(
    shape: Structure, request_: dict[str, Any], place: str
) -> None:
    code, message = error_of(shape, request_)

    assert code == "ValidationException"
    assert f"Value null at '{place}' failed to satisfy constraint" in message


def test_ten_violations_are_told_at_most() -> None:
    request = {"TableName": "tab", "QueryFilter": {f"a{number}": {} for number in range(20)}}

    assert error_of(QUERY, request)[1].startswith("10 validation errors detected: ")


def test_a_request_of_many_wrong_tables_is_shown_for_ten_of_them() -> None:
    """Each of these violations shows the whole request: a thousand times as much would be made."""
    found: list[str] = []

    BATCH_WRITE_ITEM.check_members(
        {"RequestItems": {f"tab{number}": [] for number in range(25)}}, "", found
    )

    assert len(found) == 10


def test_a_long_name_is_cut_in_the_place_of_a_violation() -> None:
    """Every member of a value has the name in its own place."""
    message = error_of(QUERY, {"TableName": "tab", "QueryFilter": {"a" * 1000: {}}})[1]

    assert f"at 'queryFilter.{'a' * 255}....member.comparisonOperator'" in message


def test_a_request_that_is_nested_too_deeply_to_be_shown_is_refused() -> None:
    value: dict[str, Any] = {"S": "a"}
    for _ in range(900):
        value = {"L": [value]}
    put = {"PutRequest": {"Item": {"a": value}}}

    assert error_of(BATCH_WRITE_ITEM, {"RequestItems": {"tab": [put] * 26}}) == (
        "SerializationException",
        "The request is nested too deeply",
    )


@pytest.mark.parametrize(("given", "limit"), [(2.0, 2), (2.9, 2), (100, 100)])
def test_fractions_of_whole_numbers_are_cut_off(given: float, limit: int) -> None:
    """https://github.com/architect/dynalite (validations/index.js)"""
    checked = check_request(LIST_TABLES, {"Limit": given})["Limit"]

    assert (checked, type(checked)) == (limit, int)


@pytest.mark.parametrize(
    ("given", "taken"), [(float("inf"), 2**63 - 1), (1e19, 2**63 - 1), (-(2**64), -(2**63))]
)
def test_a_number_is_taken_as_one_that_every_client_can_read_back(given: float, taken: int) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html"""
    request = {"TableName": "tab", "OnDemandThroughput": {"MaxReadRequestUnits": given}}

    assert check_request(UPDATE_TABLE, request)["OnDemandThroughput"] == {
        "MaxReadRequestUnits": taken
    }


def test_names_of_tables_in_a_batch_are_checked() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    message = error_of(BATCH_WRITE_ITEM, {"RequestItems": {"a;": [{}]}})[1]

    assert "Map keys must satisfy constraint: [Member must have length less than or" in message


def test_null_is_absent_and_unknown_members_are_ignored() -> None:
    request = {"TableName": "tab", "Key": KEY, "Unknown": [1], "ConsistentRead": None}

    assert check_request(GET_ITEM, request) == {"TableName": "tab", "Key": KEY, "Unknown": [1]}


def test_unknown_members_of_structures_are_left_out() -> None:
    """They would be taken for actions, and be stored."""
    units = {"ProvisionedThroughputOverride": {"ReadCapacityUnits": 5}}
    replica = {"RegionName": "us-west-2", "GlobalSecondaryIndexes": [{"IndexName": "one", **units}]}
    request = {
        "TableName": "tab",
        "GlobalSecondaryIndexUpdates": [{"Other": 1, "Delete": {"IndexName": "one", "Other": {}}}],
        "ReplicaUpdates": [{"Create": replica}],
    }

    checked = check_request(UPDATE_TABLE, request)

    assert checked["GlobalSecondaryIndexUpdates"] == [{"Delete": {"IndexName": "one"}}]
    assert checked["ReplicaUpdates"] == [{"Create": replica}]


def test_null_is_absent_at_any_depth() -> None:
    """A stored null would be read as a number later, also at the next start."""
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": None}
    request = {"TableName": "tab", "PointInTimeRecoverySpecification": wanted}
    statement = {"Statement": "SELECT", "Parameters": None}

    checked = check_request(UPDATE_BACKUPS, request)
    batch = check_request(
        PARTIQL_OPERATIONS["BatchExecuteStatement"][0], {"Statements": [statement]}
    )

    assert checked["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert batch == {"Statements": [{"Statement": "SELECT"}]}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), ([1, "a"], "[1, a]"), ({"a": [False]}, "{a=[false]}"), (None, "None")],
)
def test_values_are_shown_as_the_service_does(value: object, shown: str) -> None:
    assert format_value(value) == shown
