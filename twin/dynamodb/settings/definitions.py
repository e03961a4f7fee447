"""Checks the keys, attributes and indexes of a table that is created or changed.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from collections.abc import Iterable
from typing import Any

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error

MAX_LOCAL_INDEXES = 5
MAX_GLOBAL_INDEXES = 20
MAX_PROJECTED_ATTRIBUTES = 100
"""Of all indexes of a table together, each counted once for every index."""
MAX_KEYS_OF_KIND = 4
"""Partition keys, and sort keys, of a global index."""
MAX_UNITS = 1_000_000_000_000
SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"


def check_table_keys(schema: list[JsonObject], attributes: list[JsonObject]) -> None:
    """Check a table's own key schema. Raises ValidationException."""
    defined = attribute_names(attributes)
    if len(schema) > len(defined):
        raise validation_error("Invalid KeySchema: Some index key attribute have no definition")
    _check_defined(schema, defined)
    _check_pair(schema)


def check_attributes(attributes: list[JsonObject], used: set[str], *, has_indexes: bool) -> None:
    """Check that exactly the key attributes are defined. Raises ValidationException."""
    defined = attribute_names(attributes)
    if set(defined) == used and len(defined) == len(used):
        return
    if (doubled := _first_repeated(defined)) is not None:
        raise validation_error(f"{INVALID_PARAMETER}Duplicate AttributeName: {doubled}")
    if not has_indexes:
        raise validation_error(
            f"{INVALID_PARAMETER}Number of attributes in KeySchema does not exactly match number "
            "of attributes defined in AttributeDefinitions"
        )
    needed = [name for name in defined if name in used]
    raise validation_error(
        f"{INVALID_PARAMETER}Some AttributeDefinitions are not used. AttributeDefinitions: "
        f"[{', '.join(defined)}], keys used: [{', '.join(needed)}]"
    )


def _first_repeated(names: Iterable[str]) -> str | None:
    """The first name that was there before; None without one."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def check_local_indexes(
    indexes: list[JsonObject], schema: list[JsonObject], attributes: list[JsonObject]
) -> None:
    """Check the local indexes of a table. Raises ValidationException."""
    if not indexes:
        raise validation_error(f"{INVALID_PARAMETER}List of LocalSecondaryIndexes is empty")
    if len(schema) < 2:
        raise validation_error(
            f"{INVALID_PARAMETER}Table KeySchema does not have a range key, which is required when "
            "specifying a LocalSecondaryIndex"
        )
    for index in indexes[: MAX_LOCAL_INDEXES + 1]:
        keys = index["KeySchema"]
        _check_defined(keys, attribute_names(attributes))
        _check_pair(keys)
        _check_local_keys(index, schema[0]["AttributeName"])
        check_projection(index)
    if len(indexes) > MAX_LOCAL_INDEXES:
        raise validation_error(
            f"{INVALID_PARAMETER}Number of LocalSecondaryIndexes exceeds per-table limit of "
            f"{MAX_LOCAL_INDEXES}"
        )


def _check_local_keys(index: JsonObject, table_hash: str) -> None:
    keys, name = index["KeySchema"], index["IndexName"]
    if len(keys) < 2:
        raise validation_error(
            f"{INVALID_PARAMETER}Index KeySchema does not have a range key for index: {name}"
        )
    if keys[0]["AttributeName"] != table_hash:
        raise validation_error(
            f"{INVALID_PARAMETER}Index KeySchema does not have the same leading hash key as table "
            f"KeySchema for index: {name}. index hash key: {keys[0]['AttributeName']}, table hash "
            f"key: {table_hash}"
        )


def check_global_indexes(indexes: list[JsonObject], attributes: list[JsonObject]) -> None:
    """Check the global indexes of a table. Raises ValidationException."""
    if not indexes:
        raise validation_error(f"{INVALID_PARAMETER}List of GlobalSecondaryIndexes is empty")
    for index in indexes[: MAX_GLOBAL_INDEXES + 1]:
        check_global_index(index, attributes)
    if len(indexes) > MAX_GLOBAL_INDEXES:
        raise validation_error(
            f"{INVALID_PARAMETER}GlobalSecondaryIndex count exceeds the per-table limit of "
            f"{MAX_GLOBAL_INDEXES}"
        )


def check_global_index(index: JsonObject, attributes: list[JsonObject]) -> None:
    """Check one global index. Raises ValidationException."""
    keys = index["KeySchema"]
    _check_defined(keys, attribute_names(attributes))
    kinds = [element["KeyType"] for element in keys]
    if len(keys) <= 2 and kinds != ["HASH", "HASH"]:
        _check_pair(keys)
    else:
        _check_several(index["IndexName"], keys, kinds)
    check_projection(index)


def _check_several(name: str, keys: list[JsonObject], kinds: list[str]) -> None:
    """Check an index of more than one attribute for partition or sort key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
    """
    names = attribute_names(keys)
    if len(set(names)) < len(names):
        raise validation_error(SAME_NAME)
    if kinds != sorted(kinds):
        raise validation_error(
            f"Invalid KeySchema: All HASH key elements must precede all RANGE key elements for "
            f"index: {name}"
        )
    if kinds[0] != "HASH":
        raise validation_error(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        )
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > MAX_KEYS_OF_KIND:
            raise validation_error(
                f"Invalid KeySchema: The number of {kind} key elements exceeds the limit of "
                f"{MAX_KEYS_OF_KIND} for index: {name}"
            )


def check_projection(index: JsonObject) -> None:
    """Check an index's projection. Raises ValidationException."""
    projection = index["Projection"]
    kind, attributes = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise validation_error(f"{INVALID_PARAMETER}Unknown ProjectionType: null")
    if kind != "INCLUDE" and attributes is not None:
        raise validation_error(
            f"{INVALID_PARAMETER}ProjectionType is {kind}, but NonKeyAttributes is specified"
        )
    if kind == "INCLUDE" and not attributes:
        raise validation_error(
            f"{INVALID_PARAMETER}ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
        )
    if attributes is not None and len(set(attributes)) < len(attributes):
        raise validation_error(
            f"{INVALID_PARAMETER}Duplicate values in NonKeyAttributes of index: "
            f"{index['IndexName']}"
        )


