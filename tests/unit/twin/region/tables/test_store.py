"""The store: acknowledged writes survive a restart, and peers get every version."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.twin.region.tables.simulated_regions import HOME, PEER, SimulatedRegion
from twin.core.table_engine import TableApiError
from twin.region.tables.recovery import snapshot_records
from twin.region.tables.table_state import MEMBER_PREFIX


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path / HOME)
    region.create()
    yield region
    region.wal.close()


@pytest.fixture
def peer(tmp_path: Path, home: SimulatedRegion) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path / PEER, PEER, home.clock)
    home.join(PEER)
    region.store.create_replica("t", "id-of-t", home.store.tables["t"].register_versions())
    home.store.start_backfill("t", PEER)
    region.store.receive(home.send_to(PEER))
    assert home.store.finish_backfill("t", PEER)
    yield region
    region.wal.close()


def compact(region: SimulatedRegion, *meanwhile: str) -> None:
    """Write a snapshot; the items `meanwhile` are put while it is written."""
    snapshot = region.wal.begin_snapshot()
    items = iter(meanwhile)
    for text in snapshot_records(region.store):
        snapshot.write(text)
        for item in items:
            region.put(item, "meanwhile")
            break
    for item in items:
        region.put(item, "meanwhile")
    snapshot.sync()
    region.wal.finish_snapshot(snapshot)


def test_items_settings_and_deletions_survive_a_restart(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.put("a", "2")
    home.put("gone", "1")
    home.delete("gone")
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/t"
    home.engine.execute("TagResource", {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]})
    home.store.commit_settings("t")
    before = home.engine.settings("t")
    home.restart()

    assert home.value("a") == "2"
    assert home.value("gone") is None
    assert home.engine.settings("t") == before
    assert home.engine.count_items("t") == 1


def test_a_sort_key_a_number_and_binary_values_survive(tmp_path: Path) -> None:
    region = SimulatedRegion(tmp_path)
    region.create(sort_key=True)
    item = {"id": {"S": "a"}, "at": {"N": "1.0"}, "raw": {"B": "aGVsbG8="}, "bs": {"BS": ["YQ=="]}}
    region.run("PutItem", TableName="t", Item=item)
    region.run("PutItem", TableName="t", Item={**item, "at": {"N": "1"}, "raw": {"B": "YQ=="}})
    region.restart()

    (image,) = region.engine.all_images("t")
    assert image["raw"] == {"B": "YQ=="}
    region.run("DeleteItem", TableName="t", Key={"id": {"S": "a"}, "at": {"N": "1.00"}})
    region.restart()
    assert list(region.engine.all_images("t")) == []
    region.wal.close()


def test_a_dropped_table_stays_dropped(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.store.commit_drop("t")
    home.restart()

    assert home.engine.table_names() == ()


def test_a_write_that_can_t_be_logged_is_undone(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.wal.full = True

    with pytest.raises(TableApiError, match="can't write its log"):
        home.put("a", "2")
    with pytest.raises(TableApiError):
        home.put("b", "1")
    assert home.value("a") == "1"
    assert home.value("b") is None


def test_settings_that_can_t_be_logged_are_undone(home: SimulatedRegion) -> None:
    home.wal.full = True
    home.engine.set_setting("t", "ttl", {"enabled": True, "attribute": "x"})

    with pytest.raises(TableApiError):
        home.store.commit_settings("t")
    assert home.engine.settings("t").shared["ttl"]["enabled"] is False


def test_a_table_that_can_t_be_logged_is_not_there(home: SimulatedRegion) -> None:
    home.wal.full = True

    with pytest.raises(TableApiError):
        home.create(name="second")
    assert home.engine.table_names() == ("t",)


def test_a_write_is_sent_after_its_lag_and_applied_with_its_stamp(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")

    assert home.send_to(PEER) == []
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    assert peer.store.receive(sent) == []
    assert peer.value("a") == "1"
    item = home.store.tables["t"].item_key({"id": {"S": "a"}})
    stamps = [r.store.tables["t"].stamps.get(item) for r in (home, peer)]
    assert stamps[0] == stamps[1] is not None


def test_unacknowledged_versions_are_sent_after_a_restart(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.put("b", "1")
    home.clock.seconds += 1.0
    outbox = home.store.outboxes.for_peer(PEER)
    batch = outbox.take_batch(home.clock.monotonic(), count=1, size=1)
    home.store.acknowledge(PEER, batch)
    home.restart()

    assert [version["i"]["id"]["S"] for version in home.send_to(PEER)] == ["b"]
    home.restart()
    assert len(home.store.outboxes.for_peer(PEER)) == 0


def test_a_received_version_survives_a_restart_and_is_not_sent_on(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))
    peer.restart()

    assert peer.value("a") == "1"
    assert len(peer.store.outboxes.for_peer(HOME)) == 0


def test_an_older_version_is_not_applied(home: SimulatedRegion, peer: SimulatedRegion) -> None:
    """Last writer wins.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    home.put("a", "older")
    home.clock.seconds += 1.0
    peer.put("a", "newer")
    peer.store.receive(home.send_to(PEER))

    assert peer.value("a") == "newer"


def test_writing_an_unchanged_item_still_wins_over_an_older_write(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    peer.put("a", "theirs")
    peer.clock.seconds += 1.0
    home.put("a", "ours")
    home.put("a", "ours")
    home.store.receive(peer.send_to(HOME))
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))

    assert home.value("a") == peer.value("a") == "ours"


