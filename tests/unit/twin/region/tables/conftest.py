"""A Region with a table, and a peer with its replica."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.twin.region.tables.simulated_regions import HOME, PEER, SimulatedRegion


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
    region.store.create_replica("tab", "id-of-tab", home.store.tables["tab"].register_versions())
    home.store.start_backfill("tab", PEER)
    region.store.receive(home.send_to(PEER))
    assert home.store.finish_backfill("tab", PEER)
    yield region
    region.wal.close()
