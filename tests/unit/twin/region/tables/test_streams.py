"""Streams: what is recorded, what is trimmed, where a reader goes on."""

from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.region.tables.simulated_regions import NOW
from twin.core.table_engine import ItemChange, TableApiError
from twin.moto.dynamodb.engine import MotoTableEngine
from twin.region.tables.streams import RETAINED, RETENTION_S, SHARD, TableStreams

KEY = {"id": {"S": "a"}}
REGION = "us-west-2"


class Recorded:
    """A table with a stream."""

    def __init__(self, view: str = "NEW_AND_OLD_IMAGES") -> None:
        self.clock = ManualClock(NOW)
        engine = MotoTableEngine(REGION, "123456789012")
        outcome = engine.execute(
            "CreateTable",
            {
                "TableName": "t",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view},
            },
        )
        assert outcome.status == 200
        self.streams = TableStreams(engine=engine, region=REGION, now=self.clock.now)
        (stream,) = self.streams.run("ListStreams", {"TableName": "t"})["Streams"]
        self.arn = stream["StreamArn"]

    def change(self, before: str | None, after: str | None) -> None:
        images = [None if v is None else {**KEY, "v": {"S": v}} for v in (before, after)]
        self.streams.add(ItemChange(table="t", key=KEY, before=images[0], after=images[1]))

    def iterator(self, kind: str = "TRIM_HORIZON", **more: str) -> str:
        request = {"StreamArn": self.arn, "ShardId": SHARD, "ShardIteratorType": kind, **more}
        return str(self.streams.run("GetShardIterator", request)["ShardIterator"])

    def read(self, iterator: str, limit: int = 1000) -> tuple[list[dict[str, Any]], str]:
        page = self.streams.run("GetRecords", {"ShardIterator": iterator, "Limit": limit})
        return page["Records"], page["NextShardIterator"]


def test_a_record_tells_what_happened_in_this_region() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html"""
    recorded = Recorded()
    for before, after in ((None, "1"), ("1", "2"), ("2", None)):
        recorded.change(before, after)
    records, _ = recorded.read(recorded.iterator())

    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert {r["awsRegion"] for r in records} == {REGION}
    assert records[1]["dynamodb"]["OldImage"]["v"] == {"S": "1"}
    assert records[1]["dynamodb"]["NewImage"]["v"] == {"S": "2"}
    assert "NewImage" not in records[2]["dynamodb"]
    assert len(records[0]["dynamodb"]["SequenceNumber"]) >= 21


def test_a_write_that_changes_nothing_is_not_recorded() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    recorded = Recorded()
    recorded.change("1", "1")

    assert recorded.read(recorded.iterator())[0] == []


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
    recorded = Recorded(view)
    recorded.change("1", "2")
    ((record,), _) = recorded.read(recorded.iterator())

    assert {name for name in record["dynamodb"] if name.endswith("Image")} == members


def test_a_reader_goes_on_where_it_was_and_chooses_where_it_starts() -> None:
    recorded = Recorded()
    latest = recorded.iterator("LATEST")
    for number in range(5):
        recorded.change(f"{number}", f"{number + 1}")
    first, then = recorded.read(recorded.iterator(), limit=2)
    rest, end = recorded.read(then)
    numbers = [r["dynamodb"]["SequenceNumber"] for r in first + rest]

    assert len(first) == 2
    assert numbers == sorted(set(numbers), key=int)
    assert recorded.read(end)[0] == []
    assert len(recorded.read(latest)[0]) == 5
    at = recorded.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[3])
    after = recorded.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[3])
    assert len(recorded.read(at)[0]) == 2
    assert len(recorded.read(after)[0]) == 1


def test_records_are_trimmed_by_age_and_by_number_and_late_readers_are_told() -> None:
    """Records are kept for 24 hours.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    """
    recorded = Recorded()
    recorded.change("old", "older")
    early = recorded.iterator()
    recorded.clock.seconds += RETENTION_S + 1
    recorded.change("new", "newer")

    with pytest.raises(TableApiError, match="past the oldest") as caught:
        recorded.read(early)
    assert caught.value.code == "TrimmedDataAccessException"
    assert len(recorded.read(recorded.iterator())[0]) == 1
    for number in range(RETAINED + 5):
        recorded.change(f"{number}", f"{number + 1}")
    seen, iterator = 0, recorded.iterator()
    while page := recorded.read(iterator):
        if not page[0]:
            break
        seen, iterator = seen + len(page[0]), page[1]
    assert seen == RETAINED


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetRecords", {"ShardIterator": "nonsense"}, "ValidationException"),
        ("GetRecords", {}, "ValidationException"),
        ("GetRecords", {"ShardIterator": 5}, "ValidationException"),
        ("ListStreams", {"Limit": "many"}, "ValidationException"),
        ("DescribeStream", {"StreamArn": "arn:aws:dynamodb:x"}, "ResourceNotFoundException"),
    ],
)
def test_wrong_requests_are_refused(operation: str, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(TableApiError) as caught:
        Recorded().streams.run(operation, request_)
    assert caught.value.code == code
