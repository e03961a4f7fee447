"""DynamoDB's condition keys: partition keys and attributes that a request touches. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import normalise_value
from twin.dynamodb.expressions.conditions import parse_condition
from twin.dynamodb.expressions.key_conditions import PARAMETER, KeyClause, key_clauses
from twin.dynamodb.expressions.parser import MAX_EXPRESSION_BYTES
from twin.dynamodb.expressions.placeholders import read_placeholders
from twin.iam.requirements.model import CallScope, Keys, Parameters

_EXPRESSIONS = (
    "ProjectionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "UpdateExpression",
)
_OLDER_MEMBERS = (
    "AttributesToGet",
    "AttributeUpdates",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
"""Parameters that preceded the expressions."""
_NAME = re.compile(r"(?<![\w:#.])#?[A-Za-z_]\w*+(?!\s*+\()")
"""Possessive: a long name, or many blanks, take no time that grows with their square."""
_WORDS = frozenset(
    {"add", "and", "begins_with", "between", "delete", "in", "not", "or", "remove", "set"}
)
_PLAIN = {
    "dynamodb:select": "Select",
    "dynamodb:returnvalues": "ReturnValues",
    "dynamodb:returnconsumedcapacity": "ReturnConsumedCapacity",
}


def describe_items(
    operation: str,
    parameters: Parameters,
    scope: CallScope,
    requests: Any = None,  # noqa: ANN401 - unchecked JSON
) -> Keys:
    """The keys of a request on one table; `requests` are those of a batch."""
    keys: dict[str, tuple[str, ...]] = {
        key: (str(parameters[member]),) for key, member in _PLAIN.items() if parameters.get(member)
    }
    table = str(parameters.get("TableName", "")).rpartition("/")[2]
    partition_key = scope.partition_key(table, str(parameters.get("IndexName") or ""))
    items = list(_items(parameters)) + list(_batched_items(requests))
    leading = [
        key_text(item[partition_key])
        for item in items
        if partition_key is not None and partition_key in item
    ]
    if operation == "Query" and partition_key is not None:
        leading += _queried_keys(parameters, partition_key)
    if leading:
        keys["dynamodb:leadingkeys"] = tuple(dict.fromkeys(leading))
    parts = [parameters]
    if isinstance(requests, Mapping):
        parts.append(requests)
    names = [name for item in items for name in item]
    names += [name for part in parts for name in _named_attributes(part)]
    if names:
        keys["dynamodb:attributes"] = tuple(dict.fromkeys(names))
    return keys


def _items(parameters: Parameters) -> Iterator[Mapping[str, Any]]:
    for member in ("Key", "Item"):
        if isinstance(parameters.get(member), Mapping):
            yield parameters[member]


def _batched_items(requests: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - unchecked JSON
    """Keys of BatchGetItem, and requests of BatchWriteItem."""
    if isinstance(requests, Mapping):
        yield from (key for key in _iterable(requests.get("Keys")) if isinstance(key, Mapping))
    if isinstance(requests, list):
        for request in requests:
            for part in request.values() if isinstance(request, Mapping) else ():
                if isinstance(part, Mapping):
                    yield from _items(part)


def key_text(value: Any) -> str:  # noqa: ANN401 - unchecked JSON
    """The text of an attribute value such as `{"S": "x"}`; of numbers that are equal, the same."""
    with contextlib.suppress(TableApiError):  # it is refused later
        value = normalise_value(value)
    return str(next(iter(value.values()), "")) if isinstance(value, Mapping) else str(value)


def _queried_keys(parameters: Parameters, partition_key: str) -> Iterator[str]:
    older = _map(_map(parameters.get("KeyConditions")).get(partition_key))
    yield from map(key_text, _iterable(older.get("AttributeValueList")))
    for clause in _key_clauses(parameters):
        if clause.attribute == partition_key:
            yield from map(key_text, clause.values)


def _key_clauses(parameters: Parameters) -> tuple[KeyClause, ...]:
    """As the operation will read them; none of an expression that it will refuse."""
    text = _expression(parameters, PARAMETER)
    try:
        return key_clauses(parse_condition(text, read_placeholders(parameters), PARAMETER))
    except TableApiError:
        return ()


def _expression(parameters: Parameters, member: str) -> str:
    """Of one that is too long, which is refused later, nothing."""
    text = parameters.get(member)
    return text if isinstance(text, str) and len(text) <= MAX_EXPRESSION_BYTES else ""


def _map(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - unchecked JSON
    return value if isinstance(value, Mapping) else {}


def _named_attributes(parameters: Parameters) -> Iterator[str]:
    """Top-level attributes in expressions and in the parameters that preceded these."""
    aliases = _map(parameters.get("ExpressionAttributeNames"))
    for member in _EXPRESSIONS:
        for found in _NAME.finditer(_expression(parameters, member)):
            word = found[0]
            if word.startswith("#"):
                yield str(aliases.get(word, word))
            elif word.lower() not in _WORDS:
                yield word
    for member in _OLDER_MEMBERS:
        yield from map(str, _iterable(parameters.get(member)))


def _iterable(value: Any) -> Iterable[Any]:  # noqa: ANN401 - unchecked JSON
    return value if isinstance(value, Mapping | list) else ()
