"""DynamoDB Streams of one Region's tables, from the item changes that the store commits.

Two simplifications: a stream has one shard, and its records are kept in memory only, so a restart
empties it. A record is kept for 24 hours, or until newer ones fill the stream: MAX_RECORDS of them,
or MAX_BYTES of items.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import base64
import binascii
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from twin.core.tables.table_engine import Image, ItemChange, TableApiError, TableEngine, TableStream
from twin.dynamodb.item_size import item_size
from twin.dynamodb.requests.table_arns import table_name
from twin.region.tables.stream_requests import (
    MAX_RECORDS_OF_PAGE,
    MAX_STREAMS,
    checked_stream_request,
)

MAX_RECORDS = 10_000
MAX_BYTES = 64 * 1024 * 1024
"""Of the items before and after each change."""
MAX_PAGE_BYTES = 1024 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""
RETENTION_S = 24 * 3600.0
EXPIRY_IDENTITY = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
"""Who deletes expired items, in the Region where it happens.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
"""
SHARD = "shardId-00000001600000000000-00000001"


class _Record(NamedTuple):
    """A recorded change; it is converted into the API's form when it is read."""

    number: int
    written_s: float
    view: str
    change: ItemChange
    size: int
    """Bytes of the items."""


@dataclass(slots=True)
class _Shard:
    """The records of one stream; sequence numbers rise with time, also across restarts."""

    records: deque["_Record"] = field(default_factory=deque)
    bytes: int = 0
    """Of the records' items."""
    last: int = 0
    trimmed: int = 0
    """Sequence number of the last record that was trimmed."""

    @property
    def is_full(self) -> bool:
        return len(self.records) > MAX_RECORDS or self.bytes > MAX_BYTES

    def append(self, record: _Record) -> None:
        """Add a record; the oldest ones go where there are too many."""
        self.records.append(record)
        self.bytes += record.size
        while self.is_full:
            self.trim_oldest()

    def trim_oldest(self) -> None:
        oldest = self.records.popleft()
        self.bytes -= oldest.size
        self.trimmed = oldest.number


