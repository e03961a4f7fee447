"""Creations of replicas and groups that are refused, abandoned, or meet a full disk."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.region.tables.simulated_regions import HOME, NOW, PEER, SimulatedRegion
from twin.core.tables.table_engine import TableApiError
from twin.region.tables.replication.global_tables import GlobalTables
from twin.region.tables.replication.replicator import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.storage.table_state import MEMBER_PREFIX, Membership, ReplicaStatus


class RefusingPeer(PeerClient):
    """A Region that has a table of this name already."""

    def __init__(self) -> None: ...

    async def create_replica(self, peer: str, order: dict[str, Any]) -> None:
        raise PeerRefused(f"{peer} has {order['t']}", "ValidationException")


class SourcePeer(PeerClient):
    """The source Region of a replica."""

    def __init__(self, since_s: float | None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`meanwhile` is called before the answer arrives."""
        self._since_s = since_s
        self._meanwhile = meanwhile

    async def member_since(self, peer: str, table_id: str) -> float | None:
        assert (peer, table_id) == (HOME, "id-of-tab")
        self._meanwhile()
        return self._since_s


class SleepLimitReached(Exception):
    pass


class LimitedSleepClock(ManualClock):
    """A clock that raises SleepLimitReached after a number of sleeps."""

    def __init__(self, seconds: float, sleeps: int = 0) -> None:
        super().__init__(seconds)
        self._sleeps = sleeps

    async def sleep(self, seconds: float) -> None:
        if self._sleeps == 0:
            raise SleepLimitReached
        self._sleeps -= 1


async def test_a_member_that_another_region_removes_during_its_creation_ends_nothing(
    tmp_path: Path,
) -> None:
    home = SimulatedRegion(tmp_path, clock=LimitedSleepClock(NOW))
    home.create()
    creating = Membership(status=ReplicaStatus.CREATING, source=HOME, since_s=0.0, exists=False)
    member = MEMBER_PREFIX + PEER

    class CreatingPeer(PeerClient):
        def __init__(self) -> None: ...

        async def create_replica(self, peer: str, order: dict[str, Any]) -> None:
            home.store.commit_registers(order["t"], {member: None})

    home.store.commit_registers("tab", {member: creating.to_json()})
    global_tables = GlobalTables(
        store=home.store, engine=home.engine, peers=CreatingPeer(), clock=home.clock, speed=1.0
    )

    with pytest.raises(SleepLimitReached):
        await global_tables.finish_creations()

    assert PEER not in home.store.tables["tab"].members
    home.wal.close()


async def test_a_full_disk_delays_the_removal_of_a_refused_replica(tmp_path: Path) -> None:
    home = SimulatedRegion(tmp_path, clock=LimitedSleepClock(NOW))
    home.create()
    creating = Membership(status=ReplicaStatus.CREATING, source=HOME, since_s=0.0, exists=False)
    home.store.commit_registers("tab", {MEMBER_PREFIX + PEER: creating.to_json()})
    global_tables = GlobalTables(
        store=home.store, engine=home.engine, peers=RefusingPeer(), clock=home.clock, speed=1.0
    )
    home.wal.full = True

    with pytest.raises(SleepLimitReached):
        await global_tables.finish_creations()
    assert PEER in home.store.tables["tab"].members
    home.wal.full = False
    with pytest.raises(SleepLimitReached):
        await global_tables.finish_creations()

    assert PEER not in home.store.tables["tab"].members
    home.wal.close()


def create_order(since_s: float) -> dict[str, Any]:
    """HOME's order to create a replica."""
    member = Membership(status=ReplicaStatus.CREATING, source=HOME, since_s=since_s, exists=True)
    return {"t": "tab", "g": "id-of-tab", "r": [], "member": member.to_json()}


class RegionWithReplica:
    """A Region that has created a replica, which is not active yet."""

    def __init__(self, folder: Path) -> None:
        self.region = SimulatedRegion(folder, PEER, clock=LimitedSleepClock(NOW, sleeps=1))
        self.region.create()
        self.tables = self.at(SourcePeer(None))
        own = Membership.from_json(create_order(5.0)["member"])
        self.region.store.commit_registers("tab", {MEMBER_PREFIX + PEER: own.to_json()}, peers=())

    def at(self, source: SourcePeer) -> GlobalTables:
        store, clock = self.region.store, self.region.clock
        return GlobalTables(
            store=store, engine=self.region.engine, peers=source, clock=clock, speed=1.0
        )

    async def keeps_replica(self, source: SourcePeer) -> bool:
        """Whether the table still exists after one question to the source."""
        with pytest.raises(SleepLimitReached):
            await self.at(source).drop_abandoned_replicas()
        kept = "tab" in self.region.store.tables
        self.region.wal.close()
        return kept


async def test_a_replica_that_is_still_wanted_is_kept(tmp_path: Path) -> None:
    assert await RegionWithReplica(tmp_path).keeps_replica(SourcePeer(5.0))


@pytest.mark.parametrize("since_s", [None, 4.0])
async def test_an_abandoned_replica_is_dropped(tmp_path: Path, since_s: float | None) -> None:
    assert not await RegionWithReplica(tmp_path).keeps_replica(SourcePeer(since_s))


async def test_a_replica_that_was_ordered_again_meanwhile_is_kept(tmp_path: Path) -> None:
    peer = RegionWithReplica(tmp_path)

    again = SourcePeer(None, meanwhile=lambda: peer.tables.create_local_replica(create_order(9.0)))
    assert await peer.keeps_replica(again)
    assert peer.tables.member_since("id-of-tab", PEER) == 9.0


