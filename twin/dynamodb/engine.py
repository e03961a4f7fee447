"""The DynamoDB engine of one Region: all operations on its tables in memory.

An operation runs in three steps: the request is checked against the shape that the API's model
gives it, the operation validates and plans everything, and only then changes something. So an error
leaves no change.
"""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from twin.core.tables.table_engine import (
    EngineResult,
    Image,
    JsonObject,
    RestorePlan,
    TableApiError,
    TableSettings,
    TableStream,
    error_result,
)
from twin.dynamodb.attribute_values import normalise_item
from twin.dynamodb.catalogue import Operation, TableCatalogue, TableRecord
from twin.dynamodb.expiration import is_expired
from twin.dynamodb.item_size import item_size
from twin.dynamodb.operations.batches import batch_get_item, batch_write_item
from twin.dynamodb.operations.item_reads import get_item
from twin.dynamodb.operations.item_writes import delete_item, put_item, update_item
from twin.dynamodb.operations.queries import query, scan
from twin.dynamodb.operations.transactions import transact_get_items, transact_write_items
from twin.dynamodb.partiql.execution import OPERATIONS as PARTIQL_OPERATIONS
from twin.dynamodb.requests import item_shapes, table_shapes
from twin.dynamodb.requests.shapes import Structure, check_request
from twin.dynamodb.requests.table_arns import TableArns
from twin.dynamodb.settings.resource_policies import (
    delete_resource_policy,
    get_resource_policy,
    put_resource_policy,
)
from twin.dynamodb.settings.restores import RESTORE_TABLE, plan_restore
from twin.dynamodb.settings.stored_settings import (
    create_record,
    read_settings,
    read_stream,
    set_setting,
)
from twin.dynamodb.settings.table_lifecycle import create_table, update_table
from twin.dynamodb.settings.table_operations import (
    describe_continuous_backups,
    describe_endpoints,
    describe_limits,
    describe_one_table,
    list_tables,
    update_continuous_backups,
)
from twin.dynamodb.settings.tags import list_tags, tag_resource, untag_resource
from twin.dynamodb.settings.time_to_live import describe_time_to_live, update_time_to_live
from twin.dynamodb.sorted_positions import Position
from twin.dynamodb.tables import StoredItem, table_position

OPERATIONS: dict[str, tuple[Structure, Operation]] = {
    "BatchGetItem": (item_shapes.BATCH_GET_ITEM, batch_get_item),
    "BatchWriteItem": (item_shapes.BATCH_WRITE_ITEM, batch_write_item),
    "CreateTable": (table_shapes.CREATE_TABLE, create_table),
    "DeleteItem": (item_shapes.DELETE_ITEM, delete_item),
    "DeleteResourcePolicy": (table_shapes.DELETE_POLICY, delete_resource_policy),
    "DescribeContinuousBackups": (table_shapes.DESCRIBE_BACKUPS, describe_continuous_backups),
    "DescribeEndpoints": (table_shapes.NOTHING, describe_endpoints),
    "DescribeLimits": (table_shapes.NOTHING, describe_limits),
    "DescribeTable": (table_shapes.DESCRIBE_TABLE, describe_one_table),
    "DescribeTimeToLive": (table_shapes.DESCRIBE_TIME_TO_LIVE, describe_time_to_live),
    "GetItem": (item_shapes.GET_ITEM, get_item),
    "GetResourcePolicy": (table_shapes.GET_POLICY, get_resource_policy),
    "ListTables": (table_shapes.LIST_TABLES, list_tables),
    "ListTagsOfResource": (table_shapes.LIST_TAGS, list_tags),
    "PutItem": (item_shapes.PUT_ITEM, put_item),
    "PutResourcePolicy": (table_shapes.PUT_POLICY, put_resource_policy),
    "Query": (item_shapes.QUERY, query),
    "Scan": (item_shapes.SCAN, scan),
    "TagResource": (table_shapes.TAG_RESOURCE, tag_resource),
    "TransactGetItems": (item_shapes.TRANSACT_GET_ITEMS, transact_get_items),
    "TransactWriteItems": (item_shapes.TRANSACT_WRITE_ITEMS, transact_write_items),
    "UntagResource": (table_shapes.UNTAG_RESOURCE, untag_resource),
    "UpdateContinuousBackups": (table_shapes.UPDATE_BACKUPS, update_continuous_backups),
    "UpdateItem": (item_shapes.UPDATE_ITEM, update_item),
    "UpdateTable": (table_shapes.UPDATE_TABLE, update_table),
    "UpdateTimeToLive": (table_shapes.UPDATE_TIME_TO_LIVE, update_time_to_live),
    **PARTIQL_OPERATIONS,
}