class TableStreams:
    """All streams of the Region, and the four operations of their API."""

    def __init__(self, *, engine: TableEngine, region: str, now: Callable[[], float]) -> None:
        self._engine = engine
        self._region = region
        self._now = now
        self._shards: dict[str, _Shard] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeStream": self._describe,
            "GetRecords": self._get_records,
            "GetShardIterator": self._get_iterator,
            "ListStreams": self._list,
        }

    def add(self, change: ItemChange) -> None:
        """Record a change, if the table has a stream and the item did change.

        "...that does not change any data in an item, DynamoDB Streams does not write a stream
        record": https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
        """
        if change.before == change.after:
            return
        stream = self._engine.stream(change.table)
        if stream is None or not stream.enabled:
            return
        if stream.arn not in self._shards:
            self.forget(change.table)  # nobody reads a stream of the table that has ended
        shard = self._shards.setdefault(stream.arn, _Shard())
        now = self._now()
        self._trim(shard, now)
        # 22 digits: the API wants 21 to 40.
        shard.last = max(shard.last + 1, int(now * 1e6) * 10**6)
        size = sum(item_size(image) for image in (change.before, change.after) if image)
        shard.append(_Record(shard.last, now, stream.view, change, size))

    def forget(self, table: str) -> None:
        """Remove the streams of a dropped table."""
        for arn in [arn for arn in self._shards if table_name(arn) == table]:
            del self._shards[arn]

    def serves(self, operation: str) -> bool:
        return operation in self._operations

    def execute(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The response. Raises TableApiError."""
        return self._operations[operation](checked_stream_request(operation, request))

    def _to_api_record(self, record: _Record) -> dict[str, Any]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
        change = record.change
        data: dict[str, Any] = {
            "ApproximateCreationDateTime": float(int(record.written_s)),
            "Keys": change.key,
            "SequenceNumber": str(record.number),
            "StreamViewType": record.view,
        }
        if change.after is not None and record.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            data["NewImage"] = change.after
        if change.before is not None and record.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            data["OldImage"] = change.before
        data["SizeBytes"] = sum(_size(data[name]) for name in data if name.endswith("Image"))
        data["SizeBytes"] += _size(change.key)
        described: dict[str, Any] = {
            "eventID": f"{record.number:032x}",
            "eventName": _event_name(change),
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self._region,
            "dynamodb": data,
        }
        if change.is_expiry:
            described["userIdentity"] = EXPIRY_IDENTITY
        return described

    def _trim(self, shard: _Shard, now: float) -> None:
        while shard.records and shard.records[0].written_s < now - RETENTION_S:
            shard.trim_oldest()

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("TableName")
        found = [
            {"StreamArn": stream.arn, "TableName": table, "StreamLabel": stream.label}
            for table in sorted(self._engine.table_names())
            if wanted in (None, table) and (stream := self._engine.stream(table)) is not None
        ]
        after, limit = request.get("ExclusiveStartStreamArn"), request.get("Limit", MAX_STREAMS)
        start = next((n for n, s in enumerate(found, 1) if s["StreamArn"] == after), 0)
        page: dict[str, Any] = {"Streams": found[start : start + limit]}
        if len(found) > start + limit:
            page["LastEvaluatedStreamArn"] = page["Streams"][-1]["StreamArn"]
        return page

    def _describe(self, request: dict[str, Any]) -> dict[str, Any]:
        stream = self._stream(request["StreamArn"])
        numbers = {"StartingSequenceNumber": f"{int(stream.created_s * 1e6) * 10**6}"}
        if not stream.enabled:
            last = self._shards.setdefault(stream.arn, _Shard()).last
            numbers["EndingSequenceNumber"] = str(last or numbers["StartingSequenceNumber"])
        # The shard has no children, and is the first and last one.
        is_hidden = "ShardFilter" in request or "ExclusiveStartShardId" in request
        shard = {"ShardId": SHARD, "SequenceNumberRange": numbers}
        return {
            "StreamDescription": {
                "StreamArn": stream.arn,
                "StreamLabel": stream.label,
                "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
                "StreamViewType": stream.view,
                "CreationRequestDateTime": stream.created_s,
                "TableName": table_name(stream.arn),
                "KeySchema": list(stream.key_schema),
                "Shards": [] if is_hidden else [shard],
            }
        }

    def _get_iterator(self, request: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
        stream = self._stream(request["StreamArn"])
        if request["ShardId"] != SHARD:
            raise TableApiError(
                "ResourceNotFoundException",
                "Requested resource not found: Shard does not exist: " + request["ShardId"],
            )
        shard = self._shards.setdefault(stream.arn, _Shard())
        after = _start_position(request, shard)
        if request["ShardIteratorType"] != "TRIM_HORIZON" and after < shard.trimmed:
            raise _trimmed_error()
        return {"ShardIterator": _encode_iterator(stream.arn, max(after, shard.trimmed))}

    def _get_records(self, request: dict[str, Any]) -> dict[str, Any]:
        arn, after = _decode_iterator(request["ShardIterator"])
        stream = self._stream(arn)
        shard = self._shards.setdefault(arn, _Shard())
        self._trim(shard, self._now())
        if after < shard.trimmed:
            raise _trimmed_error()
        limit = request.get("Limit", MAX_RECORDS_OF_PAGE)
        found = _page(islice((r for r in shard.records if r.number > after), limit))
        last = found[-1].number if found else after
        page: dict[str, Any] = {"Records": [self._to_api_record(record) for record in found]}
        # "If set to null, the shard has been closed":
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
        if stream.enabled or last < shard.last:
            page["NextShardIterator"] = _encode_iterator(arn, last)
        return page

    def _stream(self, arn: str) -> TableStream:
        table = table_name(arn)
        stream = self._engine.stream(table) if table in self._engine.table_names() else None
        if stream is None or stream.arn != arn:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Stream: {arn} not found",
            )
        return stream


def _page(records: Iterable[_Record]) -> list[_Record]:
    """At least one record, and no more than fit into a page."""
    page: list[_Record] = []
    size = 0
    for record in records:
        size += record.size
        if page and size > MAX_PAGE_BYTES:
            break
        page.append(record)
    return page


def _start_position(request: dict[str, Any], shard: _Shard) -> int:
    """The sequence number after which the iterator starts."""
    match request["ShardIteratorType"]:
        case "TRIM_HORIZON":
            return shard.trimmed
        case "LATEST":
            return shard.last
        case "AT_SEQUENCE_NUMBER":
            return int(request["SequenceNumber"]) - 1
        case _:  # AFTER_SEQUENCE_NUMBER
            return int(request["SequenceNumber"])


def _trimmed_error() -> TableApiError:
    return TableApiError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard",
    )


def _event_name(change: ItemChange) -> str:
    if change.before is None:
        return "INSERT"
    return "REMOVE" if change.after is None else "MODIFY"


def _size(image: Image) -> int:
    """Bytes of names and values, approximately as AWS counts them."""
    return len(json.dumps(image, separators=(",", ":")))


def _encode_iterator(arn: str, after: int) -> str:
    inner = base64.b64encode(json.dumps([arn, after]).encode()).decode()
    return f"{arn}|1|{inner}"


def _decode_iterator(iterator: str) -> tuple[str, int]:
    try:
        arn, after = json.loads(base64.b64decode(iterator.rpartition("|")[2], validate=True))
        return str(arn), int(after)
    except (binascii.Error, ValueError, OverflowError, RecursionError, TypeError):
        raise TableApiError("ValidationException", "Invalid ShardIterator") from None
