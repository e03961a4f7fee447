"""The ledger: what was answered is there after a restart, and peers get what they are owed."""

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
    region.journal.close()


@pytest.fixture
def peer(tmp_path: Path, home: SimulatedRegion) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path / PEER, PEER, home.clock)
    home.join(PEER)
    region.ledger.adopt_replica("t", "id-of-t", home.ledger.tables["t"].register_wires())
    home.ledger.start_fill("t", PEER)
    region.ledger.receive(home.sent_to(PEER))
    assert home.ledger.end_fill("t", PEER)
    yield region
    region.journal.close()


def fold(region: SimulatedRegion, *meanwhile: str) -> None:
    """Write a base; the items `meanwhile` are put while it is written."""
    base = region.journal.begin_base()
    items = iter(meanwhile)
    for text in snapshot_records(region.ledger):
        base.write(text)
        for item in items:
            region.put(item, "meanwhile")
            break
    for item in items:
        region.put(item, "meanwhile")
    base.sync()
    region.journal.finish_base(base)


def test_items_settings_and_deletions_survive_a_restart(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.put("a", "2")
    home.put("gone", "1")
    home.delete("gone")
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/t"
    home.engine.execute("TagResource", {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]})
    home.ledger.commit_settings("t")
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
    region.journal.close()


