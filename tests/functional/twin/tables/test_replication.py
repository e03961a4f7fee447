"""Multi-Region eventual consistency between Region processes, as AWS documents it."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functional.twin.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.waiting import eventually
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def put(client: "DynamoDBClient", item: str, value: str, **more: Any) -> None:  # noqa: ANN401
    client.put_item(TableName="items", Item={"id": {"S": item}, "v": {"S": value}}, **more)


def value(client: "DynamoDBClient", item: str) -> str | None:
    found = client.get_item(TableName="items", Key={"id": {"S": item}}, ConsistentRead=True)
    return found["Item"]["v"]["S"] if "Item" in found else None


def add(client: "DynamoDBClient", item: str) -> None:
    client.update_item(
        TableName="items",
        Key={"id": {"S": item}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def number(client: "DynamoDBClient", item: str) -> str:
    return client.get_item(TableName="items", Key={"id": {"S": item}})["Item"]["n"]["N"]


def problems(regions: RegionProcesses, region: str) -> dict[str, str]:
    return {peer.region: peer.problem for peer in regions.status(region).peers}


def test_concurrent_puts_converge_to_the_later_one_everywhere(regions: RegionProcesses) -> None:
    """Last writer wins, per item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    for item in range(20):
        put(home, f"{item}", "first")
        put(peer, f"{item}", "second")

    regions.settle(HOME, PEER)
    assert {value(home, f"{item}") for item in range(20)} == {"second"}
    assert {value(peer, f"{item}") for item in range(20)} == {"second"}


def test_reads_and_conditions_see_the_local_copy_which_may_be_stale(
    regions: RegionProcesses,
) -> None:
    """Conditional writes evaluate against the local Region's copy.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.configure(TwinSettings(speed=1.0, replication_lag_s=2.0))
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    put(home, "a", "theirs")

    assert value(peer, "a") is None
    put(peer, "a", "ours", ConditionExpression="attribute_not_exists(id)")
    assert value(home, "a") == "theirs"
    regions.settle(HOME, PEER)
    assert value(home, "a") == value(peer, "a") == "ours"


def test_two_regions_adding_one_at_a_time_lose_an_update(regions: RegionProcesses) -> None:
    """Read-modify-write is not safe to do in any Region.

    https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/write-modes.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    add(home, "counter")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    add(home, "counter")
    add(peer, "counter")
    regions.resume(PEER)

    regions.settle(HOME, PEER)
    assert number(home, "counter") == number(peer, "counter") == "2"


