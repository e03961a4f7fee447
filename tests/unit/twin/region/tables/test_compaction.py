"""Housekeeping: delete markers go when nothing older can come, and not before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.twin.region.tables.simulated_regions import PEER, SimulatedRegion
from twin.region.tables.compaction import Compactor
from twin.region.tables.peers import PeerUnreachable

THIRD = "ap-south-1"
FAR = 10**18


class PromisingPeers:
    """The other Regions: what they promise, or silence."""

    def __init__(self) -> None:
        self.promises: dict[str, int] = {}

    async def horizon(self, peer: str, tables: list[str]) -> dict[str, int]:
        if peer not in self.promises:
            raise PeerUnreachable(f"{peer} does not answer")
        return dict.fromkeys(tables, self.promises[peer])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path)
    region.create()
    region.join(PEER, THIRD)
    region.put("a", "1")
    region.delete("a")
    region.clock.seconds += 1.0
    yield region
    region.journal.close()


def markers(region: SimulatedRegion) -> int:
    return len(region.ledger.tables["t"].versions.tombstones)


def upkeep(region: SimulatedRegion, peers: PromisingPeers) -> Compactor:
    return Compactor(ledger=region.ledger, journal=region.journal, peers=peers, clock=region.clock)


async def test_a_marker_goes_once_all_have_it_and_all_promised(home: SimulatedRegion) -> None:
    peers = PromisingPeers()
    peers.promises = {PEER: FAR, THIRD: FAR}
    home.sent_to(PEER)
    await upkeep(home, peers).forget_markers()
    assert markers(home) == 1

    home.sent_to(THIRD)
    await upkeep(home, peers).forget_markers()
    assert markers(home) == 0


@pytest.mark.parametrize("promises", [{PEER: FAR}, {PEER: FAR, THIRD: 1}])
async def test_a_marker_stays_while_a_region_is_silent_or_may_send_older_versions(
    home: SimulatedRegion, promises: dict[str, int]
) -> None:
    peers = PromisingPeers()
    peers.promises = promises
    home.sent_to(PEER)
    home.sent_to(THIRD)
    await upkeep(home, peers).forget_markers()

    assert markers(home) == 1


def test_a_promise_is_not_above_what_is_owed_and_later_writes_are_above_it(
    home: SimulatedRegion,
) -> None:
    keeper = upkeep(home, PromisingPeers())
    deleted_us = home.ledger.last_us
    owing = keeper.horizon_for(PEER, ["id-of-t", "unknown"])
    home.sent_to(PEER)
    promised = keeper.horizon_for(PEER, ["id-of-t"])["id-of-t"]
    home.put("b", "1")

    assert owing.keys() == {"id-of-t"}
    assert owing["id-of-t"] <= deleted_us < promised
    assert home.ledger.last_us > promised
