"""moto's DynamoDB backend, made fit to run for long.

moto 5.2 keeps every Item ever made (`BaseModel.__new__` appends to `instances_tracked`), copies
whole tables for each transaction, and admits 25 reads in a transaction where AWS admits 100.
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
    """A list that keeps nothing; moto only ever appends to it."""

    def append(self, _value: object) -> None:
        """Forget it."""


def stop_leaks() -> None:
    """Let moto's DynamoDB objects be garbage once nothing uses them; lift its transaction limit."""
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
    def without(self, hidden: Collection[str]) -> Iterator[None]:
        """Be without these tables, for a block that neither makes nor removes one."""
        whole = self.tables
        if hidden:
            self.tables = {name: table for name, table in whole.items() if name not in hidden}
        try:
            yield
        finally:
            self.tables = whole

    def execute_statement(
        self, statement: str, parameters: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """moto stumbles where a table is not there, unless it is only read.

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
        """A stream that was switched off can be switched on again; moto knows once only.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
        """
        wanted = bool(stream_specification.get("StreamEnabled"))
        if wanted == bool((table.stream_specification or {}).get("StreamEnabled")):
            word = "already has an enabled stream" if wanted else "has no stream to disable"
            raise TableApiError("ValidationException", f"Table {word}: TableName: {table.name}")
        table.set_stream_specification(stream_specification)

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """All or nothing, on copies of only the items concerned instead of whole tables."""
        scratch = RegionBackend(self.region_name, self.account_id)
        wanted = [
            (op.get("TableName", ""), op.get("Item") or op.get("Key") or {})
            for entry in transact_items
            for op in entry.values()
        ]
        for name, key in wanted:
            if name in self.tables:
                _copy_item(self.tables[name], key, scratch.tables)
        DynamoDBBackend.transact_write_items(scratch, transact_items)
        for name, key in wanted:
            if name in self.tables:
                _take_item(self.tables[name], key, scratch.tables[name])


def _copy_item(table: Table, key: Image, copies: dict[str, Table]) -> None:
    """Let the copy of the table have its own copy of this item."""
    if table.name not in copies:
        twin = copy.copy(table)
        twin.items = defaultdict(dict)
        copies[table.name] = twin
    item = find_item(table, key)
    if item is not None:
        store_item(copies[table.name], copy.deepcopy(item))


def _take_item(table: Table, key: Image, changed: Table) -> None:
    item = find_item(changed, key)
    if item is not None:
        store_item(table, item)
    else:
        remove_item(table, key)


def find_item(table: Table, key: Image) -> Item | None:
    """The item of this key, or of an image that holds it; None too if the key is incomplete."""
    if not all(name in key for name in table.table_key_attrs):
        return None
    found = _items(table).get(DynamoType(key[table.hash_key_attr]))
    if isinstance(found, dict):
        return found.get(DynamoType(key[str(table.range_key_attr)]))
    return found


def _items(table: Table) -> dict[DynamoType, Item | dict[DynamoType, Item]]:
    """With a sort key, by both keys; else by the partition key."""
    return cast("dict[DynamoType, Item | dict[DynamoType, Item]]", table.items)


def store_item(table: Table, item: Item) -> None:
    """Put the item into the table as it is."""
    if table.range_key_attr is None:
        _items(table)[item.hash_key] = item
    else:
        table.items[item.hash_key][item.range_key] = item


def store_image(table: Table, image: Image) -> None:
    """Make an item of the image and store it; moto's own way would judge it anew."""
    sort_key = table.range_key_attr
    hash_value = DynamoType(image[table.hash_key_attr])
    range_value = None if sort_key is None else DynamoType(image[sort_key])
    store_item(table, Item(hash_value, range_value, image))


def remove_item(table: Table, key: Image) -> None:
    """Take the item out of the table, if it is there."""
    if not all(name in key for name in table.table_key_attrs):
        return
    hash_key = DynamoType(key[table.hash_key_attr])
    if table.range_key_attr is None:
        table.items.pop(hash_key, None)
        return
    table.items.get(hash_key, {}).pop(DynamoType(key[table.range_key_attr]), None)
    drop_empty_collection(table, key)


def drop_empty_collection(table: Table, key: Image) -> None:
    """Remove the empty item collection that moto leaves for each sort key it misses or deletes."""
    if table.range_key_attr is not None and table.hash_key_attr in key:
        hash_key = DynamoType(key[table.hash_key_attr])
        if table.items.get(hash_key) == {}:
            del table.items[hash_key]
