"""What the Streams API refuses."""

from typing import Any

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.region.tables.stream_requests import checked_stream_request

ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab/stream/2026-01-01T00:00:00.000"
SHARD = "shardId-00000001600000000000-00000001"
ITERATOR = {"StreamArn": ARN, "ShardId": SHARD}
NUMBER = "1" * 22


@pytest.mark.parametrize(
    ("operation", "request_", "part"),
    [
        ("ListStreams", {"Limit": 0}, "greater than or equal to 1"),
        ("ListStreams", {"Limit": 101}, "less than or equal to 100"),
        ("ListStreams", {"ExclusiveStartStreamArn": "x" * 50}, "Invalid ExclusiveStartStreamArn"),
        ("GetRecords", {"ShardIterator": "x", "Limit": 1001}, "less than or equal to 1000"),
        ("GetRecords", {}, "'shardIterator'"),
        ("DescribeStream", {"StreamArn": "x" * 50}, "Invalid StreamArn"),
        (
            "DescribeStream",
            {"StreamArn": ARN, "ShardFilter": {"ShardId": SHARD}},
            "'shardFilter.type'",
        ),
        (
            "DescribeStream",
            {"StreamArn": ARN, "ShardFilter": {"Type": "x", "ShardId": SHARD}},
            "enum value set",
        ),
        ("GetShardIterator", {**ITERATOR, "ShardIteratorType": "x"}, "enum value set"),
        (
            "GetShardIterator",
            {**ITERATOR, "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "must be specified",
        ),
        (
            "GetShardIterator",
            {**ITERATOR, "ShardIteratorType": "LATEST", "SequenceNumber": NUMBER},
            "can't be specified",
        ),
    ],
)
def test_a_wrong_request_is_refused(operation: str, request_: dict[str, Any], part: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"""
    with pytest.raises(TableApiError) as caught:
        checked_stream_request(operation, request_)

    assert caught.value.code == "ValidationException"
    assert part in caught.value.message


def test_a_good_request_passes() -> None:
    request = {**ITERATOR, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": NUMBER}

    assert checked_stream_request("GetShardIterator", request) == request
    assert checked_stream_request("ListStreams", {"TableName": None}) == {}
