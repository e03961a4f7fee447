"""What is wrong with an expression whatever the request's placeholders are.

Everything is judged in the order in which it is written: reserved words, list indexes, names of
functions and where each may be used.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from collections.abc import Iterable

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.expressions.reserved_words import is_reserved
from twin.dynamodb.expressions.syntax import (
    ActionSyntax,
    AndSyntax,
    ArithmeticSyntax,
    CallSyntax,
    ConditionSyntax,
    NotSyntax,
    OperandSyntax,
    OrSyntax,
    PathSyntax,
    SectionSyntax,
)
from twin.dynamodb.expressions.tokens import expression_error

MAX_LIST_INDEX = 2**31 - 1
CONDITION_FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
OPERAND_FUNCTIONS = frozenset({"size"})
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})
FUNCTIONS = CONDITION_FUNCTIONS | OPERAND_FUNCTIONS | UPDATE_FUNCTIONS


def check_condition_syntax(condition: ConditionSyntax, parameter: str) -> None:
    """Judge a condition. Raises TableApiError."""
    if isinstance(condition, AndSyntax | OrSyntax):
        for part in condition.conditions:
            check_condition_syntax(part, parameter)
    elif isinstance(condition, NotSyntax):
        check_condition_syntax(condition.condition, parameter)
    else:
        if isinstance(condition, CallSyntax):
            _check_function(condition.function, parameter, CONDITION_FUNCTIONS)
        _check_operands(condition.operands, parameter)


def _check_operands(operands: Iterable[OperandSyntax], parameter: str) -> None:
    for operand in operands:
        if isinstance(operand, CallSyntax):
            _check_function(operand.function, parameter, OPERAND_FUNCTIONS)
            _check_operands(operand.operands, parameter)
        elif isinstance(operand, PathSyntax):
            _check_path(operand, parameter)


def _check_function(function: str, parameter: str, allowed: frozenset[str]) -> None:
    _check_function_name(function, parameter)
    if function in UPDATE_FUNCTIONS:
        raise expression_error(
            parameter,
            f"The function is not allowed in a condition expression; function: {function}",
        )
    if function not in allowed:
        raise _misused_function(function, parameter)


def _check_function_name(function: str, parameter: str) -> None:
    if function not in FUNCTIONS:
        raise expression_error(parameter, f"Invalid function name; function: {function}")


def _misused_function(function: str, parameter: str) -> TableApiError:
    return expression_error(
        parameter,
        f"The function is not allowed to be used this way in an expression; function: {function}",
    )


def check_update_syntax(sections: Iterable[SectionSyntax], parameter: str) -> None:
    """Judge an update, one section after another in the order of their first use.

    Raises TableApiError.
    """
    by_keyword: dict[str, list[tuple[ActionSyntax, ...]]] = {}
    for section in sections:
        by_keyword.setdefault(section.keyword, []).append(section.actions)
    for keyword, uses in by_keyword.items():
        for actions in uses:
            for action in actions:
                _check_action(action, parameter)
        if len(uses) > 1:
            raise expression_error(
                parameter,
                f'The "{keyword}" section can only be used once in an update expression;',
            )


def _check_action(action: ActionSyntax, parameter: str) -> None:
    _check_path(action.path, parameter)
    value = action.value
    if isinstance(value, ArithmeticSyntax):
        for operand in value.operands:
            _check_new_value(operand, parameter)
    elif value is not None:
        _check_new_value(value, parameter)


def _check_new_value(operand: OperandSyntax, parameter: str, outer: str = "") -> None:
    """Judge an operand of SET, which may be an argument of an outer function."""
    if isinstance(operand, PathSyntax):
        _check_path(operand, parameter)
    elif isinstance(operand, CallSyntax):
        function = operand.function
        _check_function_name(function, parameter)
        if function not in UPDATE_FUNCTIONS:
            raise expression_error(
                parameter,
                f"The function is not allowed in an update expression; function: {function}",
            )
        if function == outer == "list_append":
            raise _misused_function(function, parameter)
        for argument in operand.operands:
            _check_new_value(argument, parameter, function)


def check_paths_syntax(paths: Iterable[PathSyntax], parameter: str) -> None:
    """Judge a projection's paths. Raises TableApiError."""
    for path in paths:
        _check_path(path, parameter)


def _check_path(path: PathSyntax, parameter: str) -> None:
    for element in path.elements:
        if isinstance(element, int):
            if element > MAX_LIST_INDEX:
                raise expression_error(
                    parameter,
                    f"List index is not within the allowable range; index: [{element}]",
                )
        elif is_reserved(element):
            raise expression_error(
                parameter,
                f"Attribute name is a reserved keyword; reserved keyword: {element}",
            )