def test_deleting_an_item_that_has_not_arrived_yet_wins_over_its_put(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    peer.delete("a")
    peer.store.receive(home.send_to(PEER))
    peer.restart()
    peer.clock.seconds += 1.0
    home.store.receive(peer.send_to(HOME))

    assert peer.value("a") is None
    assert home.value("a") is None


def test_a_single_region_table_keeps_no_tombstones(home: SimulatedRegion) -> None:
    for number in range(20):
        home.put(f"item {number}")
        home.delete(f"item {number}")

    assert home.store.tables["t"].stamps.tombstones == {}


def test_a_backfill_sends_everything_and_is_repeated_after_a_restart(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    home.put("a", "1")
    home.put("gone", "1")
    home.delete("gone")
    new = SimulatedRegion(tmp_path / "new", PEER, home.clock)
    home.join(PEER)
    new.store.create_replica("t", "id-of-t", home.store.tables["t"].register_versions())
    home.store.start_backfill("t", PEER)
    home.restart()

    assert not home.store.finish_backfill("t", PEER)
    new.store.receive(home.send_to(PEER))
    assert home.store.finish_backfill("t", PEER)
    assert new.value("a") == "1"
    home.restart()
    assert home.store.outboxes.backfills == {}
    new.wal.close()


def test_shared_settings_reach_the_peer_and_local_ones_do_not(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    home.engine.set_setting("t", "ttl", {"enabled": True, "attribute": "until"})
    home.engine.set_setting("t", "tags", [{"Key": "k", "Value": "v"}])
    home.engine.set_setting("t", "protection", True)
    home.store.commit_settings("t")
    peer.store.receive(home.send_to(PEER))

    assert peer.engine.settings("t").shared["ttl"] == {"enabled": True, "attribute": "until"}
    assert peer.engine.settings("t").local["tags"] == []
    assert peer.engine.settings("t").local["protection"] is False
    peer.restart()
    assert peer.engine.settings("t").shared["ttl"]["enabled"] is True


def test_a_table_with_another_id_is_reported_as_unknown(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    peer.store.commit_drop("t")

    assert peer.store.receive(sent) == ["id-of-t"]


def test_writes_are_still_sent_after_their_table_was_dropped(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    peer.put("a", "last words")
    peer.store.commit_drop("t")
    peer.restart()
    peer.clock.seconds += 1.0
    home.store.receive(peer.send_to(HOME))

    assert home.value("a") == "last words"


def test_pause_survives_a_restart(home: SimulatedRegion) -> None:
    home.store.set_paused(True)
    home.restart()

    assert home.store.paused


def test_a_snapshot_has_the_same_state_even_with_concurrent_writes(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    for number in range(130):
        home.put(f"item {number}", "1")
    home.put("item 5", "2")
    home.delete("item 7")
    compact(home, "item 3", "new", "item 129")
    home.put("after", "1")
    images = sorted(json.dumps(image) for image in home.engine.all_images("t"))
    pending = len(home.store.outboxes.for_peer(PEER))
    versions = home.store.tables["t"].stamps
    home.restart()

    restored = home.store.tables["t"].stamps
    assert sorted(json.dumps(image) for image in home.engine.all_images("t")) == images
    assert restored.live == versions.live
    assert restored.tombstones == versions.tombstones
    assert len(home.store.outboxes.for_peer(PEER)) <= pending
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))
    assert sorted(json.dumps(image) for image in peer.engine.all_images("t")) == images


def test_stamps_rise_after_a_restart_even_if_the_clock_was_set_back(home: SimulatedRegion) -> None:
    home.put("a", "1")
    before = home.store.last_stamp_us
    home.restart()
    home.clock.seconds -= 3600
    home.put("b", "1")

    assert home.store.last_stamp_us > before


def test_an_outbox_keeps_its_order_in_a_snapshot(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    for number in range(60):
        home.put(f"item {number}", "1")
    compact(home, "one", "two", "three", "four", "five")
    home.restart()

    sequences = [version.sequence for version in home.store.outboxes.for_peer(PEER).pending()]
    assert len(sequences) == 65
    assert sequences == sorted(sequences)
    assert peer.value("one") is None


def test_sequence_numbers_rise_after_a_snapshot_so_that_no_new_write_looks_acknowledged(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    home.send_to(PEER)
    compact(home)
    home.restart()
    home.put("b", "1")
    home.restart()

    assert [version["i"]["id"]["S"] for version in home.send_to(PEER)] == ["b"]
    assert peer.value("b") is None


def test_an_index_over_values_that_are_too_long_for_it_does_not_stop_a_restart(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.run("PutItem", TableName="t", Item={"id": {"S": "long"}, "g": {"S": "x" * 3000}})
    keys = [{"AttributeName": "g", "KeyType": "HASH"}]
    index = {"IndexName": "by-g", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    home.run(
        "UpdateTable",
        TableName="t",
        AttributeDefinitions=attributes,
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    home.store.commit_settings("t")
    compact(home)
    home.restart()
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    peer.store.receive(sorted(sent, key=lambda version: "r" not in version))
    peer.restart()

    assert home.engine.count_items("t") == peer.engine.count_items("t") == 1


def test_a_table_that_has_left_its_group_is_dropped_at_the_next_start(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a")
    home.store.commit_registers(
        "t", {MEMBER_PREFIX + HOME: None}
    )  # DeleteTable, killed at this point
    home.restart()

    assert home.store.tables == {}
    assert home.engine.table_names() == ()
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))
    assert HOME not in peer.store.tables["t"].members
    assert peer.value("a") == ""
