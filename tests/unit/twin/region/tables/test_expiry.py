"""Expired items are deleted in the background, once, and everywhere."""

import asyncio
from typing import Any

from tests.unit.twin.region.tables.simulated_regions import NOW, PEER, SimulatedRegion
from twin.region.tables.expiry import EXPIRY_DELAY_S, OTHER_REGION_DELAY_S, ItemExpiry
from twin.region.tables.streams import SHARD


def put(region: SimulatedRegion, item: str, expires_s: float) -> None:
    image = {"id": {"S": item}, "v": {"S": item}, "until": {"N": str(int(expires_s))}}
    region.run("PutItem", TableName="tab", Item=image)


def enable_ttl(region: SimulatedRegion) -> None:
    specification = {"Enabled": True, "AttributeName": "until"}
    region.run("UpdateTimeToLive", TableName="tab", TimeToLiveSpecification=specification)
    region.store.commit_settings("tab")


def expire(region: SimulatedRegion, speed: float = 1.0) -> ItemExpiry:
    expiry = ItemExpiry(store=region.store, clock=region.clock, speed=speed)
    asyncio.run(expiry.delete_expired())
    return expiry


def stream_records(region: SimulatedRegion) -> list[dict[str, Any]]:
    streams = region.store.streams
    (stream,) = streams.execute("ListStreams", {"TableName": "tab"})["Streams"]
    request = {
        "StreamArn": stream["StreamArn"],
        "ShardId": SHARD,
        "ShardIteratorType": "TRIM_HORIZON",
    }
    iterator = streams.execute("GetShardIterator", request)
    records: list[dict[str, Any]] = streams.execute("GetRecords", iterator)["Records"]
    return records


def test_an_expired_item_stays_readable_until_the_delay_is_over(home: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html"""
    enable_ttl(home)
    put(home, "old", NOW + 10)
    put(home, "young", NOW + 10_000)

    home.clock.seconds += 10 + EXPIRY_DELAY_S
    expire(home)
    assert home.value("old") == "old"
    home.clock.seconds += 1
    expiry = expire(home)
    assert home.value("old") is None
    assert home.value("young") == "young"
    (sample,) = expiry.take_metrics()
    assert (sample.name, sample.statistics.total) == ("TimeToLiveDeletedItemCount", 1.0)


def test_the_delay_is_shorter_in_a_faster_twin(home: SimulatedRegion) -> None:
    enable_ttl(home)
    put(home, "old", NOW + 1)

    home.clock.seconds += 2 + EXPIRY_DELAY_S / 100
    expire(home, speed=100)

    assert home.value("old") is None


def test_nothing_expires_without_time_to_live(home: SimulatedRegion) -> None:
    put(home, "old", NOW + 1)

    home.clock.seconds += 10 * EXPIRY_DELAY_S
    expire(home)

    assert home.value("old") == "old"


def test_the_stream_names_the_service_as_who_deleted(home: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html"""
    enable_ttl(home)
    put(home, "old", NOW + 1)
    put(home, "other", NOW + 10_000)
    home.delete("other")
    home.clock.seconds += 10 + EXPIRY_DELAY_S
    expire(home)

    *others, last = stream_records(home)
    assert last["eventName"] == "REMOVE"
    assert last["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert all("userIdentity" not in record for record in others)


def test_an_expiry_is_replicated_as_a_plain_deletion(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html"""
    enable_ttl(home)
    put(home, "old", NOW + 10)
    home.clock.seconds += 5
    peer.store.receive(home.send_to(PEER))
    assert peer.value("old") == "old"
    home.clock.seconds += 10 + EXPIRY_DELAY_S
    expire(home)
    home.clock.seconds += 5
    peer.store.receive(home.send_to(PEER))

    assert peer.value("old") is None
    assert stream_records(peer)[-1]["eventName"] == "REMOVE"
    assert "userIdentity" not in stream_records(peer)[-1]


def test_another_region_deletes_only_when_the_writer_does_not(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    enable_ttl(home)
    put(home, "old", NOW + 10)
    home.clock.seconds += 5
    peer.store.receive(home.send_to(PEER))

    home.clock.seconds += 10 + EXPIRY_DELAY_S
    expire(peer)
    assert peer.value("old") == "old"
    home.clock.seconds += OTHER_REGION_DELAY_S
    expire(peer)
    assert peer.value("old") is None


def test_an_expiry_survives_a_restart(home: SimulatedRegion) -> None:
    enable_ttl(home)
    put(home, "old", NOW + 10)
    home.clock.seconds += 20 + EXPIRY_DELAY_S
    expire(home)

    home.restart()

    assert home.value("old") is None


def test_an_item_whose_deletion_can_not_be_logged_stays(home: SimulatedRegion) -> None:
    enable_ttl(home)
    put(home, "old", NOW + 10)
    home.clock.seconds += 20 + EXPIRY_DELAY_S
    home.wal.full = True
    expire(home)

    assert home.value("old") == "old"


async def test_a_table_may_be_deleted_while_another_one_s_items_expire(
    home: SimulatedRegion,
) -> None:
    home.create(name="other")
    enable_ttl(home)
    put(home, "old", NOW + 10)
    home.clock.seconds += 20 + EXPIRY_DELAY_S
    expiry = ItemExpiry(store=home.store, clock=home.clock, speed=1.0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(expiry.delete_expired())
        await asyncio.sleep(0)
        home.store.commit_drop("other")

    assert home.value("old") is None
