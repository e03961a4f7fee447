"""A request's ExpressionAttributeNames and ExpressionAttributeValues.

Every placeholder that an expression uses must be defined, and every defined one be used.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Value, check_name, normalise_value
from twin.dynamodb.errors import in_older_words, serialization_error, validation_error
from twin.dynamodb.expressions.paths import MAX_PATH_LEVELS, Path
from twin.dynamodb.expressions.syntax import PathSyntax, ValueSyntax
from twin.dynamodb.expressions.tokens import expression_error
from twin.dynamodb.json_types import check_text

MAX_PLACEHOLDER_BYTES = 255
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
PROJECTION = "ProjectionExpression"
_NAME_KEY = re.compile(r"#[A-Za-z0-9_]+")
_VALUE_KEY = re.compile(r":[A-Za-z0-9_]+")


class Placeholders:
    """Resolves placeholders for the expressions of one request, and remembers which are used."""

    def __init__(self, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        self._names = names
        self._values = values
        self._unused_names = dict.fromkeys(names)
        self._unused_values = dict.fromkeys(values)

    def path(self, syntax: PathSyntax, parameter: str) -> Path:
        """The path in an expression parameter's text. Raises TableApiError."""
        elements = syntax.elements
        if len(elements) > MAX_PATH_LEVELS:
            raise expression_error(
                parameter,
                f"The document path has too many nesting levels; nesting levels: {len(elements)}",
            )
        if not syntax.has_placeholders:
            return elements
        return tuple(self._element(element, parameter) for element in elements)

    def _element(self, element: str | int, parameter: str) -> str | int:
        if isinstance(element, int) or not element.startswith("#"):
            return element
        name = self._names.get(element)
        if name is None:
            raise expression_error(
                parameter,
                "An expression attribute name used in the document path is not defined; "
                f"attribute name: {element}",
            )
        self._unused_names.pop(element, None)
        return name

    def value(self, syntax: ValueSyntax, parameter: str) -> Value:
        """The value of a placeholder. Raises TableApiError."""
        value = self._values.get(syntax.placeholder)
        if value is None:
            raise expression_error(
                parameter,
                "An expression attribute value used in expression is not defined; "
                f"attribute value: {syntax.placeholder}",
            )
        self._unused_values.pop(syntax.placeholder, None)
        return value

    def check_unused(self) -> None:
        """Call after all expressions of the request. Raises TableApiError."""
        for map_name, unused in ((NAMES, self._unused_names), (VALUES, self._unused_values)):
            if unused:
                raise validation_error(
                    f"Value provided in {map_name} unused in expressions: "
                    f"keys: {{{', '.join(unused)}}}"
                )


def check_parameters(
    request: Mapping[str, Any], expressions: Sequence[str], legacy: Iterable[str] = ()
) -> None:
    """Check that the request's parameters go together. Raises TableApiError.

    `expressions` and `legacy` are the operation's parameters of either kind, in the order of the
    service's messages.
    """
    used = [name for name in expressions if request.get(name) is not None]
    if used:
        _check_parameters_match(request, used, legacy)
    if not used and request.get(NAMES) is not None:
        raise validation_error(f"{NAMES} can only be specified when using expressions")
    if request.get(VALUES) is not None:
        _check_values_allowed(used, expressions)


def read_placeholders(
    request: Mapping[str, Any], *, wrap_value_errors: bool = False
) -> Placeholders:
    """The request's names and values, validated. Raises TableApiError.

    Scan and the transactions wrap the errors of values.
    """
    names, values = request.get(NAMES), request.get(VALUES)
    return Placeholders(
        {} if names is None else _checked_names(names),
        {} if values is None else _checked_values(values, wrap_value_errors),
    )


def _check_parameters_match(
    request: Mapping[str, Any], used: Sequence[str], legacy: Iterable[str]
) -> None:
    older = [name for name in legacy if request.get(name) is not None]
    # KeyConditions go with the expressions of a Query that has no KeyConditionExpression.
    if "KeyConditionExpression" not in used and "KeyConditions" in older:
        older.remove("KeyConditions")
    if older:
        raise validation_error(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(older)}}} "
            f"Expression parameters: {{{', '.join(used)}}}"
        )


def _check_values_allowed(used: Sequence[str], expressions: Sequence[str]) -> None:
    with_values = [name for name in expressions if name != PROJECTION]
    if with_values and not set(with_values) & set(used):
        rule = f"{VALUES} can only be specified when using expressions"
        if with_values == ["ConditionExpression"]:
            raise validation_error(rule)
        verb = "are" if len(with_values) > 1 else "is"
        raise validation_error(f"{rule}: {' and '.join(with_values)} {verb} null")


def _checked_names(names: object) -> dict[str, str]:
    checked = _checked_map(names, NAMES, _NAME_KEY)
    for key, name in checked.items():
        try:
            check_name(check_text(name))
        except TableApiError as error:
            if error.code != "ValidationException":
                raise
            raise validation_error(
                f"{NAMES} contains invalid value: {error.message} for key {key}"
            ) from None
    return checked


def _checked_values(values: object, wrap_errors: bool) -> dict[str, Value]:
    checked = _checked_map(values, VALUES, _VALUE_KEY)
    normalised = {}
    for key, value in checked.items():
        try:
            normalised[key] = normalise_value(value)
        except TableApiError as error:
            if not wrap_errors or error.code != "ValidationException":
                raise
            message = in_older_words(error).message
            raise validation_error(
                f"{VALUES} contains invalid value: {message} for key {key}"
            ) from None
    return normalised


def _checked_map(content: object, map_name: str, key_pattern: re.Pattern[str]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise serialization_error("Unexpected field type")
    if not content:
        raise validation_error(f"{map_name} must not be empty")
    for key in content:
        if len(key) > MAX_PLACEHOLDER_BYTES:
            raise validation_error(
                f"{map_name} contains invalid key: The expression attribute map contains a key "
                f"that is too long; size of key: {len(key)}"
            )
        if not key_pattern.fullmatch(key):
            raise validation_error(f'{map_name} contains invalid key: Syntax error; key: "{key}"')
    return content
