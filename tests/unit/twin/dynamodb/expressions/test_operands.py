"""Operands of conditions."""

import pytest

from twin.dynamodb.attribute_values import Value
from twin.dynamodb.expressions.operands import (
    PathOperand,
    SizeOperand,
    ValueOperand,
    content_size,
)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "Größe"}, 5),
        ({"S": "😀"}, 2),
        ({"B": "YWJj"}, 3),
        ({"SS": ["a", "b"]}, 2),
        ({"NS": ["1"]}, 1),
        ({"BS": ["AA==", "AQ=="]}, 2),
        ({"L": []}, 0),
        ({"M": {"a": {"S": "x"}}}, 1),
        ({"N": "1"}, None),
        ({"BOOL": True}, None),
        ({"NULL": True}, None),
    ],
)
def test_some_values_have_a_size(value: Value, size: int | None) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    assert content_size(value) == size


def test_operands_take_their_value_from_the_item_or_the_request() -> None:
    item: dict[str, Value] = {"a": {"M": {"b": {"S": "xyz"}}}, "n": {"N": "1"}}

    assert PathOperand(("a", "b")).value_in(item) == {"S": "xyz"}
    assert ValueOperand({"N": "1"}).value_in(item) == {"N": "1"}
    assert SizeOperand((PathOperand(("a", "b")),)).value_in(item) == {"N": "3"}
    assert SizeOperand((PathOperand(("q",)),)).value_in(item) is None
    assert SizeOperand((PathOperand(("n",)),)).value_in(item) is None
