"""Checks keys and key attributes against the schemas of a table and its indexes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Iterable

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.item_size import value_size
from twin.dynamodb.key_schema import MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES, KeySchema
from twin.dynamodb.tables import SecondaryIndex

WRONG_KEY = "The provided key element does not match the schema"
_KINDS = {"S": "string", "B": "binary"}


def check_key(schema: KeySchema, key: Item) -> None:
    """Raise ValidationException unless the key has exactly the key attributes, well typed."""
    names = schema.names
    if len(key) != len(names):
        raise validation_error(WRONG_KEY)
    for name in names:
        if name not in key or schema.types[name] not in key[name]:
            raise validation_error(WRONG_KEY)
    _check_contents(schema, key)


def check_item_keys(schema: KeySchema, item: Item) -> None:
    """Raise ValidationException unless the item has all key attributes, well typed."""
    for name in schema.names:
        expected = schema.types[name]
        if name not in item:
            raise validation_error(f"{INVALID_PARAMETER}Missing the key {name} in the item")
        if expected not in item[name]:
            raise validation_error(
                f"{INVALID_PARAMETER}Type mismatch for key {name} expected: {expected} actual: "
                f"{next(iter(item[name]))}"
            )
    _check_contents(schema, item)


def check_index_keys(indexes: Iterable[SecondaryIndex], item: Item) -> None:
    """Raise ValidationException if a key attribute of an index is there and does not fit."""
    for index in indexes:
        for name in index.schema.names:
            if name in item:
                _check_index_key(index, name, item[name])


def index_key_mismatch(index: SecondaryIndex, name: str, kind: str) -> TableApiError:
    """The error for a key attribute of an index that has this wrong type."""
    return validation_error(
        f"{INVALID_PARAMETER}Type mismatch for Index Key {name} Expected: "
        f"{index.schema.types[name]} Actual: {kind} IndexName: {index.name}"
    )


def _check_index_key(index: SecondaryIndex, name: str, value: Value) -> None:
    expected = index.schema.types[name]
    if expected not in value:
        raise index_key_mismatch(index, name, next(iter(value)))
    if value[expected] == "":
        raise validation_error(
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            f"{_KINDS[expected]} value. IndexName: {index.name}, IndexKey: {name}"
        )
    _check_size(value, is_partition=name in index.schema.partition)


def check_key_contents(schema: KeySchema, item: Item) -> None:
    """Raise ValidationException for empty key attributes of the right type."""
    for name in schema.names:
        kind = schema.types[name]
        if name in item and item[name].get(kind) == "":
            raise empty_key_error(name, kind)


def empty_key_error(name: str, kind: str) -> TableApiError:
    """The error for a key attribute of this type (S or B) that is empty."""
    return validation_error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        f"contain an empty {_KINDS[kind]} value. Key: {name}"
    )


def _check_contents(schema: KeySchema, item: Item) -> None:
    check_key_contents(schema, item)
    for name in schema.names:
        value = item[name]
        kind = schema.types[name]
        if len(value[kind]) > MAX_SORT_KEY_BYTES // 4:
            _check_size(value, is_partition=name in schema.partition)


def _check_size(value: Value, *, is_partition: bool) -> None:
    if "N" in value:
        return
    size = value_size(value)
    if is_partition and size > MAX_PARTITION_KEY_BYTES:
        # The missing blank is the service's.
        raise validation_error(
            f"{INVALID_PARAMETER}Size of hashkey has exceeded the maximum size limit of"
            f"{MAX_PARTITION_KEY_BYTES} bytes"
        )
    if not is_partition and size > MAX_SORT_KEY_BYTES:
        raise validation_error(
            f"{INVALID_PARAMETER}Aggregated size of all range keys has exceeded the size limit of "
            f"{MAX_SORT_KEY_BYTES} bytes"
        )
