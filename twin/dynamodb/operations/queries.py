"""Query and Scan.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

import re
from typing import Any

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.attribute_values import Item, normalise_item, order_key
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import INVALID_PARAMETER, older_words, validation_error
from twin.dynamodb.expressions.conditions import (
    Condition,
    check_filter_keys,
    parse_condition,
)
from twin.dynamodb.expressions.key_conditions import (
    PARAMETER,
    KeyCondition,
    key_clauses,
    resolve_key_clauses,
)
from twin.dynamodb.expressions.legacy import legacy_key_clauses, parse_filter
from twin.dynamodb.expressions.paths import check_scalar_keys
from twin.dynamodb.expressions.placeholders import (
    Placeholders,
    check_parameters,
    read_placeholders,
)
from twin.dynamodb.expressions.projections import Projection
from twin.dynamodb.keys import WRONG_KEY, check_key
from twin.dynamodb.operations.capacity import ConsumedCapacity, read_units, wanted_capacity
from twin.dynamodb.operations.item_reads import older_projection, projected, request_projection
from twin.dynamodb.operations.pages import (
    Page,
    Source,
    Span,
    after_start,
    read_page,
    segment_span,
)
from twin.dynamodb.sorted_positions import AFTER, Position
from twin.dynamodb.tables import (
    HASH_SPACE,
    SecondaryIndex,
    index_prefix,
    partition_prefix,
    table_position,
)

QUERY_EXPRESSIONS = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")
QUERY_LEGACY = ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions")
SCAN_EXPRESSIONS = ("ProjectionExpression", "FilterExpression")
SCAN_LEGACY = ("AttributesToGet", "ScanFilter", "ConditionalOperator")
WRONG_START = "The provided starting key is invalid"
_BARE_ERROR = re.compile("duplicates|number set|numeric|significant digits|with magnitude")
"""A starting key's errors that the service reports as they are."""
WHOLE_SPAN = Span((0,), (HASH_SPACE,))


# -- operations


def query(catalogue: TableCatalogue, request: Request) -> Outcome:
    check_parameters(request, QUERY_EXPRESSIONS, QUERY_LEGACY)
    condition = _older_filter(request, "QueryFilter")
    projection = older_projection(request)
    start = _start_key(request)
    placeholders = read_placeholders(request)
    key_condition = _key_condition(request, placeholders)
    condition = condition or _request_filter(request, placeholders)
    projection = projection or request_projection(request, placeholders)
    placeholders.check_unused()
    clauses = (
        legacy_key_clauses(request["KeyConditions"])
        if key_condition is None
        else key_clauses(key_condition)
    )
    _check_select(request)
    record = catalogue.item_table(request["TableName"])
    source = _source(record, request, projection)
    if start is not None:
        check_start_key(source, start, WRONG_START)
    keys = resolve_key_clauses(clauses, source.schema)
    span = key_span(keys)
    forward = request.get("ScanIndexForward", True)
    if start is not None:
        position = start_position(source, start)
        _check_start_in_query(span, position, keys)
        span = after_start(span, position, forward=forward)
    if condition is not None:
        check_filter_keys(condition, source.schema.names)
    _check_whole_items(source, request)
    _check_paths(source, condition, projection)
    page = read_page(source, span, forward=forward, limit=request.get("Limit"), condition=condition)
    return Outcome(_response(source, page, request, projection))


def scan(catalogue: TableCatalogue, request: Request) -> Outcome:
    with older_words():
        check_parameters(request, SCAN_EXPRESSIONS, SCAN_LEGACY)
        projection = older_projection(request)
        condition = _older_filter(request, "ScanFilter")
        start = _start_key(request)
        _check_segments(request)
        placeholders = read_placeholders(request, wrap_value_errors=True)
        condition = condition or _request_filter(request, placeholders)
        projection = projection or request_projection(request, placeholders)
        placeholders.check_unused()
    _check_select(request)
    record = catalogue.item_table(request["TableName"])
    source = _source(record, request, projection)
    if start is not None:
        of_table = f"{WRONG_START}: {WRONG_KEY}"
        check_start_key(source, start, of_table if source.index is None else WRONG_START)
    _check_whole_items(source, request)
    span = _scan_span(source, request, start)
    _check_paths(source, condition, projection)
    page = read_page(source, span, limit=request.get("Limit"), condition=condition)
    return Outcome(_response(source, page, request, projection))