def test_both_regions_accept_writes_during_a_pause_and_the_later_wins_afterwards(
    regions: RegionProcesses,
) -> None:
    """Unreplicated writes are sent when the Region is back; a later write elsewhere wins.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    put(home, "both", "before")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    put(home, "both", "home, earlier")
    put(peer, "both", "peer, later")
    put(home, "home only", "1")
    put(peer, "peer only", "1")
    put(peer, "gone", "1")
    peer.delete_item(TableName="items", Key={"id": {"S": "gone"}})

    assert value(peer, "home only") is None
    assert value(home, "peer only") is None
    assert regions.pending(HOME) > 0
    regions.resume(PEER)
    regions.settle(HOME, PEER)
    for client in (home, peer):
        assert value(client, "both") == "peer, later"
        assert value(client, "home only") == value(client, "peer only") == "1"
        assert value(client, "gone") is None


def test_a_pause_isolates_one_region_in_both_directions_only_and_survives_a_restart(
    regions: RegionProcesses,
) -> None:
    """aws:dynamodb:global-table-pause-replication.

    https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html
    """
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER, THIRD)
    peer, third = regions.client(PEER), regions.client(THIRD)
    regions.settle(HOME, PEER, THIRD)
    regions.pause(PEER)
    put(home, "from home", "1")
    put(peer, "from peer", "1")
    regions.kill(PEER)
    regions.start(PEER)

    assert regions.status(PEER).replication_paused
    eventually(lambda: value(third, "from home"))
    assert value(peer, "from peer") == "1"
    assert value(peer, "from home") is None
    assert value(home, "from peer") is None
    eventually(lambda: "paused" in problems(regions, HOME)[PEER])
    assert problems(regions, HOME)[THIRD] == ""
    regions.resume(PEER)
    eventually(lambda: value(peer, "from home") and value(third, "from peer"))


def test_of_a_delete_and_a_put_of_one_item_the_later_wins(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    for item in ("deleted last", "put last"):
        put(home, item, "1")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    put(home, "deleted last", "2")
    peer.delete_item(TableName="items", Key={"id": {"S": "deleted last"}})
    home.delete_item(TableName="items", Key={"id": {"S": "put last"}})
    put(peer, "put last", "2")
    regions.resume(PEER)

    regions.settle(HOME, PEER)
    for client in (home, peer):
        assert value(client, "deleted last") is None
        assert value(client, "put last") == "2"


def test_a_transaction_may_be_seen_half_applied_elsewhere(regions: RegionProcesses) -> None:
    """Transactions are atomic in the Region of the call only.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.configure(TwinSettings(speed=1.0, replication_lag_s=0.6))
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    items = [{"id": {"S": f"{n}"}, "v": {"S": "x"}} for n in range(20)]
    home.transact_write_items(
        TransactItems=[{"Put": {"TableName": "items", "Item": item}} for item in items]
    )

    assert home.scan(TableName="items", Select="COUNT")["Count"] == 20
    seen = []

    def all_arrived() -> bool:
        seen.append(_count(peer))
        return seen[-1] == 20

    eventually(all_arrived)
    assert any(0 < count < 20 for count in seen)


def _count(client: "DynamoDBClient") -> int:
    return client.scan(TableName="items", Select="COUNT")["Count"]


def test_each_replica_has_its_own_stream_with_its_region(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"""
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    put(home, "a", "1")
    put(home, "a", "1")
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


def test_a_frozen_region_gets_all_writes_after_the_thaw(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    regions.settle(HOME, PEER)
    regions.freeze(PEER)
    put(home, "a", "1")
    eventually(lambda: regions.status(HOME).peers[0].lag_ms > 500)

    assert regions.status(HOME).peers[0].pending == 1
    regions.thaw(PEER)
    regions.settle(HOME, PEER, within_s=15.0)
    assert value(peer, "a") == "1"


def test_a_region_that_was_down_gets_the_writes_it_missed(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    regions.kill(PEER)
    put(home, "a", "1")
    with pytest.raises(EndpointConnectionError):
        value(peer, "a")
    eventually(lambda: "does not answer" in regions.status(HOME).peers[0].problem)
    regions.kill(HOME)
    regions.start(HOME, PEER)

    eventually(lambda: value(peer, "a") == "1")
    eventually(lambda: regions.status(HOME).peers[0].problem == "")


def test_shared_settings_are_replicated_and_local_ones_are_not(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    ttl = {"Enabled": True, "AttributeName": "until"}
    peer.update_time_to_live(TableName="items", TimeToLiveSpecification=ttl)  # type: ignore[arg-type]  # a literal
    home.update_continuous_backups(
        TableName="items", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    arn = home.describe_table(TableName="items")["Table"]["TableArn"]
    home.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    home.update_table(TableName="items", DeletionProtectionEnabled=True)
    regions.settle(HOME, PEER)

    described = home.describe_time_to_live(TableName="items")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    there = peer.describe_table(TableName="items")["Table"]
    assert there["DeletionProtectionEnabled"] is False
    assert peer.list_tags_of_resource(ResourceArn=there["TableArn"])["Tags"] == []
    backups = peer.describe_continuous_backups(TableName="items")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


def test_a_failed_conditional_write_is_not_replicated(regions: RegionProcesses) -> None:
    """A conditional write that fails leaves nothing to replicate."""
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    put(home, "a", "1")
    regions.settle(HOME, PEER)
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        put(peer, "a", "2", ConditionExpression="attribute_not_exists(id)")

    regions.settle(HOME, PEER)
    assert value(home, "a") == value(peer, "a") == "1"
