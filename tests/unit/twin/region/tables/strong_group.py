"""Three Regions without processes that share a table with multi-Region strong consistency."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.clocks import ManualClock
from tests.unit.twin.region.tables.simulated_regions import NOW, SimulatedRegion
from twin.core.faults import CLEAR_NETWORK
from twin.core.tables.table_engine import EngineResult, JsonObject
from twin.region.tables.replication.replicator import PeerUnreachable
from twin.region.tables.replication.strong import StrongTables, pending_versions

REGIONS = ("eu-central-1", "eu-west-1", "eu-west-2")


class DirectPeers:
    """Calls the other Regions in this process; what is cut off is unreachable."""

    network = CLEAR_NETWORK

    def __init__(self, group: "StrongGroup", region: str) -> None:
        self._group = group
        self._region = region

    def _reach(self, peer: str) -> "GroupMember":
        if peer in self._group.cut or self._region in self._group.cut:
            raise PeerUnreachable(f"{peer} does not answer")
        return self._group.members[peer]

    async def propose(self, peer: str, proposal: JsonObject) -> bool:
        member = self._reach(peer)
        await asyncio.sleep(0)
        return member.strong.decide_proposal(
            json.loads(json.dumps({**proposal, "from": self._region}))
        )

    async def pending(self, peer: str, table_id: str) -> list[dict[str, Any]]:
        store = self._reach(peer).store
        await asyncio.sleep(0)
        return [json.loads(text) for text in pending_versions(store, self._region, table_id)]


class GroupMember(SimulatedRegion):
    def __init__(self, folder: Path, region: str, clock: ManualClock, group: "StrongGroup") -> None:
        self._group = group
        super().__init__(folder, region, clock)

    def open(self) -> None:
        super().open()
        peers: Any = DirectPeers(self._group, self.region)
        self.strong = StrongTables(store=self.store, peers=peers)

    async def write(self, operation: str, **request: Any) -> EngineResult:  # noqa: ANN401
        request = {"TableName": "tab", **request}
        tables = [self.store.tables["tab"]]
        return await self.strong.write(tables, lambda: self.engine.execute(operation, request))

    async def put_strongly(self, item: str, value: str, **more: Any) -> EngineResult:  # noqa: ANN401
        image = {"id": {"S": item}, "v": {"S": value}}
        return await self.write("PutItem", Item=image, **more)

    async def read(self, item: str) -> str | None:
        """A strongly consistent read."""
        await self.strong.catch_up([self.store.tables["tab"]])
        return self.value(item)


class StrongGroup:
    """The group, complete and empty."""

    def __init__(self, folder: Path) -> None:
        self.cut: set[str] = set()
        """Regions without a network."""
        self.clock = ManualClock(NOW)
        self.members: dict[str, GroupMember] = {}
        for region in REGIONS:
            self.members[region] = GroupMember(folder / region, region, self.clock, self)
        first = self.members[REGIONS[0]]
        first.create()
        first.join(*REGIONS[1:])
        first.engine.set_setting("tab", "consistency", {"mode": "STRONG"})
        first.store.commit_settings("tab")
        for region in REGIONS[1:]:
            versions = first.store.tables["tab"].register_versions()
            self.members[region].store.create_replica("tab", "id-of-tab", versions)

    def __iter__(self) -> Iterator[GroupMember]:
        return iter(self.members.values())

    def replicate(self) -> None:
        """Send everything that waits, between Regions that reach each other."""
        self.clock.seconds += 10
        for sender in self.members.values():
            for receiver in self.members.values():
                if sender is not receiver and not {sender.region, receiver.region} & self.cut:
                    receiver.store.receive(sender.send_to(receiver.region))

    def close(self) -> None:
        for member in self.members.values():
            member.wal.close()
