"""The conditional write that brings an item back; the functional tests send it to an engine."""

from muster.restore.conditions import make_back_write

KEY = ("id",)
BEFORE = {"id": {"S": "a"}, "name": {"S": "good"}, "size": {"N": "1"}}
SEEN = {"id": {"S": "a"}, "name": {"S": "bad"}}


def test_a_deleted_item_is_put_if_there_is_still_none() -> None:
    write = make_back_write("items", KEY, before=BEFORE, seen=None)

    assert write is not None
    assert write.operation == "put_item"
    assert write.parameters == {
        "TableName": "items",
        "Item": BEFORE,
        "ConditionExpression": "attribute_not_exists(#0)",
        "ExpressionAttributeNames": {"#0": "id"},
    }


def test_an_overwritten_item_is_put_over_exactly_what_was_seen() -> None:
    write = make_back_write("items", KEY, before=BEFORE, seen=SEEN)

    assert write is not None
    assert write.parameters["ConditionExpression"] == (
        "#0=:0 AND #1=:1 AND attribute_not_exists(#2)"
    )
    assert write.parameters["ExpressionAttributeNames"] == {"#0": "id", "#1": "name", "#2": "size"}
    assert write.parameters["ExpressionAttributeValues"] == {":0": {"S": "a"}, ":1": {"S": "bad"}}


def test_an_added_item_is_deleted_if_it_is_still_as_it_was_seen() -> None:
    write = make_back_write("items", KEY, before=None, seen=SEEN)

    assert write is not None
    assert write.operation == "delete_item"
    assert write.parameters["Key"] == {"id": {"S": "a"}}
    assert write.parameters["ConditionExpression"] == "#0=:0 AND #1=:1"


def test_a_condition_that_is_longer_than_dynamodb_takes_makes_no_write() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    seen = {f"attribute{number}": {"N": "1"} for number in range(150)} | {"id": {"S": "a"}}

    assert make_back_write("items", KEY, before=BEFORE, seen=seen) is None
