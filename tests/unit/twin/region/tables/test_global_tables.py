"""What ends a replica's creation, and what must not end the Region."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.region.tables.simulated_regions import HOME, NOW, PEER, SimulatedRegion
from twin.region.tables.global_tables import GlobalTables
from twin.region.tables.peers import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.table_state import MEMBER_PREFIX, Membership, ReplicaStatus


class Refusing(PeerClient):
    """A Region that has a table of this name already."""

    def __init__(self) -> None:
        """Nobody is really asked."""

    async def tables_of_any(self, peer: str, order: dict[str, Any]) -> dict[str, Any]:
        raise PeerRefused(f"{peer} has {order['t']}", "ValidationException")


class Source(PeerClient):
    """The Region that ordered a replica, and its books."""

    def __init__(self, since_s: float | None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`meanwhile`: what happens before its answer arrives."""
        self._since_s = since_s
        self._meanwhile = meanwhile

    async def member_since(self, peer: str, table_id: str) -> float | None:
        assert (peer, table_id) == (HOME, "id-of-t")
        self._meanwhile()
        return self._since_s


class Waits(Exception):
    """Somebody sleeps."""


class StandingClock(ManualClock):
    """A clock that ends the test where somebody waits once too often."""

    def __init__(self, seconds: float, waits: int = 0) -> None:
        super().__init__(seconds)
        self._waits = waits

    async def sleep(self, seconds: float) -> None:
        if self._waits == 0:
            raise Waits
        self._waits -= 1


async def test_a_full_disk_delays_the_end_of_a_refused_creation(tmp_path: Path) -> None:
    home = SimulatedRegion(tmp_path, clock=StandingClock(NOW))
    home.create()
    begun = Membership(status=ReplicaStatus.CREATING, source=HOME, since_s=0.0, made=False)
    home.ledger.commit_registers("t", {MEMBER_PREFIX + PEER: begun.to_json()})
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


def ordered(since_s: float) -> dict[str, Any]:
    """What HOME sends to have a replica made."""
    member = Membership(status=ReplicaStatus.CREATING, source=HOME, since_s=since_s, made=True)
    return {"t": "t", "g": "id-of-t", "r": [], "member": member.to_json()}


class Ordered:
    """A Region that was told to make a replica, and made it."""

    def __init__(self, folder: Path) -> None:
        self.region = SimulatedRegion(folder, PEER, clock=StandingClock(NOW, waits=1))
        self.region.create()
        self.tables = self.at(Source(None))
        own = Membership.from_json(ordered(5.0)["member"])
        self.region.ledger.commit_registers("t", {MEMBER_PREFIX + PEER: own.to_json()}, peers=())

    def at(self, source: Source) -> GlobalTables:
        ledger, clock = self.region.ledger, self.region.clock
        return GlobalTables(
            ledger=ledger, engine=self.region.engine, peers=source, clock=clock, speed=1.0
        )

    async def ask(self, source: Source) -> bool:
        """Whether the table is still there after one question."""
        with pytest.raises(Waits):
            await self.at(source).drop_given_up()
        kept = "t" in self.region.ledger.tables
        self.region.journal.close()
        return kept


async def test_a_replica_that_is_still_wanted_is_kept(tmp_path: Path) -> None:
    assert await Ordered(tmp_path).ask(Source(5.0))


@pytest.mark.parametrize("since_s", [None, 4.0])
async def test_a_replica_that_was_given_up_is_dropped(
    tmp_path: Path, since_s: float | None
) -> None:
    assert not await Ordered(tmp_path).ask(Source(since_s))


async def test_a_replica_that_is_ordered_again_meanwhile_is_kept(tmp_path: Path) -> None:
    there = Ordered(tmp_path)

    again = Source(None, meanwhile=lambda: there.tables.make_here(ordered(9.0)))
    assert await there.ask(again)
    assert there.tables.since("id-of-t", PEER) == 9.0


async def test_a_replica_that_became_ready_meanwhile_is_kept(tmp_path: Path) -> None:
    there = Ordered(tmp_path)
    ready = Membership(status=ReplicaStatus.ACTIVE, source=HOME, since_s=5.0, made=True)

    def activate() -> None:
        there.region.ledger.commit_registers("t", {MEMBER_PREFIX + PEER: ready.to_json()}, peers=())

    assert await there.ask(Source(None, meanwhile=activate))


async def test_an_answer_that_does_not_come_changes_nothing(tmp_path: Path) -> None:
    def away() -> None:
        raise PeerUnreachable(HOME)

    assert await Ordered(tmp_path).ask(Source(None, meanwhile=away))
