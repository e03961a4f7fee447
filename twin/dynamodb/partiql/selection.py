"""Executes a SELECT: a read of one item, of some partitions, or of the whole table or index.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.attribute_values import Item, normalise_item, order_key
from twin.dynamodb.catalogue import Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.expressions.conditions import Condition
from twin.dynamodb.expressions.paths import Path, value_at
from twin.dynamodb.item_size import item_size
from twin.dynamodb.operations.capacity import ConsumedCapacity, read_units
from twin.dynamodb.operations.pages import (
    MAX_PAGE_BYTES,
    Page,
    Source,
    Span,
    after_start,
    read_page,
)
from twin.dynamodb.operations.queries import (
    WHOLE_SPAN,
    WRONG_START,
    check_start_key,
    start_position,
)
from twin.dynamodb.partiql.compilation import Parameters, compile_condition
from twin.dynamodb.partiql.key_ranges import (
    PartitionRange,
    conjuncts,
    exact_key,
    key_ranges,
)
from twin.dynamodb.partiql.syntax import CallNode, SelectStatement
from twin.dynamodb.tables import SecondaryIndex, table_position

Start = tuple[int, Item | None]
"""Where a page starts: the number of a range, and the last key read in it; None: its beginning."""


@dataclass(slots=True)
class SelectedItems:
    """What a SELECT returns, and what it has read."""

    images: list[Item] = field(default_factory=list)
    """Whole items of the table or index."""
    scanned: int = 0
    index_bytes: int = 0
    table_bytes: int = 0
    next_range: int = 0
    last_key: Item | None = None
    """The last item read, after which the next page starts; None: it starts with `next_range`."""
    is_complete: bool = False

    def add(self, page: Page) -> None:
        self.images += page.images
        self.scanned += page.scanned
        self.index_bytes += page.index_bytes
        self.table_bytes += page.table_bytes


class Selection:
    """A SELECT on the present tables, checked as far as possible without reading."""

    def __init__(
        self,
        catalogue: TableCatalogue,
        statement: SelectStatement,
        parameters: Parameters,
        *,
        consistent: bool,
    ) -> None:
        """Raises TableApiError."""
        where = statement.where
        self._paths = statement.paths
        self._condition: Condition | None = None
        if where is not None:
            self._condition = compile_condition(where, parameters)
        self.record = catalogue.table(statement.table)
        self._consistent = consistent
        index = _index(self.record, statement.index, consistent=consistent)
        whole_items = index is not None and _reaches_back(index, statement.paths)
        self.source = Source(self.record, index, whole_items)
        ranges = key_ranges(where, self.source.schema, parameters)
        if index is not None and ranges is not None and len(ranges) == 1:
            self._check_filter(index)
        self._forward, self._merged = True, False
        if statement.order:
            ranges = self._ordered(statement, ranges)
        self._spans = [WHOLE_SPAN] if ranges is None else [r.span for r in ranges]

    def _check_filter(self, index: SecondaryIndex) -> None:
        paths = self._condition.paths if self._condition is not None else ()
        names = dict.fromkeys(str(path[0]) for path in paths)
        missing = [name for name in names if not index.has_attribute(name)]
        if missing:
            raise validation_error(
                f"{INVALID_PARAMETER}Secondary index {index.name} does not project one or more "
                f"filter attributes: [{', '.join(missing)}]"
            )

    def _ordered(
        self, statement: SelectStatement, ranges: tuple[PartitionRange, ...] | None
    ) -> tuple[PartitionRange, ...]:
        if statement.where is None:
            raise validation_error(
                "Must have WHERE clause in the statement when using ORDER BY clause."
            )
        if ranges is None:
            raise validation_error(
                "Must have at least one non-optional hash key condition in WHERE clause when using "
                "ORDER BY clause."
            )
        schema = self.source.schema
        for name, _ in statement.order:
            if name not in schema.names:
                raise validation_error(
                    f"Variable reference {name} in ORDER BY clause must be part of the primary key"
                )
        directions = dict(statement.order)
        self._forward = all(directions.get(name, True) for name in schema.sort)
        (partition,) = schema.partition
        if partition not in directions:
            self._merged = len(ranges) > 1
            return ranges
        ascending = directions[partition]
        return tuple(sorted(ranges, key=_partition_order, reverse=not ascending))

    # -- reading

    def check_start(self, start: Start) -> None:
        """Raise ValidationException for a place where no page of the present table has ended."""
        number, key = start
        try:
            if key is not None:
                check_start_key(self.source, key, WRONG_START)
                start_position(self.source, key)
        except TableApiError:
            raise _invalid_token() from None
        if number < 0:
            raise _invalid_token()

    def read(self, limit: int | None, start: Start) -> SelectedItems:
        """Read a page from `start` on."""
        if self._merged:
            return self._read_merged(limit, start[1])
        selected = SelectedItems()
        first, key = start
        for number in range(first, len(self._spans)):
            span = self._spans[number]
            if key is not None:
                span, key = self._after(span, key), None
            remaining = None if limit is None else limit - selected.scanned
            page = self._read_page(span, remaining)
            selected.add(page)
            selected.next_range = number
            if page.last is not None:
                selected.last_key = self._key_of(page.last.image)
                return selected
            if selected.table_bytes + selected.index_bytes >= MAX_PAGE_BYTES:
                selected.next_range, selected.last_key = number + 1, None
                selected.is_complete = number + 1 == len(self._spans)
                return selected
        selected.is_complete = True
        return selected

    def _read_page(self, span: Span, limit: int | None) -> Page:
        return read_page(
            self.source, span, forward=self._forward, limit=limit, condition=self._condition
        )

    def _read_merged(self, limit: int | None, last: Item | None) -> SelectedItems:
        """Read all partitions, and put their items in order by the sort key."""
        selected = SelectedItems()
        for number in range(len(self._spans)):
            span: Span | None = self._spans[number]
            while span is not None:
                page = self._read_page(span, None)
                selected.add(page)
                span = self._rest(span, page)
        rows = sorted(selected.images, key=self._merge_key, reverse=not self._forward)
        if last is not None:
            place = self._merge_key(last)
            rows = [
                row
                for row in rows
                if (self._merge_key(row) > place) == self._forward and self._merge_key(row) != place
            ]
        selected.images = _first_page(rows, limit)
        selected.is_complete = len(selected.images) == len(rows)
        if not selected.is_complete:
            selected.last_key = self._key_of(selected.images[-1])
        return selected

    def _rest(self, span: Span, page: Page) -> Span | None:
        return None if page.last is None else self._after(span, self._key_of(page.last.image))

    def _merge_key(self, image: Item) -> tuple[Any, ...]:
        sort = tuple(order_key(image[name]) for name in self.source.schema.sort)
        return (*sort, table_position(self.record.table.schema, image))

    def _after(self, span: Span, key: Item) -> Span:
        return after_start(span, start_position(self.source, key), forward=self._forward)

    def _key_of(self, image: Item) -> Item:
        return {name: image[name] for name in self.source.start_names}

    # -- responses

    def projected(self, image: Item) -> Item:
        """The selected part of an item: each value under the last name of its path."""
        if self._paths is None:
            return image
        found = ((path, value_at(image, path)) for path in self._paths)
        return {_column(path): value for path, value in found if value is not None}

    def consumed(self, selected: SelectedItems) -> ConsumedCapacity:
        """What reading has consumed."""
        consumed = ConsumedCapacity(self.record.name)
        index = self.source.index
        if index is not None:
            units = read_units(selected.index_bytes, consistent=self._consistent)
            consumed.add_index(index, units)
        if index is None or self.source.whole_items:
            consumed.units = read_units(selected.table_bytes, consistent=self._consistent)
        return consumed


def _first_page(rows: list[Item], limit: int | None) -> list[Item]:
    size = 0
    for count, row in enumerate(rows[:limit], 1):
        size += item_size(row)
        if size >= MAX_PAGE_BYTES:
            return rows[:count]
    return rows[:limit]


def execute_select(selection: Selection, request: Request, *, wanted: str) -> JsonObject:
    """The response of an ExecuteStatement. Raises TableApiError for a wrong NextToken."""
    fingerprint = _fingerprint(request)
    start: Start = (0, None)
    if "NextToken" in request:
        start = _decode_token(request["NextToken"], fingerprint)
        selection.check_start(start)
    selected = selection.read(request.get("Limit"), start)
    response: JsonObject = {"Items": [selection.projected(image) for image in selected.images]}
    if not selected.is_complete:
        place = [fingerprint, selected.next_range, selected.last_key]
        response["NextToken"] = base64.b64encode(json.dumps(place).encode()).decode()
        if selected.last_key is not None:
            response["LastEvaluatedKey"] = selected.last_key
    if wanted != "NONE":
        response["ConsumedCapacity"] = selection.consumed(selected).describe(wanted)
    return response


def selected_key(
    statement: SelectStatement, record: TableRecord, parameters: Parameters
) -> Item | None:
    """The key of the one item that a SELECT in a batch or transaction reads; None: not one."""
    calls = (term for term in conjuncts(statement.where) if isinstance(term, CallNode))
    if statement.index is not None or any(calls):
        return None
    return exact_key(statement.where, record.table.schema, parameters)


def _fingerprint(request: Request) -> int:
    return crc32(json.dumps([request["Statement"], request.get("Parameters")]).encode())


_ERRORS_OF_TOKENS = (
    binascii.Error,
    ValueError,
    OverflowError,
    RecursionError,
    TypeError,
    AttributeError,
)
"""A token is the client's: it may decode to anything that JSON has."""


