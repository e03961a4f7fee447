"""What ends a replica's creation, and what must not end the Region."""

from pathlib import Path
from typing import Any

import pytest

from tests.clocks import HandClock
from tests.unit.twin.region.tables.worlds import HOME, NOW, PEER, Region
from twin.region.tables.global_tables import GlobalTables
from twin.region.tables.peers import PeerRefused, Peers
from twin.region.tables.state import MEMBER, Member, MemberStatus


class Refusing(Peers):
    """A Region that has a table of this name already."""

    def __init__(self) -> None:
        """Nobody is really asked."""

    async def tables_of_any(self, peer: str, order: dict[str, Any]) -> dict[str, Any]:
        raise PeerRefused(f"{peer} has {order['t']}", "ValidationException")


class Waits(Exception):
    """Somebody sleeps."""


class StandingClock(HandClock):
    """A clock that ends the test where somebody waits."""

    async def sleep(self, seconds: float) -> None:
        raise Waits


async def test_a_full_disk_delays_the_end_of_a_refused_creation(tmp_path: Path) -> None:
    home = Region(tmp_path, clock=StandingClock(NOW))
    home.create()
    begun = Member(status=MemberStatus.CREATING, source=HOME, since_s=0.0, made=False)
    home.ledger.commit_registers("t", {MEMBER + PEER: begun.to_json()})
    global_tables = GlobalTables(
        ledger=home.ledger, engine=home.engine, peers=Refusing(), clock=home.clock, speed=1.0
    )
    home.journal.full = True

    with pytest.raises(Waits):
        await global_tables.run()
    assert PEER in home.ledger.tables["t"].members
    home.journal.full = False
    with pytest.raises(Waits):
        await global_tables.run()

    assert PEER not in home.ledger.tables["t"].members
    home.journal.close()