# -- parts of requests


def _older_filter(request: Request, name: str) -> Condition | None:
    """The QueryFilter or ScanFilter, which the service judges before a starting key."""
    if request.get(name):
        return parse_filter(request[name], request.get("ConditionalOperator"), name)
    if "ConditionalOperator" in request:
        raise validation_error("ConditionalOperator cannot be used without Filter or Expected")
    return None


def _request_filter(request: Request, placeholders: Placeholders) -> Condition | None:
    if "FilterExpression" in request:
        return parse_condition(request["FilterExpression"], placeholders, "FilterExpression")
    return None


def _key_condition(request: Request, placeholders: Placeholders) -> Condition | None:
    """The KeyConditionExpression; None if the request has KeyConditions instead."""
    if "KeyConditionExpression" in request:
        return parse_condition(request["KeyConditionExpression"], placeholders, PARAMETER)
    if "KeyConditions" not in request:
        raise validation_error(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request."
        )
    return None


def _check_paths(
    source: Source, condition: Condition | None, projection: Projection | None
) -> None:
    """Raise ValidationException for paths into key attributes."""
    paths = (
        *(() if projection is None else projection.paths),
        *(() if condition is None else condition.paths),
    )
    table = source.record.table
    check_scalar_keys(paths, table.schema.names, table.index_key_names)


def _start_key(request: Request) -> Item | None:
    if "ExclusiveStartKey" not in request:
        return None
    try:
        return normalise_item(request["ExclusiveStartKey"])
    except TableApiError as exc:
        if exc.code != "ValidationException" or _BARE_ERROR.search(exc.message):
            raise
        raise validation_error(f"{WRONG_START}: {exc.message}") from exc


def _check_segments(request: Request) -> None:
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is not None and total is None:
        raise validation_error(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        )
    if total is not None and segment is None:
        raise validation_error(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        )
    if segment is not None and total is not None and segment >= total:
        raise validation_error(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )


