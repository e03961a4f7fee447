"""What a restart and a snapshot bring back."""

import json
from pathlib import Path

from tests.unit.twin.region.tables.simulated_regions import HOME, PEER, SimulatedRegion
from twin.region.tables.storage.recovery import snapshot_records
from twin.region.tables.storage.table_state import MEMBER_PREFIX
from twin.region.tables.storage.wal import WriteAheadLog


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
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/tab"
    home.engine.execute("TagResource", {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]})
    home.store.commit_settings("tab")
    before = home.engine.settings("tab")
    home.restart()

    assert home.value("a") == "2"
    assert home.value("gone") is None
    assert home.engine.settings("tab") == before
    assert home.engine.count_items("tab") == 1


def test_a_sort_key_a_number_and_binary_values_survive(tmp_path: Path) -> None:
    region = SimulatedRegion(tmp_path)
    region.create(sort_key=True)
    item = {"id": {"S": "a"}, "at": {"N": "1.0"}, "raw": {"B": "aGVsbG8="}, "bs": {"BS": ["YQ=="]}}
    region.run("PutItem", TableName="tab", Item=item)
    region.run("PutItem", TableName="tab", Item={**item, "at": {"N": "1"}, "raw": {"B": "YQ=="}})
    region.restart()

    (image,) = region.engine.all_images("tab")
    assert image["raw"] == {"B": "YQ=="}
    region.run("DeleteItem", TableName="tab", Key={"id": {"S": "a"}, "at": {"N": "1.00"}})
    region.restart()
    assert list(region.engine.all_images("tab")) == []
    region.wal.close()


def test_items_whose_keys_have_38_digits_survive_a_snapshot_and_deletions_a_restart(
    tmp_path: Path,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    region, digits = SimulatedRegion(tmp_path), "1234567890123456789012345678901234567"
    region.create(sort_key=True)
    kept, gone = ({"id": {"S": "a"}, "at": {"N": digits + last}} for last in "89")
    region.run("PutItem", TableName="tab", Item=kept)
    region.run("PutItem", TableName="tab", Item=gone)
    compact(region)
    region.run("DeleteItem", TableName="tab", Key=gone)
    region.restart()

    assert list(region.engine.all_images("tab")) == [kept]
    region.wal.close()


def test_a_dropped_table_stays_dropped(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.store.commit_drop("tab")
    home.restart()

    assert home.engine.table_names() == ()


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
    images = sorted(json.dumps(image) for image in home.engine.all_images("tab"))
    pending = len(home.store.outboxes.for_peer(PEER))
    versions = home.store.tables["tab"].stamps
    home.restart()

    restored = home.store.tables["tab"].stamps
    assert sorted(json.dumps(image) for image in home.engine.all_images("tab")) == images
    assert restored.live == versions.live
    assert restored.tombstones == versions.tombstones
    assert len(home.store.outboxes.for_peer(PEER)) <= pending
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))
    assert sorted(json.dumps(image) for image in peer.engine.all_images("tab")) == images


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
    home.run("PutItem", TableName="tab", Item={"id": {"S": "long"}, "g": {"S": "x" * 3000}})
    keys = [{"AttributeName": "g", "KeyType": "HASH"}]
    index = {"IndexName": "by-g", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")]
    home.run(
        "UpdateTable",
        TableName="tab",
        AttributeDefinitions=attributes,
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    home.store.commit_settings("tab")
    compact(home)
    home.restart()
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    peer.store.receive(sorted(sent, key=lambda version: "r" not in version))
    peer.restart()

    assert home.engine.count_items("tab") == peer.engine.count_items("tab") == 1


def test_a_table_that_has_left_its_group_is_dropped_at_the_next_start(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a")
    home.store.commit_registers(
        "tab", {MEMBER_PREFIX + HOME: None}
    )  # DeleteTable, killed at this point
    home.restart()

    assert home.store.tables == {}
    assert home.engine.table_names() == ()
    home.clock.seconds += 1.0
    peer.store.receive(home.send_to(PEER))
    assert HOME not in peer.store.tables["tab"].members
    assert peer.value("a") == ""


def test_a_log_of_an_older_version_is_read(tmp_path: Path) -> None:
    """Its items have numbers as they were sent; a stream's label comes before the stream."""
    lines = (Path(__file__).parent / "older_log.jsonl").read_text().splitlines()
    log = WriteAheadLog(tmp_path, sync=False)
    list(log.replay())
    for line in lines:
        log.append(line)
    log.close()

    region = SimulatedRegion(tmp_path)

    first, second = sorted(region.engine.all_images("orders"), key=lambda i: len(i["at"]["N"]))
    assert first == {
        "id": {"S": "a"},
        "at": {"N": "1"},
        "g": {"S": "x"},
        "n": {"N": "2.5"},
        "b": {"B": "aGk="},
        "ns": {"NS": ["2", "1"]},
        "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    }
    assert second == {"id": {"S": "a"}, "at": {"N": "10"}, "g": {"S": "x"}, "v": {"S": "v"}}
    assert region.engine.settings("orders").local.items() >= json.loads(lines[5])["v"].items()
    stream = region.engine.stream("orders")
    assert stream is not None
    assert (stream.enabled, stream.label) == (True, "2026-11-29T09:39:42.085")
    by_index = region.run(
        "Query",
        TableName="orders",
        IndexName="by-g",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "x"}},
    )
    assert json.loads(by_index.body)["Count"] == 2
    region.run("DeleteItem", TableName="orders", Key={"id": {"S": "a"}, "at": {"N": "10"}})
    region.restart()
    assert list(region.engine.all_images("orders")) == [first]
    region.wal.close()


def test_a_stream_keeps_its_label_over_a_restart(home: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Stream.html"""
    off, on = {"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    for specification in (off, on):
        home.clock.seconds += 1.0
        home.engine.execute(
            "UpdateTable", {"TableName": "tab", "StreamSpecification": specification}
        )
        home.store.commit_settings("tab")
    before = home.engine.stream("tab")
    home.clock.seconds += 1.0
    home.restart()

    assert before is not None
    assert home.engine.stream("tab") == before