def check_index_names(names: Iterable[str]) -> None:
    """Check that no two indexes have one name. Raises ValidationException."""
    if (doubled := _first_repeated(names)) is not None:
        raise validation_error(f"{INVALID_PARAMETER}Duplicate index name: {doubled}")


def check_projected_count(indexes: Iterable[JsonObject]) -> None:
    """Check the number of projected attributes of all indexes. Raises ValidationException."""
    count = sum(len(index["Projection"].get("NonKeyAttributes") or ()) for index in indexes)
    if count > MAX_PROJECTED_ATTRIBUTES:
        raise validation_error(
            f"{INVALID_PARAMETER}Number of attributes projected into all indexes exceeds the "
            f"per-table limit of {MAX_PROJECTED_ATTRIBUTES}: {count}"
        )


def check_units(throughput: JsonObject) -> None:
    """Check that provisioned units are within bounds. Raises ValidationException."""
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if throughput[name] > MAX_UNITS:
            raise validation_error(f"Given value {throughput[name]} for {name} is out of bounds")


def check_stream(specification: JsonObject) -> None:
    """Check a stream's specification. Raises ValidationException."""
    enabled, view = specification["StreamEnabled"], specification.get("StreamViewType")
    if enabled and view is None:
        raise validation_error(
            f"{INVALID_PARAMETER}StreamViewType must be specified when StreamEnabled is true"
        )
    if not enabled and view is not None:
        raise validation_error(
            f"{INVALID_PARAMETER}StreamViewType must not be specified when StreamEnabled is false"
        )


def used_attributes(schemas: Iterable[list[JsonObject]]) -> set[str]:
    """The names of all key attributes."""
    return {element["AttributeName"] for schema in schemas for element in schema}


def attribute_names(attributes: list[JsonObject]) -> list[str]:
    """The names in AttributeDefinitions or in a KeySchema."""
    return [attribute["AttributeName"] for attribute in attributes]


def _check_defined(keys: list[JsonObject], defined: list[str]) -> None:
    names = attribute_names(keys)
    if not set(names) <= set(defined):
        raise validation_error(
            f"{INVALID_PARAMETER}Some index key attributes are not defined in "
            f"AttributeDefinitions. Keys: [{', '.join(names)}], AttributeDefinitions: "
            f"[{', '.join(defined)}]"
        )


def _check_pair(keys: list[dict[str, Any]]) -> None:
    """Check a schema of a partition key, and perhaps a sort key."""
    names = attribute_names(keys)
    if len(set(names)) < len(names):
        raise validation_error(SAME_NAME)
    if keys[0]["KeyType"] != "HASH":
        raise validation_error(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        )
    if len(keys) > 1 and keys[1]["KeyType"] != "RANGE":
        raise validation_error(
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
        )