def test_a_dropped_table_stays_dropped(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.ledger.commit_drop("t")
    home.restart()

    assert home.engine.table_names() == ()


def test_a_write_that_can_t_be_logged_is_undone(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.journal.full = True

    with pytest.raises(TableApiError, match="can't write its log"):
        home.put("a", "2")
    with pytest.raises(TableApiError):
        home.put("b", "1")
    assert home.value("a") == "1"
    assert home.value("b") is None


def test_settings_that_can_t_be_logged_are_undone(home: SimulatedRegion) -> None:
    home.journal.full = True
    home.engine.set_setting("t", "ttl", {"enabled": True, "attribute": "x"})

    with pytest.raises(TableApiError):
        home.ledger.commit_settings("t")
    assert home.engine.settings("t").shared["ttl"]["enabled"] is False


def test_a_table_that_can_t_be_logged_is_not_there(home: SimulatedRegion) -> None:
    home.journal.full = True

    with pytest.raises(TableApiError):
        home.create(name="second")
    assert home.engine.table_names() == ("t",)


def test_a_write_is_owed_after_its_lag_and_taken_with_its_stamp(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")

    assert home.sent_to(PEER) == []
    home.clock.seconds += 1.0
    sent = home.sent_to(PEER)
    assert peer.ledger.receive(sent) == []
    assert peer.value("a") == "1"
    item = home.ledger.tables["t"].item_of({"id": {"S": "a"}})
    stamps = [r.ledger.tables["t"].versions.get(item) for r in (home, peer)]
    assert stamps[0] == stamps[1] is not None


def test_what_was_not_acknowledged_is_owed_after_a_restart(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.put("b", "1")
    home.clock.seconds += 1.0
    outbox = home.ledger.debts.outbox(PEER)
    batch = outbox.take_batch(home.clock.monotonic(), count=1, size=1)
    home.ledger.acknowledge(PEER, batch)
    home.restart()

    assert [wire["i"]["id"]["S"] for wire in home.sent_to(PEER)] == ["b"]
    home.restart()
    assert len(home.ledger.debts.outbox(PEER)) == 0


def test_a_version_that_came_is_there_after_a_restart_and_is_not_owed_on(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    peer.ledger.receive(home.sent_to(PEER))
    peer.restart()

    assert peer.value("a") == "1"
    assert len(peer.ledger.debts.outbox(HOME)) == 0


def test_an_older_version_is_not_taken(home: SimulatedRegion, peer: SimulatedRegion) -> None:
    """Last writer wins.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    home.put("a", "older")
    home.clock.seconds += 1.0
    peer.put("a", "newer")
    peer.ledger.receive(home.sent_to(PEER))

    assert peer.value("a") == "newer"


def test_writing_what_is_there_already_still_beats_an_older_write(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    peer.put("a", "theirs")
    peer.clock.seconds += 1.0
    home.put("a", "ours")
    home.put("a", "ours")
    home.ledger.receive(peer.sent_to(HOME))
    home.clock.seconds += 1.0
    peer.ledger.receive(home.sent_to(PEER))

    assert home.value("a") == peer.value("a") == "ours"


def test_deleting_what_is_not_there_yet_beats_the_put_that_was_on_its_way(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    peer.delete("a")
    peer.ledger.receive(home.sent_to(PEER))
    peer.restart()
    peer.clock.seconds += 1.0
    home.ledger.receive(peer.sent_to(HOME))

    assert peer.value("a") is None
    assert home.value("a") is None


def test_a_single_region_table_keeps_no_delete_markers(home: SimulatedRegion) -> None:
    for number in range(20):
        home.put(f"item {number}")
        home.delete(f"item {number}")

    assert home.ledger.tables["t"].versions.tombstones == {}


def test_a_fill_brings_everything_with_its_stamps_and_is_done_again_after_a_restart(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    home.put("a", "1")
    home.put("gone", "1")
    home.delete("gone")
    new = SimulatedRegion(tmp_path / "new", PEER, home.clock)
    home.join(PEER)
    new.ledger.adopt_replica("t", "id-of-t", home.ledger.tables["t"].register_wires())
    home.ledger.start_fill("t", PEER)
    home.restart()

    assert not home.ledger.end_fill("t", PEER)
    new.ledger.receive(home.sent_to(PEER))
    assert home.ledger.end_fill("t", PEER)
    assert new.value("a") == "1"
    home.restart()
    assert home.ledger.debts.fills == {}
    new.journal.close()


def test_shared_settings_reach_the_peer_and_local_ones_do_not(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    home.engine.set_setting("t", "ttl", {"enabled": True, "attribute": "until"})
    home.engine.set_setting("t", "tags", [{"Key": "k", "Value": "v"}])
    home.engine.set_setting("t", "protection", True)
    home.ledger.commit_settings("t")
    peer.ledger.receive(home.sent_to(PEER))

    assert peer.engine.settings("t").shared["ttl"] == {"enabled": True, "attribute": "until"}
    assert peer.engine.settings("t").local["tags"] == []
    assert peer.engine.settings("t").local["protection"] is False
    peer.restart()
    assert peer.engine.settings("t").shared["ttl"]["enabled"] is True


def test_a_table_of_another_identity_is_told_as_gone(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    sent = home.sent_to(PEER)
    peer.ledger.commit_drop("t")

    assert peer.ledger.receive(sent) == ["id-of-t"]


def test_writes_are_still_owed_after_their_table_was_dropped_here(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    peer.put("a", "last words")
    peer.ledger.commit_drop("t")
    peer.restart()
    peer.clock.seconds += 1.0
    home.ledger.receive(peer.sent_to(HOME))

    assert home.value("a") == "last words"


def test_pause_survives_a_restart(home: SimulatedRegion) -> None:
    home.ledger.set_paused(True)
    home.restart()

    assert home.ledger.paused


def test_a_folded_log_says_the_same_even_when_writes_come_meanwhile(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    for number in range(130):
        home.put(f"item {number}", "1")
    home.put("item 5", "2")
    home.delete("item 7")
    fold(home, "item 3", "new", "item 129")
    home.put("after", "1")
    images = sorted(json.dumps(image) for image in home.engine.all_images("t"))
    owed = len(home.ledger.debts.outbox(PEER))
    versions = home.ledger.tables["t"].versions
    home.restart()

    restored = home.ledger.tables["t"].versions
    assert sorted(json.dumps(image) for image in home.engine.all_images("t")) == images
    assert restored.live == versions.live
    assert restored.tombstones == versions.tombstones
    assert len(home.ledger.debts.outbox(PEER)) <= owed
    home.clock.seconds += 1.0
    peer.ledger.receive(home.sent_to(PEER))
    assert sorted(json.dumps(image) for image in peer.engine.all_images("t")) == images


def test_stamps_go_on_after_a_restart_even_if_the_clock_was_set_back(home: SimulatedRegion) -> None:
    home.put("a", "1")
    before = home.ledger.last_us
    home.restart()
    home.clock.seconds -= 3600
    home.put("b", "1")

    assert home.ledger.last_us > before


def test_what_is_owed_keeps_its_order_over_a_fold(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    for number in range(60):
        home.put(f"item {number}", "1")
    fold(home, "one", "two", "three", "four", "five")
    home.restart()

    numbers = [owed.sequence for owed in home.ledger.debts.outbox(PEER).pending()]
    assert len(numbers) == 65
    assert numbers == sorted(numbers)
    assert peer.value("one") is None


def test_numbers_go_on_after_a_fold_so_that_no_new_write_looks_acknowledged(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    home.sent_to(PEER)
    fold(home)
    home.restart()
    home.put("b", "1")
    home.restart()

    assert [wire["i"]["id"]["S"] for wire in home.sent_to(PEER)] == ["b"]
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
    home.ledger.commit_settings("t")
    fold(home)
    home.restart()
    home.clock.seconds += 1.0
    sent = home.sent_to(PEER)
    peer.ledger.receive(sorted(sent, key=lambda wire: "r" not in wire))
    peer.restart()

    assert home.engine.count_items("t") == peer.engine.count_items("t") == 1


def test_a_table_that_left_its_group_and_was_not_gone_yet_goes_at_the_next_start(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a")
    home.ledger.commit_registers(
        "t", {MEMBER_PREFIX + HOME: None}
    )  # DeleteTable, killed right here
    home.restart()

    assert home.ledger.tables == {}
    assert home.engine.table_names() == ()
    home.clock.seconds += 1.0
    peer.ledger.receive(home.sent_to(PEER))
    assert HOME not in peer.ledger.tables["t"].members
    assert peer.value("a") == ""
