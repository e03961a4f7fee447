"""Streams: table changes, trimming, and the positions of readers."""

from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.region.tables.simulated_regions import NOW
from twin.core.tables.table_engine import ItemChange, TableApiError
from twin.dynamodb.engine import MemoryTableEngine
from twin.region.tables.streams import MAX_BYTES, MAX_RECORDS, RETENTION_S, SHARD, TableStreams

KEY = {"id": {"S": "a"}}
REGION = "us-west-2"


class StreamedTable:
    """A table with a stream."""

    def __init__(self, view: str = "NEW_AND_OLD_IMAGES") -> None:
        self.clock = ManualClock(NOW)
        engine = self.engine = MemoryTableEngine(REGION, "123456789012", self.clock.now)
        outcome = engine.execute(
            "CreateTable",
            {
                "TableName": "tab",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view},
            },
        )
        assert outcome.status == 200
        self.streams = TableStreams(engine=engine, region=REGION, now=self.clock.now)
        (stream,) = self.streams.execute("ListStreams", {"TableName": "tab"})["Streams"]
        self.arn = stream["StreamArn"]

    def disable(self) -> None:
        self.engine.set_setting("tab", "stream", {"StreamEnabled": False})

    def change(self, before: str | None, after: str | None) -> None:
        images = [None if v is None else {**KEY, "v": {"S": v}} for v in (before, after)]
        self.streams.add(ItemChange(table="tab", key=KEY, before=images[0], after=images[1]))

    def iterator(self, kind: str = "TRIM_HORIZON", **more: str) -> str:
        request = {"StreamArn": self.arn, "ShardId": SHARD, "ShardIteratorType": kind, **more}
        return str(self.streams.execute("GetShardIterator", request)["ShardIterator"])

    def read(self, iterator: str, limit: int = 1000) -> tuple[list[dict[str, Any]], str]:
        page = self.streams.execute("GetRecords", {"ShardIterator": iterator, "Limit": limit})
        return page["Records"], page["NextShardIterator"]


def test_a_disabled_streams_shard_is_closed() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""
    table = StreamedTable()
    table.change(None, "1")
    iterator = table.iterator()
    table.disable()
    page = table.streams.execute("GetRecords", {"ShardIterator": iterator})
    described = table.streams.execute("DescribeStream", {"StreamArn": table.arn})
    (shard,) = described["StreamDescription"]["Shards"]

    assert len(page["Records"]) == 1
    assert "NextShardIterator" not in page
    last = page["Records"][0]["dynamodb"]["SequenceNumber"]
    assert shard["SequenceNumberRange"]["EndingSequenceNumber"] == last


def test_a_shard_has_no_children() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html"""
    table = StreamedTable()
    request = {"Type": "CHILD_SHARDS", "ShardId": SHARD}
    described = table.streams.execute(
        "DescribeStream", {"StreamArn": table.arn, "ShardFilter": request}
    )

    assert described["StreamDescription"]["Shards"] == []


def test_a_record_describes_the_change_and_names_this_region() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    table = StreamedTable()
    for before, after in ((None, "1"), ("1", "2"), ("2", None)):
        table.change(before, after)
    records, _ = table.read(table.iterator())

    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert {r["awsRegion"] for r in records} == {REGION}
    assert records[1]["dynamodb"]["OldImage"]["v"] == {"S": "1"}
    assert records[1]["dynamodb"]["NewImage"]["v"] == {"S": "2"}
    assert "NewImage" not in records[2]["dynamodb"]
    assert len(records[0]["dynamodb"]["SequenceNumber"]) >= 21


def test_a_write_that_changes_nothing_is_not_table() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    table = StreamedTable()
    table.change("1", "1")

    assert table.read(table.iterator())[0] == []


@pytest.mark.parametrize(
    ("view", "members"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_record_has_the_images_of_the_stream_s_view(view: str, members: set[str]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html"""
    table = StreamedTable(view)
    table.change("1", "2")
    ((record,), _) = table.read(table.iterator())

    assert {name for name in record["dynamodb"] if name.endswith("Image")} == members


