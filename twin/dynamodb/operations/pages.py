"""Reads one page of a query or a scan: at most 1 MB of items, or as many as the request allows.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from twin.dynamodb.attribute_values import Item
from twin.dynamodb.catalogue import TableRecord
from twin.dynamodb.expressions.conditions import Condition, condition_holds
from twin.dynamodb.item_size import item_size
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.sorted_positions import AFTER, Position, SortedPositions
from twin.dynamodb.tables import HASH_SPACE, SecondaryIndex, StoredItem

MAX_PAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """What a query or scan reads: a table, or one of its indexes."""

    record: TableRecord
    index: SecondaryIndex | None = None
    whole_items: bool = False
    """Whether attributes that a local index lacks are fetched from the table."""

    @property
    def schema(self) -> KeySchema:
        return self.record.table.schema if self.index is None else self.index.schema

    @property
    def positions(self) -> SortedPositions:
        return self.record.table.positions if self.index is None else self.index.positions

    @property
    def start_names(self) -> tuple[str, ...]:
        """The attributes of ExclusiveStartKey and LastEvaluatedKey."""
        return self.record.table.schema.names if self.index is None else self.index.key_names

    def at(self, position: Position) -> StoredItem:
        """The item at a position of the table or index."""
        return self.record.table.at(position if self.index is None else position[-1])


class Span(NamedTuple):
    """Positions from `low` (included) up to `high` (excluded)."""

    low: Position
    high: Position


@dataclass(frozen=True, slots=True)
class Page:
    """A page of items, before their projection to the wanted attributes."""

    images: list[Item]
    """Those that the filter lets through."""
    scanned: int
    index_bytes: int
    table_bytes: int
    """Bytes read from the table, for an index those of whole items."""
    last: StoredItem | None
    """The last item read, if the page is full: there may be more."""


def segment_span(segment: int, total: int) -> Span:
    """The positions of one segment of a parallel scan."""
    return Span((HASH_SPACE * segment // total,), (HASH_SPACE * (segment + 1) // total,))


def after_start(span: Span, start: Position, *, forward: bool) -> Span:
    """The part of the span behind a position, in the direction of reading."""
    if forward:
        return Span(max(span.low, (*start, AFTER)), span.high)
    return Span(span.low, min(span.high, start))


def read_page(
    source: Source,
    span: Span,
    *,
    forward: bool = True,
    limit: int | None = None,
    condition: Condition | None = None,
) -> Page:
    """Read items in order until the page is full."""
    images: list[Item] = []
    count = size = index_bytes = table_bytes = 0
    for item in _items(source, span, forward=forward):
        image, in_index, in_table = _read(source, item)
        count += 1
        size += in_table if source.index is None else in_index
        index_bytes += in_index
        table_bytes += in_table
        if condition is None or condition_holds(condition, image):
            images.append(image)
        if count == limit or size >= MAX_PAGE_BYTES:
            return Page(images, count, index_bytes, table_bytes, item)
    return Page(images, count, index_bytes, table_bytes, None)


def _items(source: Source, span: Span, *, forward: bool) -> Iterator[StoredItem]:
    positions = source.positions
    read = positions.ascending if forward else positions.descending
    return map(source.at, read(*span))


def _read(source: Source, item: StoredItem) -> tuple[Item, int, int]:
    """The image, its bytes in the index, and its bytes in the table."""
    index = source.index
    if index is None:
        return item.image, 0, item.size
    if source.whole_items:
        return item.image, index.projected_size(item), item.size
    image = index.projected_image(item.image)
    return image, item.size if image is item.image else item_size(image), 0