def _check_select(request: Request) -> None:
    select = request.get("Select")
    names = [n for n in ("ProjectionExpression", "AttributesToGet") if n in request]
    if select == "SPECIFIC_ATTRIBUTES":
        if not names:
            raise validation_error(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                "SPECIFIC_ATTRIBUTES"
            )
    elif select is not None and names:
        raise validation_error(f"Cannot specify the {names[0]} when choosing to get {select}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        raise validation_error(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )


def _source(record: TableRecord, request: Request, projection: Projection | None) -> Source:
    name = request.get("IndexName")
    if name is None:
        return Source(record)
    index = record.table.indexes.get(name)
    if index is None:
        raise validation_error(f"The table does not have the specified index: {name}")
    if index.is_global and request.get("ConsistentRead"):
        raise validation_error("Consistent reads are not supported on global secondary indexes")
    wants_all = request.get("Select") == "ALL_ATTRIBUTES" and not index.has_all_attributes
    missing = _not_projected(index, projection)
    if missing and index.is_global:
        raise validation_error(
            f"{INVALID_PARAMETER}Global secondary index {name} does not project "
            f"[{', '.join(missing)}]"
        )
    return Source(record, index, whole_items=wants_all or bool(missing))


def _check_whole_items(source: Source, request: Request) -> None:
    """Raise ValidationException if whole items are wanted of a global index that lacks some."""
    index = source.index
    if index is None or not index.is_global or index.has_all_attributes:
        return
    if request.get("Select") == "ALL_ATTRIBUTES":
        raise validation_error(
            f"{INVALID_PARAMETER}Select type ALL_ATTRIBUTES is not supported for global secondary "
            f"index {index.name} because its projection type is not ALL"
        )


def _not_projected(index: SecondaryIndex, projection: Projection | None) -> list[str]:
    """Wanted attributes that the index does not have."""
    if projection is None:
        return []
    names = dict.fromkeys(str(path[0]) for path in projection.paths)
    return [name for name in names if not index.has_attribute(name)]


# -- positions


def key_span(keys: KeyCondition) -> Span:
    """The positions that fulfil a key condition."""
    prefix: Position = (
        *partition_prefix(keys.partition),
        *map(order_key, keys.sort_prefix),
    )
    if keys.sort is None:
        return Span(prefix, (*prefix, AFTER))
    low: Position = prefix
    if keys.sort.low is not None:
        low = (*prefix, keys.sort.low)
        if not keys.sort.low_included:
            low = (*low, AFTER)
    high: Position = (*prefix, AFTER)
    if keys.sort.high is not None:
        high = (*prefix, keys.sort.high)
        if keys.sort.high_included:
            high = (*high, AFTER)
    return Span(low, high)


def _scan_span(source: Source, request: Request, start: Item | None) -> Span:
    """The positions of a scan, or of its segment, behind the start key."""
    span = WHOLE_SPAN
    if "TotalSegments" in request:
        span = segment_span(request["Segment"], request["TotalSegments"])
    if start is None:
        return span
    position = start_position(source, start)
    if not span.low <= position < span.high:
        raise validation_error(
            f"{WRONG_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
            f"Segment. TotalSegments: {request['TotalSegments']} Segment: {request['Segment']}"
        )
    return after_start(span, position, forward=True)


def check_start_key(source: Source, start: Item, wrong_count: str) -> None:
    """Check the start key against the keys of what is read. Raises ValidationException."""
    if len(start) != len(source.start_names):
        raise validation_error(wrong_count)
    if any(name not in start for name in source.schema.names):
        raise validation_error(WRONG_START)
    check_key(source.schema, {name: start[name] for name in source.schema.names})


def start_position(source: Source, start: Item) -> Position:
    """The position of a start key, whether there is an item or not."""
    schema = source.record.table.schema
    key = {name: start[name] for name in schema.names if name in start}
    try:
        check_key(schema, key)
    except TableApiError as exc:
        raise validation_error(f"{WRONG_START}: {exc.message}") from exc
    position = table_position(schema, key)
    if source.index is None:
        return position
    prefix = index_prefix(source.schema, start)
    return (*(prefix or ()), position)


def _check_start_in_query(span: Span, position: Position, keys: KeyCondition) -> None:
    """Check that the query could have ended at the position. Raises ValidationException."""
    if span.low <= position < span.high:
        return
    prefix = partition_prefix(keys.partition)
    if keys.sort is None:
        raise validation_error(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    in_partition = (*prefix, *position[len(prefix) :])
    if not span.low <= in_partition < span.high:
        raise validation_error("The provided starting key does not match the range key predicate")
    raise validation_error("The query can return at most one row and cannot be restarted")


# -- responses


def _response(
    source: Source, page: Page, request: Request, projection: Projection | None
) -> JsonObject:
    response: JsonObject = {"Count": len(page.images), "ScannedCount": page.scanned}
    if request.get("Select") != "COUNT":
        response["Items"] = [projected(image, projection) for image in page.images]
    if page.last is not None:
        image: dict[str, Any] = page.last.image
        response["LastEvaluatedKey"] = {name: image[name] for name in source.start_names}
    wanted = wanted_capacity(request)
    if wanted != "NONE":
        response["ConsumedCapacity"] = _consumed(source, page, request).describe(wanted)
    return response


def _consumed(source: Source, page: Page, request: Request) -> ConsumedCapacity:
    consistent = bool(request.get("ConsistentRead"))
    consumed = ConsumedCapacity(source.record.name)
    if source.index is None:
        consumed.units = read_units(page.table_bytes, consistent=consistent)
        return consumed
    consumed.add_index(source.index, read_units(page.index_bytes, consistent=consistent))
    if source.whole_items:
        consumed.units = read_units(page.table_bytes, consistent=consistent)
    return consumed
