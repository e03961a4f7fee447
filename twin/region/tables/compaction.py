"""Keeps a Region's tables from growing for ever: the log is folded, old delete markers go.

A delete marker can go once no older version of its item can come any more: this Region owes nobody
the deletion, and every other member has said up to which time it will send nothing older. A member
that does not answer, or is paused, keeps the markers alive.
"""

import asyncio
import logging
from typing import Protocol

from common.clock import Clock
from twin.region.tables.peers import PeerRefused, PeerUnreachable
from twin.region.tables.recovery import snapshot_records
from twin.region.tables.store import TableStore
from twin.region.tables.table_state import TableState
from twin.region.tables.wal import WriteAheadLog

log = logging.getLogger(__name__)

CHECK_S = 1.0
TOMBSTONE_GC_EVERY = 30
"""Checks between two looks at the delete markers."""
MIN_LOG_BYTES = 16 * 1024 * 1024
RECORDS_PER_YIELD = 4
"""Records of a base between two turns of the loop, so that requests wait a few ms at most."""


class WatermarkSource(Protocol):
    """What housekeeping asks of the other Regions (twin.region.tables.peers.Peers)."""

    async def horizon(self, peer: str, tables: list[str]) -> dict[str, int]:
        """From which time on versions of these tables may still come, by table identity."""
        ...


class Compactor:
    """The Region's housekeeping."""

    def __init__(
        self, *, ledger: TableStore, journal: WriteAheadLog, peers: WatermarkSource, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._peers = peers
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        checks = 0
        while True:
            await self._clock.sleep(CHECK_S)
            checks += 1
            if self._journal.size > max(MIN_LOG_BYTES, 2 * self._journal.base_size):
                await self.fold()
            if checks % TOMBSTONE_GC_EVERY == 0:
                await self.forget_markers()

    async def fold(self) -> None:
        """Replace the log by what it comes to, while requests go on."""
        try:
            base = self._journal.begin_base()
            complete = False
            try:
                for count, text in enumerate(snapshot_records(self._ledger)):
                    base.write(text)
                    if count % RECORDS_PER_YIELD == 0:
                        await asyncio.sleep(0)
                await asyncio.to_thread(base.sync)
                self._journal.finish_base(base)
                complete = True
            finally:
                if not complete:
                    base.abandon()
        except OSError as exc:
            log.error("the log can't be folded, it goes on growing: %s", exc)

    async def forget_markers(self) -> None:
        """Drop the delete markers that nothing older can meet."""
        for state in list(self._ledger.tables.values()):
            if state.versions.tombstones:
                horizon = await self._horizon(state)
                if horizon is not None:
                    state.versions.drop_tombstones_before(horizon)

    async def _horizon(self, state: TableState) -> int | None:
        """No version of the table older than this can come or be owed; None if that is open."""
        known = [
            self._ledger.debts.outbox(peer).oldest_stamp_us(state.name) for peer in state.peers
        ]
        horizons = [time_us for time_us in known if time_us is not None]
        for peer in state.peers:
            try:
                answer = await self._peers.horizon(peer, [state.id])
            except (PeerUnreachable, PeerRefused):
                return None
            if state.id not in answer:
                return None
            horizons.append(answer[state.id])
        return min(horizons, default=None)

    def horizon_for(self, peer: str, table_ids: list[str]) -> dict[str, int]:
        """From which time on versions may still go from here to the peer, by table identity."""
        promised = self._ledger.promise()
        outbox = self._ledger.debts.outbox(peer)
        tables = (s for s in self._ledger.tables.values() if s.id in table_ids)
        oldest = {
            state.id: outbox.oldest_stamp_us(state.name) for state in tables if not state.creating
        }
        return {i: promised if us is None else min(us, promised) for i, us in oldest.items()}