def test_a_reader_chooses_its_start_and_continues_where_it_stopped() -> None:
    table = StreamedTable()
    latest = table.iterator("LATEST")
    for number in range(5):
        table.change(f"{number}", f"{number + 1}")
    first, then = table.read(table.iterator(), limit=2)
    rest, end = table.read(then)
    numbers = [r["dynamodb"]["SequenceNumber"] for r in first + rest]

    assert len(first) == 2
    assert numbers == sorted(set(numbers), key=int)
    assert table.read(end)[0] == []
    assert len(table.read(latest)[0]) == 5
    at = table.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[3])
    after = table.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[3])
    assert len(table.read(at)[0]) == 2
    assert len(table.read(after)[0]) == 1


def test_records_are_trimmed_by_age_and_number_and_late_readers_get_an_error() -> None:
    """Records are kept for 24 hours.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    """
    table = StreamedTable()
    table.change("old", "older")
    early = table.iterator()
    table.clock.seconds += RETENTION_S + 1
    table.change("new", "newer")

    with pytest.raises(TableApiError, match="past the oldest") as caught:
        table.read(early)
    assert caught.value.code == "TrimmedDataAccessException"
    assert len(table.read(table.iterator())[0]) == 1
    for number in range(MAX_RECORDS + 5):
        table.change(f"{number}", f"{number + 1}")
    seen, iterator = 0, table.iterator()
    while page := table.read(iterator):
        if not page[0]:
            break
        seen, iterator = seen + len(page[0]), page[1]
    assert seen == MAX_RECORDS


def test_records_of_large_items_are_trimmed_by_size() -> None:
    table = StreamedTable()
    count = MAX_BYTES // 400_000
    for number in range(count + 5):
        table.change(None, f"{number:0400000}")

    (first, *_), _ = table.read(table.iterator())

    assert int(first["dynamodb"]["NewImage"]["v"]["S"][-4:]) in range(5, 10)


def test_a_page_of_large_records_has_a_megabyte_at_most() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"""
    table = StreamedTable()
    for number in range(5):
        table.change(None, f"{number:0400000}")
    table.change("0" * 400_000, "1" * 400_000)

    pages, iterator = [], table.iterator()
    while (page := table.read(iterator))[0]:
        pages.append(len(page[0]))
        iterator = page[1]

    assert pages == [2, 2, 1, 1]


def test_a_stream_that_has_ended_is_forgotten_with_the_first_change_of_the_next() -> None:
    table = StreamedTable()
    arns = set()
    for _ in range(3):
        table.change(None, "1")
        arns.add(table.arn)
        table.disable()
        table.clock.seconds += 1
        wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table.engine.set_setting("tab", "stream", wanted)
        (stream,) = table.streams.execute("ListStreams", {"TableName": "tab"})["Streams"]
        table.arn = stream["StreamArn"]

    assert len(arns) == 3
    assert len(table.streams._shards) == 1


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetRecords", {"ShardIterator": "nonsense"}, "ValidationException"),
        ("GetRecords", {}, "ValidationException"),
        ("GetRecords", {"ShardIterator": 5}, "SerializationException"),
        ("ListStreams", {"Limit": "many"}, "SerializationException"),
        ("DescribeStream", {"StreamArn": "arn:aws:dynamodb:x"}, "ValidationException"),
        (
            "DescribeStream",
            {"StreamArn": "arn:aws:dynamodb:us-west-2:123456789012:table/gone/stream/label"},
            "ResourceNotFoundException",
        ),
    ],
)
def test_invalid_requests_are_rejected(operation: str, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(TableApiError) as caught:
        StreamedTable().streams.execute(operation, request_)
    assert caught.value.code == code
