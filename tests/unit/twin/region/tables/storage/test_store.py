"""The store: a write is logged or undone, stamped, and sent to the peers."""

import pytest

from tests.unit.twin.region.tables.simulated_regions import HOME, PEER, SimulatedRegion
from twin.core.tables.table_engine import TableApiError


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
    home.engine.set_setting("tab", "ttl", {"enabled": True, "attribute": "x"})

    with pytest.raises(TableApiError):
        home.store.commit_settings("tab")
    assert home.engine.settings("tab").shared["ttl"]["enabled"] is False


def test_a_register_that_can_t_be_logged_is_not_there(home: SimulatedRegion) -> None:
    state = home.store.tables["tab"]
    before = dict(state.registers)
    home.wal.full = True

    with pytest.raises(TableApiError):
        home.store.commit_registers("tab", {"consistency": {"mode": "STRONG"}})
    assert state.registers == before
    assert not home.store.has_strong_tables


def test_a_table_that_can_t_be_logged_is_not_there(home: SimulatedRegion) -> None:
    home.wal.full = True

    with pytest.raises(TableApiError):
        home.create(name="second")
    assert home.engine.table_names() == ("tab",)


def test_a_write_is_sent_after_its_lag_and_applied_with_its_stamp(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")

    assert home.send_to(PEER) == []
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    assert peer.store.receive(sent) == []
    assert peer.value("a") == "1"
    item = home.store.tables["tab"].item_key({"id": {"S": "a"}})
    stamps = [r.store.tables["tab"].stamps.get(item) for r in (home, peer)]
    assert stamps[0] == stamps[1] is not None


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

    assert home.store.tables["tab"].stamps.tombstones == {}


def test_shared_settings_reach_the_peer_and_local_ones_do_not(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    home.engine.set_setting("tab", "ttl", {"enabled": True, "attribute": "until"})
    home.engine.set_setting("tab", "tags", [{"Key": "k", "Value": "v"}])
    home.engine.set_setting("tab", "protection", True)
    home.store.commit_settings("tab")
    peer.store.receive(home.send_to(PEER))

    assert peer.engine.settings("tab").shared["ttl"] == {"enabled": True, "attribute": "until"}
    assert peer.engine.settings("tab").local["tags"] == []
    assert peer.engine.settings("tab").local["protection"] is False
    peer.restart()
    assert peer.engine.settings("tab").shared["ttl"]["enabled"] is True


def test_a_table_with_another_id_is_reported_as_unknown(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    home.put("a", "1")
    home.clock.seconds += 1.0
    sent = home.send_to(PEER)
    peer.store.commit_drop("tab")

    assert peer.store.receive(sent) == ["id-of-tab"]


def test_stamps_rise_after_a_restart_even_if_the_clock_was_set_back(home: SimulatedRegion) -> None:
    home.put("a", "1")
    before = home.store.last_stamp_us
    home.restart()
    home.clock.seconds -= 3600
    home.put("b", "1")

    assert home.store.last_stamp_us > before
