"""Multi-Region eventual consistency between Region processes, as AWS documents it."""

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functional.twin.region.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.functional.twin.region.tables.items import add_one, put_item, read_counter, read_value
from tests.waiting import eventually
from twin.core.faults import FaultKind
from twin.internal_api.schemas import MetricSample
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_concurrent_puts_converge_to_the_later_one_everywhere(regions: RegionProcesses) -> None:
    """Last writer wins, per item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    for item in range(20):
        put_item(home, f"{item}", "first")
        put_item(peer, f"{item}", "second")

    regions.settle(HOME, PEER)
    assert {read_value(home, f"{item}") for item in range(20)} == {"second"}
    assert {read_value(peer, f"{item}") for item in range(20)} == {"second"}


def test_reads_and_conditions_see_the_local_copy_which_may_be_stale(
    regions: RegionProcesses,
) -> None:
    """Conditional writes evaluate against the local Region's copy.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.configure(TwinSettings(speed=1.0, replication_lag_s=2.0))
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    put_item(home, "a", "theirs")

    assert read_value(peer, "a") is None
    put_item(peer, "a", "ours", ConditionExpression="attribute_not_exists(id)")
    assert read_value(home, "a") == "theirs"
    regions.settle(HOME, PEER)
    assert read_value(home, "a") == read_value(peer, "a") == "ours"


def test_two_regions_adding_one_at_a_time_lose_an_update(regions: RegionProcesses) -> None:
    """Read-modify-write is not safe to do in any Region.

    https://docs.aws.amazon.com/prescriptive-guidance/latest/dynamodb-global-tables/write-modes.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    add_one(home, "counter")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    add_one(home, "counter")
    add_one(peer, "counter")
    regions.resume(PEER)

    regions.settle(HOME, PEER)
    assert read_counter(home, "counter") == read_counter(peer, "counter") == "2"


def test_of_a_delete_and_a_put_of_one_item_the_later_wins(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    for item in ("deleted last", "put last"):
        put_item(home, item, "1")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    put_item(home, "deleted last", "2")
    peer.delete_item(TableName="items", Key={"id": {"S": "deleted last"}})
    home.delete_item(TableName="items", Key={"id": {"S": "put last"}})
    put_item(peer, "put last", "2")
    regions.resume(PEER)

    regions.settle(HOME, PEER)
    for client in (home, peer):
        assert read_value(client, "deleted last") is None
        assert read_value(client, "put last") == "2"


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


def test_a_frozen_region_gets_all_writes_after_the_thaw(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    regions.settle(HOME, PEER)
    regions.freeze(PEER)
    put_item(home, "a", "1")
    eventually(lambda: regions.status(HOME).peers[0].lag_ms > 500)

    assert regions.status(HOME).peers[0].pending == 1
    regions.thaw(PEER)
    regions.settle(HOME, PEER, within_s=15.0)
    assert read_value(peer, "a") == "1"


def test_a_region_that_was_down_gets_the_writes_it_missed(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    regions.kill(PEER)
    put_item(home, "a", "1")
    with pytest.raises(EndpointConnectionError):
        read_value(peer, "a")
    eventually(lambda: "does not answer" in regions.status(HOME).peers[0].problem)
    regions.kill(HOME)
    regions.start(HOME, PEER)

    eventually(lambda: read_value(peer, "a") == "1")
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
    put_item(home, "a", "1")
    regions.settle(HOME, PEER)
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        put_item(peer, "a", "2", ConditionExpression="attribute_not_exists(id)")

    regions.settle(HOME, PEER)
    assert read_value(home, "a") == read_value(peer, "a") == "1"


def start_both(regions: RegionProcesses) -> "tuple[DynamoDBClient, DynamoDBClient]":
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    regions.settle(HOME, PEER)
    return home, regions.client(PEER)


def test_a_slow_network_delays_each_write_but_not_the_throughput(regions: RegionProcesses) -> None:
    regions.configure(TwinSettings(speed=100.0))
    home, _ = start_both(regions)
    regions.metrics(HOME)
    regions.begin_fault(FaultKind.SLOW, PEER, delay_ms=400)

    for number in range(300):
        put_item(home, f"item-{number}", "1")
    regions.settle(HOME, PEER)

    (latency,) = regions.metrics(HOME).samples
    assert latency.statistics.count == 300
    assert latency.statistics.least >= 400
    # One write after the other would take two minutes.
    assert latency.statistics.most < 20_000


def test_replication_latency_is_published_by_table_and_receiving_region_in_the_source(
    regions: RegionProcesses,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    regions.configure(TwinSettings(speed=10.0, replication_lag_s=1.0, replication_spread=0.0))
    home, _ = start_both(regions)
    for region in (HOME, PEER):
        regions.metrics(region)
    put_item(home, "item", "1")
    regions.settle(HOME, PEER)

    (sample,) = regions.metrics(HOME).samples

    assert (sample.namespace, sample.name) == ("AWS/DynamoDB", "ReplicationLatency")
    assert sample.dimensions == {"TableName": "items", "ReceivingRegion": PEER}
    assert sample.unit == "Milliseconds"
    assert 100 <= sample.statistics.least < 5000
    assert _samples(regions, PEER) == ()
    assert _samples(regions, HOME) == ()


def test_the_backfill_of_a_new_replica_has_no_replication_latency(regions: RegionProcesses) -> None:
    """No client waits for it: the metric tells of writes."""
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER)
    put_item(home, "item", "1")
    regions.settle(HOME, PEER)
    regions.metrics(HOME)

    regions.add_replica(THIRD)
    regions.settle(HOME, PEER, THIRD)

    assert _samples(regions, HOME) == ()
    put_item(home, "item", "2")
    regions.settle(HOME, PEER, THIRD)
    receivers = {sample.dimensions["ReceivingRegion"] for sample in _samples(regions, HOME)}
    assert receivers == {PEER, THIRD}


def _samples(regions: RegionProcesses, region: str) -> tuple[MetricSample, ...]:
    return regions.metrics(region).samples