async def test_a_replica_that_became_ready_meanwhile_is_kept(tmp_path: Path) -> None:
    peer = RegionWithReplica(tmp_path)
    ready = Membership(status=ReplicaStatus.ACTIVE, source=HOME, since_s=5.0, exists=True)

    def activate() -> None:
        peer.region.store.commit_registers("tab", {MEMBER_PREFIX + PEER: ready.to_json()}, peers=())

    assert await peer.keeps_replica(SourcePeer(None, meanwhile=activate))


async def test_a_replica_that_learns_of_its_end_while_another_one_asks_ends_nothing(
    tmp_path: Path,
) -> None:
    peer = RegionWithReplica(tmp_path)
    store, own = peer.region.store, MEMBER_PREFIX + PEER
    peer.region.create(name="other")
    store.commit_registers("other", {own: create_order(5.0)["member"]}, peers=())

    def end_other() -> None:
        store.commit_registers("other", {own: None}, peers=())

    assert await peer.keeps_replica(SourcePeer(5.0, meanwhile=end_other))


async def test_an_unreachable_source_changes_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        raise PeerUnreachable(HOME)

    assert await RegionWithReplica(tmp_path).keeps_replica(SourcePeer(None, meanwhile=fail))


class FillingPeers(PeerClient):
    """Regions that take every order, until they `refuse`; the disk of `home` is full afterwards."""

    def __init__(self, home: SimulatedRegion) -> None:
        self._home = home
        self.refuse = ""
        """The Region that refuses to create a replica."""
        self.fill = True

    async def create_replica(self, peer: str, order: dict[str, Any]) -> None:
        if peer == self.refuse:
            self._home.wal.full = self.fill
            raise PeerRefused(f"{peer} has {order['t']}", "ValidationException")

    async def drop_replica(self, peer: str, name: str, table_id: str) -> None:
        self._home.wal.full = self.fill and peer == FRENCH


IRISH, FRENCH = "eu-west-1", "eu-west-3"


class GroupSource:
    """A Region whose table becomes a group of three, with strong consistency."""

    def __init__(self, folder: Path) -> None:
        self.home = SimulatedRegion(folder, clock=LimitedSleepClock(NOW))
        self.home.create()
        self.peers = FillingPeers(self.home)
        self.tables = self.open_tables()

    def open_tables(self) -> GlobalTables:
        home = self.home
        return GlobalTables(
            store=home.store, engine=home.engine, peers=self.peers, clock=home.clock, speed=1.0
        )

    async def update(self, action: str, **more: str) -> None:
        updates = [{action: {"RegionName": region}} for region in (IRISH, FRENCH)]
        await self.tables.update_replicas({"TableName": "tab", "ReplicaUpdates": updates, **more})

    async def create(self) -> None:
        await self.update("Create", MultiRegionConsistency="STRONG")

    @property
    def shown(self) -> tuple[list[str], bool]:
        """The other members, and whether the table is strongly consistent."""
        state = self.home.store.tables["tab"]
        return list(state.other_members), state.is_strong


@pytest.fixture
def group(tmp_path: Path) -> Iterator[GroupSource]:
    source = GroupSource(tmp_path)
    yield source
    source.home.wal.close()


async def test_a_refused_group_is_undone_as_soon_as_the_disk_has_space(group: GroupSource) -> None:
    group.peers.refuse = FRENCH
    with pytest.raises(TableApiError, match="can't write its log"):
        await group.create()

    group.home.wal.full = False
    with pytest.raises(SleepLimitReached):
        await group.tables.finish_creations()

    assert group.shown == ([], False)
    group.home.restart()
    assert group.shown == ([], False)
    assert group.home.engine.settings("tab").shared["consistency"] == {"mode": "EVENTUAL"}
    group.tables, group.peers.refuse = group.open_tables(), ""
    await group.create()
    assert group.shown == ([IRISH, FRENCH], True)


async def test_a_refused_group_leaves_no_member(group: GroupSource) -> None:
    group.peers.refuse, group.peers.fill = FRENCH, False

    with pytest.raises(TableApiError, match="eu-west-3 has tab"):
        await group.create()

    assert group.shown == ([], False)


async def test_a_group_that_a_crash_interrupted_is_whole_after_it(group: GroupSource) -> None:
    group.peers.refuse = IRISH
    with pytest.raises(TableApiError):
        await group.create()

    group.home.restart()

    assert group.shown == ([IRISH, FRENCH], True)


async def test_a_group_that_a_peer_refuses_after_a_crash_is_undone(group: GroupSource) -> None:
    group.peers.refuse = FRENCH
    with pytest.raises(TableApiError):
        await group.create()
    group.home.restart()
    group.peers.fill = False
    group.tables = group.open_tables()

    with pytest.raises(SleepLimitReached):
        await group.tables.finish_creations()

    assert group.shown == ([], False)


async def test_the_end_of_a_group_can_be_repeated_after_a_full_disk(group: GroupSource) -> None:
    await group.create()
    state = group.home.store.tables["tab"]
    for region, member in state.other_members.items():
        ready = replace(member, status=ReplicaStatus.ACTIVE)
        group.home.store.commit_registers("tab", {MEMBER_PREFIX + region: ready.to_json()})
    with pytest.raises(TableApiError, match="can't write its log"):
        await group.update("Delete")
    assert group.shown == ([FRENCH], True)

    group.home.wal.full = group.peers.fill = False
    await group.tables.update_replicas(
        {"TableName": "tab", "ReplicaUpdates": [{"Delete": {"RegionName": FRENCH}}]}
    )

    assert group.shown == ([], False)
