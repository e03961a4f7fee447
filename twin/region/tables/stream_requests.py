"""Checks the requests of the DynamoDB Streams API.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

import re
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.requests.shapes import Structure, Text, Whole, check_request

MAX_STREAMS, MAX_RECORDS_OF_PAGE = 100, 1000
_ARN = Text(minimum=37, maximum=1024)
_SHARD_ID = Text(minimum=28, maximum=65)
_STREAM_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[^/]+/stream/.+")
_POSITIONS = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
_SHAPES = {
    "DescribeStream": Structure(
        "DescribeStreamInput",
        {
            "StreamArn": _ARN,
            "Limit": Whole(minimum=1, maximum=100),
            "ExclusiveStartShardId": _SHARD_ID,
            "ShardFilter": Structure(
                "ShardFilter",
                {"Type": Text(choices=("CHILD_SHARDS",)), "ShardId": _SHARD_ID},
                frozenset({"Type", "ShardId"}),
            ),
        },
        frozenset({"StreamArn"}),
    ),
    "GetRecords": Structure(
        "GetRecordsInput",
        {
            "ShardIterator": Text(minimum=1, maximum=2048),
            "Limit": Whole(minimum=1, maximum=MAX_RECORDS_OF_PAGE),
        },
        frozenset({"ShardIterator"}),
    ),
    "GetShardIterator": Structure(
        "GetShardIteratorInput",
        {
            "StreamArn": _ARN,
            "ShardId": _SHARD_ID,
            "ShardIteratorType": Text(choices=(*_POSITIONS, "LATEST", "TRIM_HORIZON")),
            "SequenceNumber": Text(minimum=21, maximum=40, pattern="[0-9]+"),
        },
        frozenset({"StreamArn", "ShardId", "ShardIteratorType"}),
    ),
    "ListStreams": Structure(
        "ListStreamsInput",
        {
            "TableName": Text(minimum=3, maximum=255, pattern="[a-zA-Z0-9_.-]+"),
            "Limit": Whole(minimum=1, maximum=MAX_STREAMS),
            "ExclusiveStartStreamArn": _ARN,
        },
    ),
}


def checked_stream_request(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request without null members. Raises TableApiError if it breaks the API's rules."""
    request = check_request(_SHAPES[operation], request)
    for name in ("StreamArn", "ExclusiveStartStreamArn"):
        if name in request and not _STREAM_ARN.fullmatch(request[name]):
            raise TableApiError("ValidationException", f"Invalid {name}: {request[name]}")
    if operation == "GetShardIterator":
        needs_number = request["ShardIteratorType"] in _POSITIONS
        if needs_number != ("SequenceNumber" in request):
            verb = "must be" if needs_number else "can't be"
            raise TableApiError(
                "ValidationException",
                f"SequenceNumber {verb} specified with the ShardIteratorType "
                f"{request['ShardIteratorType']}",
            )
    return request