def _decode_token(token: str, fingerprint: int) -> Start:
    try:
        owner, number, key = json.loads(base64.b64decode(token, validate=True))
        key = None if key is None else normalise_item(key)
        place = int(number)
    except (*_ERRORS_OF_TOKENS, TableApiError):
        raise _invalid_token() from None
    if owner != fingerprint:
        raise validation_error("NextToken does not match request")
    return place, key


def _invalid_token() -> TableApiError:
    return validation_error("Invalid NextToken")


def _index(record: TableRecord, name: str | None, *, consistent: bool) -> SecondaryIndex | None:
    if name is None:
        return None
    index = record.table.indexes.get(name)
    if index is None:
        raise validation_error("The table does not have the specified index")
    if len(index.schema.partition) > 1 or len(index.schema.sort) > 1:
        raise validation_error(
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
            "multi-attribute RANGE keys."
        )
    if consistent and index.is_global:
        raise validation_error(
            "Strongly consistent read is not supported on Global Secondary Indexes"
        )
    return index


def _reaches_back(index: SecondaryIndex, paths: tuple[Path, ...] | None) -> bool:
    """Whether the table has to be read for attributes that the index lacks: a local one can."""
    names = dict.fromkeys(str(path[0]) for path in paths or ())
    missing = [name for name in names if not index.has_attribute(name)]
    if missing and index.is_global:
        raise validation_error(
            f"{INVALID_PARAMETER}Global secondary index {index.name} does not project "
            f"[{', '.join(missing)}]"
        )
    return bool(missing)


def _partition_order(partition: PartitionRange) -> Any:  # noqa: ANN401 - of one type in one table
    return order_key(partition.partition)


def _column(path: Path) -> str:
    """The name of a value in the result: the last name of its path, with the indexes after it."""
    column = ""
    for element in path:
        column = element if isinstance(element, str) else f"{column}[{element}]"
    return column
