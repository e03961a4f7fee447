"""DynamoDB's condition keys of PartiQL statements. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from collections.abc import Iterator

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Value
from twin.dynamodb.partiql.compilation import Parameters, constant_item
from twin.dynamodb.partiql.key_ranges import partition_choices
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    PathNode,
    SelectStatement,
    Statement,
    UpdateStatement,
)
from twin.iam.requirements.item_keys import key_text
from twin.iam.requirements.model import CallScope, Keys


def describe_statement(statement: Statement, parameters: Parameters, scope: CallScope) -> Keys:
    """The keys of one statement; none but those of its kind if it is going to be refused."""
    if isinstance(statement, ExistsStatement):
        statement = statement.select
    try:
        leading = _leading_keys(statement, parameters, scope)
        names = tuple(dict.fromkeys(_named_attributes(statement, parameters)))
    except (TableApiError, LookupError):  # LookupError: a parameter is missing
        leading, names = None, ()
    keys: dict[str, tuple[str, ...]] = {}
    if isinstance(statement, SelectStatement):
        keys["dynamodb:fulltablescan"] = (str(leading is None).lower(),)
    if leading:
        keys["dynamodb:leadingkeys"] = tuple(dict.fromkeys(map(key_text, leading)))
    if names:
        keys["dynamodb:attributes"] = names
    return keys


def _leading_keys(
    statement: SelectStatement | InsertStatement | UpdateStatement | DeleteStatement,
    parameters: Parameters,
    scope: CallScope,
) -> tuple[Value, ...] | None:
    """The partition keys that it is about; None: any."""
    index = statement.index if isinstance(statement, SelectStatement) else None
    table = statement.table.rpartition("/")[2]
    partition_key = scope.partition_key(table, index or "")
    if partition_key is None:
        return None
    if isinstance(statement, InsertStatement):
        item = constant_item(statement.item, parameters)
        return (item[partition_key],) if partition_key in item else None
    if statement.where is None:
        return None
    return partition_choices(statement.where, partition_key, parameters)


def _named_attributes(
    statement: SelectStatement | InsertStatement | UpdateStatement | DeleteStatement,
    parameters: Parameters,
) -> Iterator[str]:
    if isinstance(statement, InsertStatement):
        yield from constant_item(statement.item, parameters)
        return
    if isinstance(statement, SelectStatement):
        yield from (str(path[0]) for path in statement.paths or ())
    if isinstance(statement, UpdateStatement):
        yield from (str(path[0]) for path in statement.removals)
        yield from _paths_in(statement.assignments)
    yield from _paths_in(statement.where)


def _paths_in(part: object) -> Iterator[str]:
    """The attributes that a part of a syntax tree names."""
    if isinstance(part, PathNode):
        yield str(part.path[0])
    elif isinstance(part, msgspec.Struct):
        yield from _paths_in(tuple(getattr(part, name) for name in part.__struct_fields__))
    elif isinstance(part, tuple):
        for one in part:
            yield from _paths_in(one)
