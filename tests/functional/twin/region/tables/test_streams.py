"""Streams of the replicas."""

from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from tests.functional.twin.region.tables.items import put_item


def test_each_replica_has_its_own_stream_with_its_region(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    put_item(home, "a", "1")
    put_item(home, "a", "1")
    regions.settle(HOME, PEER)

    for region in (HOME, PEER):
        streams = regions.streams(region)
        (stream,) = streams.list_streams(TableName="items")["Streams"]
        assert region in stream["StreamArn"]
        (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"][
            "Shards"
        ]
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        page = streams.get_records(ShardIterator=iterator)
        (record,) = page["Records"]
        assert (record["eventName"], record["awsRegion"]) == ("INSERT", region)
        assert record["dynamodb"]["NewImage"]["v"] == {"S": "1"}
        assert streams.get_records(ShardIterator=page["NextShardIterator"])["Records"] == []
