"""DynamoDB's condition keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import find, keys_of

X, Y = {"S": "x"}, {"N": "7"}


@pytest.mark.parametrize(
    ("operation", "parameters", "leading"),
    [
        ("GetItem", {"Key": {"id": X}}, ("x",)),
        ("PutItem", {"Item": {"id": Y, "a": X}}, ("7",)),
        ("UpdateItem", {"Key": {"id": X}, "UpdateExpression": "SET a = :v"}, ("x",)),
        (
            "Query",
            {"KeyConditionExpression": "id = :v", "ExpressionAttributeValues": {":v": X}},
            ("x",),
        ),
        (
            "Query",
            {
                "KeyConditionExpression": "#k=:v AND b > :w",
                "ExpressionAttributeNames": {"#k": "id"},
                "ExpressionAttributeValues": {":v": X, ":w": Y},
            },
            ("x",),
        ),
        (
            "Query",
            {
                "KeyConditionExpression": "b > :w AND (:v = #k)",
                "ExpressionAttributeNames": {"#k": "id"},
                "ExpressionAttributeValues": {":v": X, ":w": Y},
            },
            ("x",),
        ),
        ("Query", {"KeyConditions": {"id": {"AttributeValueList": [X]}}}, ("x",)),
        *(
            (
                "Query",
                {
                    "KeyConditionExpression": expression,
                    "ExpressionAttributeNames": {"#k": "id"},
                    "ExpressionAttributeValues": {":v": X, ":w": Y},
                },
                ("x",),
            )
            for expression in (":v = id", ":w < b AND :v=#k", "(id) = (:v)", "(#k = :v)")
        ),
        ("GetItem", {"Key": {"id": {"N": "07.0"}}}, ("7",)),
        (
            "Query",
            {
                "IndexName": "by-owner",
                "KeyConditionExpression": "#o = :v",
                "ExpressionAttributeNames": {"#o": "owner"},
                "ExpressionAttributeValues": {":v": X},
            },
            ("x",),
        ),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [{"id": X}, {"id": Y}]}}}, ("x", "7")),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "t": [
                        {"PutRequest": {"Item": {"id": X}}},
                        {"DeleteRequest": {"Key": {"id": Y}}},
                    ]
                }
            },
            ("x", "7"),
        ),
        ("Scan", {}, None),
    ],
)
def test_the_leading_keys_are_the_partition_keys_values(
    operation: str, parameters: dict[str, object], leading: tuple[str, ...] | None
) -> None:
    keys = keys_of("dynamodb", operation, TableName="t", **parameters)

    assert keys.get("dynamodb:leadingkeys") == leading


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": 5}}}),
        ("Query", {"KeyConditions": {"id": {"AttributeValueList": 5}}}),
        ("Query", {"KeyConditionExpression": "id = :v", "ExpressionAttributeValues": {":v": 5}}),
        ("Query", {"KeyConditionExpression": "id = :v", "ExpressionAttributeValues": [5]}),
        ("Query", {"KeyConditionExpression": "id = "}),
        (
            "Query",
            {"KeyConditionExpression": "((id = :v))", "ExpressionAttributeValues": {":v": X}},
        ),
    ],
)
def test_what_the_operation_will_refuse_has_no_leading_keys(
    operation: str, parameters: dict[str, object]
) -> None:
    keys = keys_of("dynamodb", operation, TableName="t", **parameters)

    assert "dynamodb:leadingkeys" not in keys


@pytest.mark.parametrize(
    ("operation", "parameters", "attributes"),
    [
        ("GetItem", {"Key": {"id": X}}, {"id"}),
        (
            "GetItem",
            {"Key": {"id": X}, "ProjectionExpression": "a, b.c, d[0]"},
            {"id", "a", "b", "d"},
        ),
        (
            "GetItem",
            {
                "Key": {"id": X},
                "ProjectionExpression": "#n",
                "ExpressionAttributeNames": {"#n": "name"},
            },
            {"id", "name"},
        ),
        ("GetItem", {"Key": {"id": X}, "AttributesToGet": ["a"]}, {"id", "a"}),
        ("PutItem", {"Item": {"id": X, "a": X}, "ConditionExpression": "b = :v"}, {"id", "a", "b"}),
        (
            "UpdateItem",
            {"Key": {"id": X}, "UpdateExpression": "SET a = if_not_exists(c, :v) REMOVE b"},
            {"id", "a", "b", "c"},
        ),
        ("Scan", {"FilterExpression": "a > :v AND NOT begins_with(b, :w)"}, {"a", "b"}),
    ],
)
def test_the_attributes_are_all_that_the_request_names(
    operation: str, parameters: dict[str, object], attributes: set[str]
) -> None:
    keys = keys_of("dynamodb", operation, TableName="t", **parameters)

    assert set(keys["dynamodb:attributes"]) == attributes


@pytest.mark.parametrize("call", ["f(a)", " ( a)"])
def test_a_long_expression_takes_no_time_that_grows_with_its_square(call: str) -> None:
    """One of more than 4 KB is refused later."""
    item = {"ConditionExpression": "a" * 4000 + call, "TableName": "t"}
    transaction = [{"Put": {**item, "Item": {"id": X}}} for _ in range(100)]

    for found in find("dynamodb", "TransactWriteItems", TransactItems=transaction):
        assert set(found.keys["dynamodb:attributes"]) == {"id", "a"}
    keys = keys_of("dynamodb", "Scan", TableName="t", FilterExpression="a" * 1_000_000 + call)
    assert "dynamodb:attributes" not in keys


def test_plain_parameters_are_keys_when_they_are_given() -> None:
    keys = keys_of(
        "dynamodb", "Query", TableName="t", Select="COUNT", ReturnConsumedCapacity="TOTAL"
    )

    assert keys["dynamodb:select"] == ("COUNT",)
    assert keys["dynamodb:returnconsumedcapacity"] == ("TOTAL",)
    assert "dynamodb:returnvalues" not in keys
