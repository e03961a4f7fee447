"""The parameters that requests had before expressions, as the same conditions and updates.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExpectedAttributeValue.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import (
    Value,
    check_name,
    compare_values,
    normalise_value,
    value_type,
)
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.expressions.conditions import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Or,
    Test,
)
from twin.dynamodb.expressions.key_conditions import KeyClause
from twin.dynamodb.expressions.operands import Operand, PathOperand, ValueOperand
from twin.dynamodb.expressions.projections import Projection, projection_of
from twin.dynamodb.expressions.update_sources import ValueSource
from twin.dynamodb.expressions.updates import SETS, Action, Update

_COMPARATORS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_SCALARS = frozenset({"S", "N", "B"})
_VALUE_TYPES = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "IN", "BETWEEN"), _SCALARS),
    "BEGINS_WITH": frozenset({"S", "B"}),
    "CONTAINS": _SCALARS | {"BOOL", "NULL"},
    "NOT_CONTAINS": _SCALARS | {"BOOL", "NULL"},
}
_VALUE_COUNTS = {"NULL": (0, 0), "NOT_NULL": (0, 0), "IN": (1, 100), "BETWEEN": (2, 2)}
_KEY_OPERATORS = {**_COMPARATORS, "BETWEEN": "BETWEEN", "BEGINS_WITH": "begins_with"}


def parse_expected(expected: Mapping[str, Any], operator: str | None) -> Condition:
    """The condition in Expected, joined by ConditionalOperator. Raises TableApiError."""
    tests = [_expected_test(name, content) for name, content in expected.items()]
    return Condition(_joined(tests, operator))


def parse_filter(
    conditions: Mapping[str, Any], operator: str | None, parameter: str = "QueryFilter"
) -> Condition:
    """The condition in QueryFilter or ScanFilter, joined by ConditionalOperator.

    Raises TableApiError.
    """
    tests = []
    for name, content in conditions.items():
        check_name(name)
        tests.append(_test(name, content["ComparisonOperator"], _checked_values(content)))
    return Condition(_joined(tests, operator), parameter)


def _joined(tests: Sequence[Test], operator: str | None) -> Test:
    if operator is not None and len(tests) < 2:
        raise validation_error(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )
    return Or(tuple(tests)) if operator == "OR" else And(tuple(tests))


def _test(name: str, operator: str, values: Sequence[Value]) -> Test:
    attribute = PathOperand((name,))
    operands: tuple[Operand, ...] = (attribute, *map(ValueOperand, values))
    exists = Call("attribute_exists", (attribute,))
    match operator:
        case "NULL":
            test: Test = Not(exists)
        case "NOT_NULL":
            test = exists
        case "IN":
            test = In(operands)
        case "BETWEEN":
            test = Between(operands)
        case "BEGINS_WITH" | "CONTAINS":
            test = Call(operator.lower(), operands)
        case "NOT_CONTAINS":
            # A missing attribute neither contains the value, nor does it not contain it.
            test = And((exists, Not(Call("contains", operands))))
        case _:
            test = Comparison(_COMPARATORS[operator], operands)
    return test


def _checked_values(content: Mapping[str, Any]) -> list[Value]:
    """The AttributeValueList of a Condition, which must fit its ComparisonOperator."""
    values = [normalise_value(value) for value in content.get("AttributeValueList") or ()]
    _check_values(content["ComparisonOperator"], values)
    return values


def _check_values(operator: str, values: Sequence[Value]) -> None:
    least, most = _VALUE_COUNTS.get(operator, (1, 1))
    if not least <= len(values) <= most:
        raise validation_error(
            f"{INVALID_PARAMETER}Invalid number of argument(s) for the {operator} "
            "ComparisonOperator"
        )
    types = [value_type(value) for value in values]
    if len(set(types)) > 1:
        raise validation_error(
            f"{INVALID_PARAMETER}AttributeValues inside AttributeValueList must be of same type"
        )
    for kind in types:
        if kind not in _VALUE_TYPES.get(operator, {kind}):
            raise validation_error(
                f"{INVALID_PARAMETER}ComparisonOperator {operator} is not valid for {kind} "
                "AttributeValue type"
            )
    if operator == "BETWEEN" and (compare_values(*values) or 0) > 0:
        raise validation_error(
            "The BETWEEN condition was provided a range where the lower bound is greater than the "
            "upper bound"
        )


# --- Expected


def _expected_test(name: str, content: Mapping[str, Any]) -> Test:
    check_name(name)
    operator = content.get("ComparisonOperator")
    if content.get("AttributeValueList") is not None and content.get("Value") is not None:
        raise _wrong_expectation("Value and AttributeValueList cannot be used together", name)
    if operator is None:
        return _existence_test(name, content)
    if content.get("Exists") is not None:
        raise _wrong_expectation("Exists and ComparisonOperator cannot be used together", name)
    values = content.get("AttributeValueList")
    if values is None and content.get("Value") is not None:
        values = [content["Value"]]
    if values is None and operator not in ("NULL", "NOT_NULL"):
        raise _wrong_expectation(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name
        )
    checked = _checked_values({"ComparisonOperator": operator, "AttributeValueList": values})
    return _test(name, operator, checked)


def _existence_test(name: str, content: Mapping[str, Any]) -> Test:
    if content.get("AttributeValueList") is not None:
        raise _wrong_expectation(
            "AttributeValueList can only be used with a ComparisonOperator", name
        )
    exists, value = content.get("Exists"), content.get("Value")
    if exists is False:
        if value is not None:
            raise _wrong_expectation("Value cannot be used when Exists is false", name)
        return _test(name, "NULL", ())
    if value is None:
        words = "null" if exists is None else "true"
        raise _wrong_expectation(f"Value must be provided when Exists is {words}", name)
    return _test(name, "EQ", [normalise_value(value)])


def _wrong_expectation(message: str, name: str) -> TableApiError:
    return validation_error(f"{INVALID_PARAMETER}{message} for Attribute: {name}")


# --- keys, projections and updates


def legacy_key_clauses(conditions: Mapping[str, Any]) -> tuple[KeyClause, ...]:
    """The clauses in KeyConditions, as far as the request alone can be judged.

    Raises TableApiError.
    """
    clauses = []
    for name, content in conditions.items():
        operator = content["ComparisonOperator"]
        values = tuple(_checked_values(content))
        clauses.append(KeyClause(name, _KEY_OPERATORS.get(operator, operator), values))
    if not clauses:
        raise validation_error("Conditions can be of length 1 or 2 only")
    return tuple(clauses)


def parse_attributes_to_get(names: Sequence[str]) -> Projection:
    """The projection in AttributesToGet. Raises TableApiError."""
    seen: set[str] = set()
    for name in names:
        check_name(name)
        if name in seen:
            raise validation_error(f"{INVALID_PARAMETER}Duplicate value in attribute name: {name}")
        seen.add(name)
    return projection_of([(name,) for name in names])


def parse_attribute_updates(updates: Mapping[str, Any]) -> Update:
    """The update in AttributeUpdates. Raises TableApiError."""
    actions = [_action(name, content) for name, content in updates.items()]
    return Update(tuple(actions), is_legacy=True)


def _action(name: str, content: Mapping[str, Any]) -> Action:
    check_name(name)
    operation, path = content.get("Action") or "PUT", (name,)
    if content.get("Value") is None:
        if operation != "DELETE":
            raise validation_error(
                f"{INVALID_PARAMETER}Only DELETE action is allowed when no attribute value is "
                "specified"
            )
        return Action("REMOVE", path)
    value = normalise_value(content["Value"])
    kind = value_type(value)
    if operation == "DELETE" and kind not in SETS:
        raise validation_error(
            f"{INVALID_PARAMETER}DELETE action with value is not supported for the type {kind}"
        )
    if operation == "ADD" and kind not in SETS | {"N", "L"}:
        raise validation_error(
            f"{INVALID_PARAMETER}ADD action is not supported for the type {kind}"
        )
    return Action("SET" if operation == "PUT" else operation, path, ValueSource(value))
