"""A table in memory: its items by key, and the order of its partitions, also by secondary index.

Items are AWS's JSON images, which nobody changes once they are stored. A position in a table is
(hash of the partition key, partition key, sort key); in an index the position in the table follows,
since index keys need not be unique. The hash spreads the partitions, so that a parallel scan can
give each segment its share; it depends on the key alone, so a scan can go on after a restart.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from twin.dynamodb.attribute_values import Item, Value, order_key
from twin.dynamodb.item_size import item_size, value_size
from twin.dynamodb.key_schema import MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES, KeySchema
from twin.dynamodb.sorted_positions import Position, SortedPositions

HASH_SPACE = 1 << 32
"""Hashes of partition keys are below this number."""


class StoredItem(NamedTuple):
    """An item in a table."""

    image: Item
    size: int
    """Bytes, as AWS counts them."""
    position: Position


@dataclass(frozen=True, slots=True)
class IndexProjection:
    """Which attributes an index has."""

    kind: str
    """ALL, KEYS_ONLY or INCLUDE."""
    attributes: tuple[str, ...] = ()
    """Those of INCLUDE."""


class SecondaryIndex:
    """A local or global secondary index of one table."""

    def __init__(
        self,
        name: str,
        schema: KeySchema,
        projection: IndexProjection,
        *,
        table_schema: KeySchema,
        is_global: bool,
    ) -> None:
        self.name = name
        self.schema = schema
        self.projection = projection
        self.is_global = is_global
        self.positions = SortedPositions()
        self.count = self.bytes = 0
        """Items in the index, and their size in it."""
        self.key_names = tuple(dict.fromkeys((*table_schema.names, *schema.names)))
        """Attributes that name an item in the index: the table's keys, and its own."""
        self._projected = frozenset((*self.key_names, *projection.attributes))

    @property
    def has_all_attributes(self) -> bool:
        return self.projection.kind == "ALL"

    def has_attribute(self, name: str) -> bool:
        """Whether items in the index have the attribute, if the table's items do."""
        return self.has_all_attributes or name in self._projected

    def projected_image(self, image: Item) -> Item:
        """The attributes of an item that the index has."""
        if self.has_all_attributes:
            return image
        return {name: value for name, value in image.items() if name in self._projected}

    def projected_size(self, item: StoredItem) -> int:
        """Bytes of the item in the index."""
        return item.size if self.has_all_attributes else item_size(self.projected_image(item.image))

    def position(self, item: StoredItem) -> Position | None:
        """Where the item is in the index; None if it lacks a key attribute, or has it wrongly.

        "...if the item does not have the index key attribute, it isn't in the index":
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-indexes-general-sparse-indexes.html
        """
        prefix = index_prefix(self.schema, item.image)
        return None if prefix is None else (*prefix, item.position)


class Table:
    """Items by position, with their order in the table and in each index."""

    def __init__(self, schema: KeySchema, indexes: tuple[SecondaryIndex, ...] = ()) -> None:
        self.schema = schema
        self.indexes: dict[str, SecondaryIndex] = {index.name: index for index in indexes}
        self.positions = SortedPositions()
        self.bytes = 0
        """Size of all items."""
        self.index_key_names: tuple[str, ...] = ()
        """Key attributes of all indexes."""
        self._note_index_keys()
        self._items: dict[Position, StoredItem] = {}

    def __len__(self) -> int:
        return len(self._items)

    def stored_items(self) -> Iterator[StoredItem]:
        """All items; the table must not change during the iteration."""
        return iter(self._items.values())

    def at(self, position: Position) -> StoredItem:
        """The item of a position that is taken."""
        return self._items[position]

    def find(self, position: Position) -> StoredItem | None:
        return self._items.get(position)

    def put(self, new: StoredItem) -> None:
        """Store an item in place of the one with its key."""
        position = new.position
        old = self._items.get(position)
        self._items[position] = new
        if old is None:
            self.positions.add(position)
        self.bytes += new.size - (old.size if old else 0)
        for index in self.indexes.values():
            _move(index, old, new)

    def remove(self, position: Position) -> None:
        """Remove an item if it exists."""
        old = self._items.pop(position, None)
        if old is None:
            return
        self.positions.remove(position)
        self.bytes -= old.size
        for index in self.indexes.values():
            _move(index, old, None)

    def add_index(self, index: SecondaryIndex) -> None:
        """Add an index, and fill it from the items."""
        for item in self._items.values():
            _move(index, None, item)
        self.indexes[index.name] = index
        self._note_index_keys()

    def remove_index(self, name: str) -> None:
        del self.indexes[name]
        self._note_index_keys()

    def _note_index_keys(self) -> None:
        names = [name for index in self.indexes.values() for name in index.schema.names]
        self.index_key_names = tuple(dict.fromkeys(names))


def table_position(schema: KeySchema, key: Item) -> Position:
    """The position of an item with this key, or image, of the right types."""
    partition = schema.partition[0]
    content = key[partition][schema.types[partition]]
    # The partition_prefix of one key attribute, for which this is quicker.
    place: Position = (crc32(content.encode()), content)
    return (*place, order_key(key[schema.sort[0]])) if schema.sort else place


def index_prefix(schema: KeySchema, image: Item) -> Position | None:
    """The part of a position in an index that comes from its own keys; None if they can't be keys.

    No item is written with attributes that can't be keys of an index, but a new index meets older
    items, and leaves out those that violate its key schema:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.ViolationDetection.html
    """
    for name in schema.names:
        if name not in image or schema.types[name] not in image[name]:
            return None
        content = image[name][schema.types[name]]
        if not content or len(content) > MAX_SORT_KEY_BYTES // 4:
            size = value_size(image[name])
            limit = MAX_PARTITION_KEY_BYTES if name in schema.partition else MAX_SORT_KEY_BYTES
            if not 0 < size <= limit:
                return None
    return (
        *partition_prefix([image[name] for name in schema.partition]),
        *(order_key(image[name]) for name in schema.sort),
    )


def partition_prefix(values: Iterable[Value]) -> Position:
    """The beginning of a partition's positions: its hash, and the contents of its keys."""
    contents = [content for value in values for content in value.values()]
    return (crc32("\0".join(contents).encode()), *contents)


def _move(index: SecondaryIndex, old: StoredItem | None, new: StoredItem | None) -> None:
    before = index.position(old) if old is not None else None
    after = index.position(new) if new is not None else None
    if old is not None and before is not None:
        index.count -= 1
        index.bytes -= index.projected_size(old)
    if new is not None and after is not None:
        index.count += 1
        index.bytes += index.projected_size(new)
    if before == after:
        return
    if before is not None:
        index.positions.remove(before)
    if after is not None:
        index.positions.add(after)
