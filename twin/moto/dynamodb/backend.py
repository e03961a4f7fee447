"""moto's DynamoDB backend, fixed for a long-running process.

moto 5.2 keeps a reference to every Item ever created (`BaseModel.__new__` appends to
`instances_tracked`), copies whole tables for each transaction, and allows 25 reads in a transaction
where AWS allows 100.
"""

import contextlib
import copy
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, cast

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ResourceNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import (
    GlobalSecondaryIndex,
    LocalSecondaryIndex,
    StreamRecord,
    StreamShard,
    Table,
)
from moto.dynamodb.parsing import partiql

from twin.core.table_engine import Image, TableApiError


class DiscardingList(list[Any]):
    """A list that stays empty; moto only appends to it."""

    def append(self, _value: object) -> None:
        pass


def stop_leaks() -> None:
    """Let unused DynamoDB objects of moto be garbage collected; raise its transaction limit."""
    for model in (
        Item,
        Table,
        StreamRecord,
        StreamShard,
        LocalSecondaryIndex,
        GlobalSecondaryIndex,
    ):
        setattr(model, "instances_tracked", DiscardingList())  # noqa: B010 - moto does not declare it
    # "up to 100 Get action requests":
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
    responses.TRANSACTION_MAX_ITEMS = 100


class RegionBackend(DynamoDBBackend):
    """One Region's tables."""

    @contextlib.contextmanager
    def hiding(self, hidden: Collection[str]) -> Iterator[None]:
        """Hide these tables during a block that neither creates nor deletes tables."""
        every_table = self.tables
        if hidden:
            self.tables = {name: table for name, table in every_table.items() if name not in hidden}
        try:
            yield
        finally:
            self.tables = every_table

    def execute_statement(
        self, statement: str, parameters: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Report a missing table of a write statement; moto raises KeyError.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
        """
        try:
            result: list[dict[str, Any]] = super().execute_statement(statement, parameters)
        except KeyError as exc:
            named = partiql.get_query_metadata(statement).get_table_names()
            if all(name in self.tables for name in named):
                raise
            raise ResourceNotFoundException from exc
        return result

    def update_table_streams(self, table: Table, stream_specification: dict[str, Any]) -> None:
        """Let a disabled stream be enabled again; moto enables a stream only once.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
        """
        wanted = bool(stream_specification.get("StreamEnabled"))
        if wanted == bool((table.stream_specification or {}).get("StreamEnabled")):
            word = "already has an enabled stream" if wanted else "has no stream to disable"
            raise TableApiError("ValidationException", f"Table {word}: TableName: {table.name}")
        table.set_stream_specification(stream_specification)

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """Run the transaction on copies of its items only, not of whole tables as moto does."""
        copy_backend = RegionBackend(self.region_name, self.account_id)
        wanted = [
            (op.get("TableName", ""), op.get("Item") or op.get("Key") or {})
            for entry in transact_items
            for op in entry.values()
        ]
        for name, key in wanted:
            if name in self.tables:
                _copy_item(self.tables[name], key, copy_backend.tables)
        DynamoDBBackend.transact_write_items(copy_backend, transact_items)
        for name, key in wanted:
            if name in self.tables:
                _copy_back_item(self.tables[name], key, copy_backend.tables[name])


def _copy_item(table: Table, key: Image, copies: dict[str, Table]) -> None:
    """Add a copy of the item to the copy of the table, which is created if needed."""
    if table.name not in copies:
        table_copy = copy.copy(table)
        table_copy.items = defaultdict(dict)
        copies[table.name] = table_copy
    item = find_item(table, key)
    if item is not None:
        store_item(copies[table.name], copy.deepcopy(item))


def _copy_back_item(table: Table, key: Image, changed: Table) -> None:
    item = find_item(changed, key)
    if item is not None:
        store_item(table, item)
    else:
        remove_item(table, key)


def find_item(table: Table, key: Image) -> Item | None:
    """Find the item by its key or image; None if absent or if the key is incomplete."""
    if not all(name in key for name in table.table_key_attrs):
        return None
    found = _items(table).get(DynamoType(key[table.hash_key_attr]))
    if isinstance(found, dict):
        return found.get(DynamoType(key[str(table.range_key_attr)]))
    return found


def _items(table: Table) -> dict[DynamoType, Item | dict[DynamoType, Item]]:
    """Items by partition key, and below that by sort key if the table has one."""
    return cast("dict[DynamoType, Item | dict[DynamoType, Item]]", table.items)


def store_item(table: Table, item: Item) -> None:
    """Store the item without validation."""
    if table.range_key_attr is None:
        _items(table)[item.hash_key] = item
    else:
        table.items[item.hash_key][item.range_key] = item


def store_image(table: Table, image: Image) -> None:
    """Make an item from the image and store it, without moto's validation."""
    sort_key = table.range_key_attr
    hash_value = DynamoType(image[table.hash_key_attr])
    range_value = None if sort_key is None else DynamoType(image[sort_key])
    store_item(table, Item(hash_value, range_value, image))


def remove_item(table: Table, key: Image) -> None:
    """Remove the item if it exists."""
    if not all(name in key for name in table.table_key_attrs):
        return
    hash_key = DynamoType(key[table.hash_key_attr])
    if table.range_key_attr is None:
        table.items.pop(hash_key, None)
        return
    table.items.get(hash_key, {}).pop(DynamoType(key[table.range_key_attr]), None)
    drop_empty_collection(table, key)


def drop_empty_collection(table: Table, key: Image) -> None:
    """Remove the empty item collection that moto leaves after a miss or a delete by sort key."""
    if table.range_key_attr is not None and table.hash_key_attr in key:
        hash_key = DynamoType(key[table.hash_key_attr])
        if table.items.get(hash_key) == {}:
            del table.items[hash_key]
