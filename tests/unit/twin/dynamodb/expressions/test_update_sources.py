"""Where new values of updates come from."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.expressions.update_sources import (
    Arithmetic,
    AttributeSource,
    IfNotExists,
    ListAppend,
    Source,
    ValueSource,
    known_type,
    paths_read,
    value_from,
)

ITEM: Item = {"n": {"N": "5"}, "l": {"L": [{"S": "a"}]}, "m": {"M": {"x": {"N": "1"}}}}
TWO, LETTER = ValueSource({"N": "2"}), ValueSource({"L": [{"S": "b"}]})
N, L, MISSING = AttributeSource(("n",)), AttributeSource(("l",)), AttributeSource(("q",))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (TWO, {"N": "2"}),
        (AttributeSource(("m", "x")), {"N": "1"}),
        (MISSING, None),
        (Arithmetic("+", N, TWO), {"N": "7"}),
        (Arithmetic("-", TWO, N), {"N": "-3"}),
        (Arithmetic("-", MISSING, L), None),
        (IfNotExists(("n",), TWO), {"N": "5"}),
        (IfNotExists(("q",), TWO), {"N": "2"}),
        (IfNotExists(("q",), IfNotExists(("r",), N)), {"N": "5"}),
        (IfNotExists(("q",), MISSING), None),
        (ListAppend(L, LETTER), {"L": [{"S": "a"}, {"S": "b"}]}),
        (ListAppend(IfNotExists(("q",), LETTER), L), {"L": [{"S": "b"}, {"S": "a"}]}),
    ],
)
def test_values_come_from_the_item_as_it_was(source: Source, value: Value | None) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    assert value_from(source, ITEM) == value


@pytest.mark.parametrize(
    "source", [Arithmetic("+", L, TWO), Arithmetic("-", TWO, L), ListAppend(LETTER, N)]
)
def test_operands_of_a_wrong_type_are_refused(source: Source) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    with refused("An operand in the update expression has an incorrect data type"):
        value_from(source, ITEM)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (TWO, "N"),
        (N, None),
        (Arithmetic("+", N, N), "N"),
        (ListAppend(L, L), "L"),
        (IfNotExists(("q",), LETTER), "L"),
        (IfNotExists(("q",), N), None),
    ],
)
def test_some_types_are_known_without_the_item(source: Source, kind: str | None) -> None:
    assert known_type(source) == kind


def test_the_paths_that_are_read_are_known() -> None:
    source = ListAppend(IfNotExists(("a", 0), L), Arithmetic("+", N, TWO))

    assert list(paths_read(source)) == [("a", 0), ("l",), ("n",)]


def test_a_list_that_no_item_can_hold_is_not_made() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    half = ValueSource({"L": [{"NULL": True}] * 300_000})

    with refused("Item size to update has exceeded the maximum allowed size"):
        value_from(ListAppend(half, half), {})
