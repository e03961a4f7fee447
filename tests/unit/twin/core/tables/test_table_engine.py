"""The form of an error of the DynamoDB API."""

import json

import pytest

from twin.core.tables.table_engine import TableApiError, error_result


def test_an_error_has_the_service_s_type_its_message_and_no_changes() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    result = error_result(TableApiError("ResourceNotFoundException", "no table"))

    assert (result.status, result.changes) == (400, ())
    assert json.loads(result.body) == {
        "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "message": "no table",
    }


def test_an_error_of_the_twin_itself_keeps_its_status() -> None:
    assert error_result(TableApiError("InternalServerError", "oh", 500)).status == 500


@pytest.mark.parametrize(
    ("code", "kind", "member"),
    [
        ("ValidationException", "com.amazon.coral.validate#ValidationException", "message"),
        ("SerializationException", "com.amazon.coral.service#SerializationException", "Message"),
        (
            "TransactionCanceledException",
            "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message",
        ),
    ],
)
def test_an_error_has_its_service_s_namespace_and_further_members(
    code: str, kind: str, member: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    result = error_result(TableApiError(code, "oh", members={"Item": {"id": {"S": "a"}}}))

    content = json.loads(result.body)
    assert content == {"__type": kind, "Item": {"id": {"S": "a"}}, member: "oh"}
