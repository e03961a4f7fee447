"""GetItem, and what all reads share: keys, projections, their consumed capacity.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
"""

from collections.abc import Mapping
from typing import Any

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.attribute_values import Item, normalise_item
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.expressions.legacy import parse_attributes_to_get
from twin.dynamodb.expressions.paths import check_scalar_keys
from twin.dynamodb.expressions.placeholders import (
    Placeholders,
    check_parameters,
    read_placeholders,
)
from twin.dynamodb.expressions.projections import Projection, parse_projection, project
from twin.dynamodb.keys import check_key
from twin.dynamodb.operations.capacity import ConsumedCapacity, read_units, wanted_capacity
from twin.dynamodb.tables import StoredItem, table_position

PROJECTION_EXPRESSION = ("ProjectionExpression",)
PROJECTION_LEGACY = ("AttributesToGet",)


def get_item(catalogue: TableCatalogue, request: Request) -> Outcome:
    check_parameters(request, PROJECTION_EXPRESSION, PROJECTION_LEGACY)
    key = normalise_item(request["Key"])
    projection = only_projection(request)
    record = catalogue.item_table(request["TableName"])
    item = find_item(record, key)
    check_projection(record, projection)
    response: JsonObject = {}
    if item is not None:
        response["Item"] = projected(item.image, projection)
    wanted = wanted_capacity(request)
    if wanted != "NONE":
        units = read_units(
            0 if item is None else item.size, consistent=bool(request.get("ConsistentRead"))
        )
        response["ConsumedCapacity"] = ConsumedCapacity(record.name, units).describe(wanted)
    return Outcome(response)


def find_item(record: TableRecord, key: Item) -> StoredItem | None:
    """The item of a key. Raises ValidationException for a wrong key."""
    check_key(record.table.schema, key)
    return record.table.find(table_position(record.table.schema, key))


def only_projection(request: Mapping[str, Any]) -> Projection | None:
    """The attributes that a request without other expressions wants; None for all."""
    placeholders = read_placeholders(request)
    projection = request_projection(request, placeholders)
    placeholders.check_unused()
    return projection


def check_projection(record: TableRecord, projection: Projection | None) -> None:
    """Raise ValidationException for paths into key attributes."""
    if projection is not None:
        table = record.table
        check_scalar_keys(projection.paths, table.schema.names, table.index_key_names)


def request_projection(request: Mapping[str, Any], placeholders: Placeholders) -> Projection | None:
    """The attributes that the request wants, of either kind; None for all."""
    if "ProjectionExpression" in request:
        return parse_projection(request["ProjectionExpression"], placeholders)
    return older_projection(request)


def older_projection(request: Mapping[str, Any]) -> Projection | None:
    """The AttributesToGet; None without."""
    names = request.get("AttributesToGet")
    return None if names is None else parse_attributes_to_get(names)


def projected(image: Item, projection: Projection | None) -> Item:
    """The wanted part of an item."""
    return image if projection is None else project(projection, image)
