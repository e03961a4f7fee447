"""What is sent to a peer: backfills, and writes of a dropped table."""

from pathlib import Path

from tests.unit.twin.region.tables.simulated_regions import HOME, PEER, SimulatedRegion


def test_a_backfill_sends_everything_and_is_repeated_after_a_restart(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    home.put("a", "1")
    home.put("gone", "1")
    home.delete("gone")
    new = SimulatedRegion(tmp_path / "new", PEER, home.clock)
    home.join(PEER)
    new.store.create_replica("tab", "id-of-tab", home.store.tables["tab"].register_versions())
    home.store.start_backfill("tab", PEER)
    home.restart()

    assert not home.store.finish_backfill("tab", PEER)
    new.store.receive(home.send_to(PEER))
    assert home.store.finish_backfill("tab", PEER)
    assert new.value("a") == "1"
    home.restart()
    assert home.store.outboxes.backfills == {}
    new.wal.close()


def test_writes_are_still_sent_after_their_table_was_dropped(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    peer.put("a", "last words")
    peer.store.commit_drop("tab")
    peer.restart()
    peer.clock.seconds += 1.0
    home.store.receive(peer.send_to(HOME))

    assert home.value("a") == "last words"
