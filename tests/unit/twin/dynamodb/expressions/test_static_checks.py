"""What is wrong with an expression whatever its placeholders are."""

import pytest

from tests.unit.twin.dynamodb.refusals import refused
from twin.dynamodb.expressions.parser import (
    parse_condition_syntax,
    parse_projection_syntax,
    parse_update_syntax,
)

MISUSED = "The function is not allowed to be used this way in an expression; function: "
RESERVED = "Attribute name is a reserved keyword; reserved keyword: "
UNKNOWN = "Invalid function name; function: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=a and whatever((:things)) > a", f"{UNKNOWN}whatever"),
        ("attRIbute_exIsts((views), #a)", f"{UNKNOWN}attRIbute_exIsts"),
        ("a=a and attribute_exists((views), (#a)) > b", f"{MISUSED}attribute_exists"),
        ("contains(:things, c) > b", f"{MISUSED}contains"),
        ("size(contains(a, b)) > a", f"{MISUSED}contains"),
        ("size(things)", f"{MISUSED}size"),
        ("a = b and (size(things))", f"{MISUSED}size"),
        ("a between b and attribute_exists(things)", f"{MISUSED}attribute_exists"),
        ("a in (b, attribute_exists(things))", f"{MISUSED}attribute_exists"),
        ("attribute_exists(views, #a)", f"{RESERVED}views"),
        (":a < abOrT", f"{RESERVED}abOrT"),
        ("not (a.name = :a or f(a))", f"{RESERVED}name"),
        (
            "a = if_not_exists(a, :b)",
            "The function is not allowed in a condition expression; function: if_not_exists",
        ),
        (
            "a[2147483648] = :a",
            "List index is not within the allowable range; index: [2147483648]",
        ),
    ],
)
def test_a_condition_is_judged_as_it_is_written(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    with refused(f"Invalid FilterExpression: {message}"):
        parse_condition_syntax(text, "FilterExpression")


def test_the_largest_index_of_a_list_is_allowed() -> None:
    assert parse_condition_syntax("a[2147483647] = :a", "FilterExpression")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" set #c = :c set abOrt = true ", f"{RESERVED}abOrt"),
        (" remove Absolute ", f"{RESERVED}Absolute"),
        ("set a = list_append(name, :a)", f"{RESERVED}name"),
        ("set a = :b - name", f"{RESERVED}name"),
        ("set #c = if_not_exist(:c) set c = d", f"{UNKNOWN}if_not_exist"),
        ("set a = LIST_APPEND(a, b)", f"{UNKNOWN}LIST_APPEND"),
        (
            "set a = size(b)",
            "The function is not allowed in an update expression; function: size",
        ),
        ("set a = list_append(list_append(a, b), c)", f"{MISUSED}list_append"),
        (
            "set a = #c set c = :d",
            'The "SET" section can only be used once in an update expression;',
        ),
        (
            "remove #d set a = b remove e",
            'The "REMOVE" section can only be used once in an update expression;',
        ),
        (
            "add #d :e set a = b add e :f",
            'The "ADD" section can only be used once in an update expression;',
        ),
        (
            "delete #d :e set a = b delete #e :f",
            'The "DELETE" section can only be used once in an update expression;',
        ),
    ],
)
def test_an_update_is_judged_section_by_section(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    with refused(f"Invalid UpdateExpression: {message}"):
        parse_update_syntax(text, "UpdateExpression")


def test_functions_may_be_nested_in_an_update() -> None:
    text = "set a = list_append(if_not_exists(a, if_not_exists(b, :c)), :d)"

    assert parse_update_syntax(text, "UpdateExpression")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.abORt", f"{RESERVED}abORt"),
        ("#a,ABSoLUTE", f"{RESERVED}ABSoLUTE"),
        ("a[9999999999]", "List index is not within the allowable range; index: [9999999999]"),
    ],
)
def test_a_projection_is_judged_path_by_path(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    with refused(f"Invalid ProjectionExpression: {message}"):
        parse_projection_syntax(text, "ProjectionExpression")