SHAPES = {
    "DeleteTable": table_shapes.DESCRIBE_TABLE,
    "RestoreTableToPointInTime": RESTORE_TABLE,
    **{operation: shape for operation, (shape, _) in OPERATIONS.items()},
}
"""Also of operations that others run."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class MemoryTableEngine:
    """Implements twin.core.tables.table_engine.TableEngine."""

    def __init__(self, region: str, account: str, now: Callable[[], float]) -> None:
        """`now`: seconds since 1970."""
        self._catalogue = TableCatalogue(region, account, now)
        self._arns = TableArns(region, account)

    def serves(self, operation: str) -> bool:
        """Whether `execute` supports the operation."""
        return operation in OPERATIONS

    def execute(
        self, operation: str, request: dict[str, Any], hidden: Collection[str] = ()
    ) -> EngineResult:
        """Run one operation; an API error is a result, too, and leaves no changes.

        Tables in `hidden` do not exist for this operation.
        """
        shape, run = OPERATIONS[operation]
        self._catalogue.hidden = hidden
        try:
            request = self._arns.with_names(request)
            outcome = run(self._catalogue, check_request(shape, request))
        except TableApiError as exc:
            return error_result(exc)
        body = b""
        if outcome.response is not None:
            body = _ENCODER.encode(outcome.response).encode()
        return EngineResult(status=200, body=body, changes=outcome.changes)

    def checked_request(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The request with names for ARNs, and without null members.

        Raises TableApiError if it does not fit the API's model.
        """
        return check_request(SHAPES[operation], self._arns.with_names(request))

    # -- tables and items, for replication and durability

    def table_names(self) -> tuple[str, ...]:
        return tuple(self._catalogue.records)

    def key_names(self, table: str) -> tuple[str, ...]:
        """Names of the key attributes, partition key first."""
        return self._record(table).table.schema.names

    def count_items(self, table: str) -> int:
        return len(self._record(table).table)

    def get_image(self, table: str, key: Image) -> Image | None:
        """The item of this key; None without one."""
        record = self._record(table)
        item = record.table.find(_position(record, _normal_image(record, key)))
        return None if item is None else item.image

    def all_images(self, table: str) -> Iterator[Image]:
        """All items; the table must not change during the iteration."""
        return (item.image for item in self._record(table).table.stored_items())

    def expired_keys(
        self, table: str, at_s: float, among: Collection[Image] | None = None
    ) -> tuple[Image, ...]:
        """Keys of the items whose time to live was over at this time (seconds since 1970).

        `among`: keys; None for all items. Nothing if the table has no time to live.
        """
        ttl, names = self._record(table).shared["ttl"], self.key_names(table)
        if not ttl["enabled"]:
            return ()
        if among is None:
            images = self.all_images(table)
        else:
            found = (self.get_image(table, key) for key in among)
            images = (image for image in found if image is not None)
        return tuple(
            {name: image[name] for name in names}
            for image in images
            if is_expired(image, ttl["attribute"], at_s)
        )

    def put_image(self, table: str, image: Image) -> None:
        """Store an item without conditions and validation: it was validated when first written."""
        record = self._record(table)
        image = _normal_image(record, image)
        record.table.put(StoredItem(image, item_size(image), _position(record, image)))

    def remove_item(self, table: str, key: Image) -> None:
        """Remove an item if it exists."""
        record = self._record(table)
        record.table.remove(_position(record, _normal_image(record, key)))

    def settings(self, table: str) -> TableSettings:
        return read_settings(self._record(table))

    def create_table(self, table: str, settings: TableSettings) -> None:
        """Create a table; missing local settings take their defaults."""
        create_record(self._catalogue, table, settings)

    def set_setting(self, table: str, name: str, value: object) -> None:
        """Change one of the settings."""
        set_setting(self._catalogue, self._record(table), name, value)

    def drop_table(self, table: str) -> None:
        """Remove the table and its items, even with deletion protection."""
        del self._catalogue.records[table]

    def plan_restore(self, request: JsonObject) -> RestorePlan:
        """Validate a RestoreTableToPointInTime that was checked. Raises TableApiError."""
        self._catalogue.hidden = ()
        return plan_restore(self._catalogue, request)

    def stream(self, table: str) -> TableStream | None:
        """The table's current or last stream; None if it never had one."""
        return read_stream(self._record(table))

    def _record(self, table: str) -> TableRecord:
        return self._catalogue.records[table]


def _position(record: TableRecord, image: Image) -> Position:
    return table_position(record.table.schema, image)


def _normal_image(record: TableRecord, image: Image) -> Image:
    """The image in normal form, which the items of older logs may lack.

    What was valid when it was written stays, except that keys must be comparable.
    """
    try:
        return normalise_item(image)
    except TableApiError:
        names = record.table.schema.names
        return {**image, **normalise_item({name: image[name] for name in names})}
