"""The form of an error of the DynamoDB API."""

import json

from twin.core.table_engine import TableApiError, error_result


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
