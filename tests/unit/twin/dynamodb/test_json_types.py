"""The JSON types of attribute values: which are refused, in which words."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.json_types import check_value_types


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("x", "Unexpected value type in payload"),
        ([], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        ({"S": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        ({"N": True}, "TRUE_VALUE cannot be converted to String"),
        ({"S": []}, "Unrecognized collection type class java.lang.String"),
        ({"S": {}}, "Start of structure or map found where not expected"),
        ({"S": "\ud800"}, "A string is not valid Unicode"),
        ({"BOOL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"BOOL": "maybe"}, "Unexpected token received from parser"),
        ({"B": 1}, "only base-64-encoded strings are convertible to bytes"),
        ({"B": []}, "Unrecognized collection type class java.nio.ByteBuffer"),
        ({"B": {}}, "Start of structure or map found where not expected"),
        (
            {"B": "23456"},
            "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        ({"B": "=+/="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "YR=="}, "Invalid last non-pad Base64 character dectected"),
        ({"B": "Y Q="}, "Invalid last non-pad Base64 character dectected"),
        ({"SS": "a"}, "Unexpected field type"),
        ({"SS": {}}, "Start of structure or map found where not expected"),
        ({"NS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"L": "a"}, "Unexpected field type"),
        ({"L": ["a"]}, "Unexpected value type in payload"),
        ({"M": 1}, "Unexpected field type"),
        (
            {"M": []},
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>",
        ),
    ],
)
def test_json_of_another_type_cannot_be_read(raw: object, message: str) -> None:
    with refused(message, "SerializationException"):
        check_value_types(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"S": "a", "N": "no number"},
        {"SS": [], "NS": ["1", "1"], "NULL": "no"},
        {"M": {"": {}, "a": None}, "S": None, "other": 1},
        {"L": [{"B": "YQ=="}, {"BOOL": "YES"}, {"BS": ["YQ==", "YQ=="]}]},
    ],
)
def test_values_that_break_other_rules_are_left_to_later_checks(raw: object) -> None:
    check_value_types(raw)


def test_wrong_types_are_found_at_any_depth() -> None:
    value: dict[str, Any] = {"S": 1}
    for _ in range(5000):
        value = {"L": [{"SS": []}, {"M": {"n": value}}]}
    with refused("NUMBER_VALUE cannot be converted to String", "SerializationException"):
        check_value_types(value)
