"""Tombstones are dropped once no older version can arrive, and not before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.full_disk import FULL_DEVICE
from tests.no_threads import no_threads
from tests.unit.twin.region.tables.simulated_regions import PEER, SimulatedRegion
from twin.region.tables.replication.replicator import PeerClient, PeerUnreachable
from twin.region.tables.storage.compaction import Compactor

THIRD = "ap-south-1"
FAR = 10**18


class FakePeers(PeerClient):
    """Peers with the given watermarks; the others do not answer."""

    def __init__(self, watermarks: dict[str, int]) -> None:
        self._watermarks = watermarks

    async def watermarks(self, peer: str, table_ids: list[str]) -> dict[str, int]:
        if peer not in self._watermarks:
            raise PeerUnreachable(f"{peer} does not answer")
        return dict.fromkeys(table_ids, self._watermarks[peer])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path)
    region.create()
    region.join(PEER, THIRD)
    region.put("a", "1")
    region.delete("a")
    region.clock.seconds += 1.0
    yield region
    region.wal.close()


def tombstones(region: SimulatedRegion) -> int:
    return len(region.store.tables["tab"].stamps.tombstones)


def compactor(region: SimulatedRegion, peers: FakePeers) -> Compactor:
    return Compactor(store=region.store, wal=region.wal, peers=peers, clock=region.clock)


async def test_a_tombstone_is_dropped_after_all_acknowledgements_and_watermarks(
    home: SimulatedRegion,
) -> None:
    peers = FakePeers({PEER: FAR, THIRD: FAR})
    home.send_to(PEER)
    await compactor(home, peers).drop_tombstones()
    assert tombstones(home) == 1

    home.send_to(THIRD)
    await compactor(home, peers).drop_tombstones()
    assert tombstones(home) == 0


@pytest.mark.parametrize("watermarks", [{PEER: FAR}, {PEER: FAR, THIRD: 1}])
async def test_a_tombstone_is_kept_without_a_peer_s_watermark_or_with_an_older_one(
    home: SimulatedRegion, watermarks: dict[str, int]
) -> None:
    peers = FakePeers(watermarks)
    home.send_to(PEER)
    home.send_to(THIRD)
    await compactor(home, peers).drop_tombstones()

    assert tombstones(home) == 1


def test_a_watermark_is_below_pending_versions_and_later_writes(
    home: SimulatedRegion,
) -> None:
    home_compactor = compactor(home, FakePeers({}))
    deleted_us = home.store.last_stamp_us
    with_pending = home_compactor.watermarks_for(PEER, ["id-of-tab", "unknown"])
    home.send_to(PEER)
    without_pending = home_compactor.watermarks_for(PEER, ["id-of-tab"])["id-of-tab"]
    home.put("b", "1")

    assert with_pending.keys() == {"id-of-tab"}
    assert with_pending["id-of-tab"] <= deleted_us < without_pending
    assert home.store.last_stamp_us > without_pending


async def test_a_full_disk_leaves_the_log_as_it_is(
    home: SimulatedRegion, caplog: pytest.LogCaptureFixture
) -> None:
    (home.folder / "base-00000002.part").symlink_to(FULL_DEVICE)
    await compactor(home, FakePeers({})).compact()
    home.put("b", "2")

    assert "can't be compacted and keeps growing: [Errno 28] No space left" in caplog.text
    assert not list(home.folder.glob("*.part"))
    home.restart()
    assert home.value("b") == "2"


async def test_after_a_full_disk_the_log_is_compacted(home: SimulatedRegion) -> None:
    (home.folder / "base-00000002.part").symlink_to(FULL_DEVICE)
    await compactor(home, FakePeers({})).compact()
    await compactor(home, FakePeers({})).compact()

    names = sorted(path.name for path in home.folder.iterdir())
    assert names == ["base-00000003", "lock", "log-00000003"]


async def test_without_a_thread_the_log_stays_as_it_is(
    home: SimulatedRegion, caplog: pytest.LogCaptureFixture
) -> None:
    with no_threads():
        await compactor(home, FakePeers({})).compact()
    home.put("b", "2")

    assert "can't be compacted and keeps growing" in caplog.text
    home.restart()
    assert home.value("b") == "2"
