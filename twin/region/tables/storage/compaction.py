"""Keep a Region's tables from growing forever: compact the log, drop old tombstones.

The log is compacted by a snapshot once it has grown to twice the size of the last one.

A tombstone is dropped once no older version of its item can arrive any more: this Region has sent
the deletion to every peer, and every other member has given a watermark, a time before which it
will send no version of the table. A member that does not answer, or is paused, keeps the tombstones
alive.
"""

import asyncio
import logging

from common.clock import Clock
from twin.region.tables.replication.replicator import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.storage.recovery import snapshot_records
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import TableState
from twin.region.tables.storage.wal import WriteAheadLog
from twin.runtime.threads import run_in_thread

log = logging.getLogger(__name__)

CHECK_S = 1.0
TOMBSTONE_GC_EVERY = 30
"""In checks of the log's size."""
MIN_LOG_BYTES = 16 * 1024 * 1024
RECORDS_PER_YIELD = 4
"""Snapshot records between two yields to the event loop, so that requests wait a few ms at most."""


class Compactor:
    def __init__(
        self, *, store: TableStore, wal: WriteAheadLog, peers: PeerClient, clock: Clock
    ) -> None:
        self._store = store
        self._wal = wal
        self._peers = peers
        self._clock = clock

    async def run(self) -> None:
        """Compact the log and drop tombstones until cancelled."""
        checks = 0
        while True:
            await self._clock.sleep(CHECK_S)
            checks += 1
            if self._wal.size > max(MIN_LOG_BYTES, 2 * self._wal.snapshot_size):
                await self.compact()
            if checks % TOMBSTONE_GC_EVERY == 0:
                await self.drop_tombstones()

    async def compact(self) -> None:
        """Replace the log by a snapshot, while requests are served."""
        try:
            snapshot = self._wal.begin_snapshot()
            complete = False
            try:
                for count, text in enumerate(snapshot_records(self._store)):
                    snapshot.write(text)
                    if count % RECORDS_PER_YIELD == 0:
                        await asyncio.sleep(0)
                await run_in_thread(snapshot.sync)
                self._wal.finish_snapshot(snapshot)
                complete = True
            finally:
                if not complete:
                    snapshot.abandon()
        except OSError as exc:
            log.error("the log can't be compacted and keeps growing: %s", exc)

    async def drop_tombstones(self) -> None:
        """Drop the tombstones older than their table's watermark."""
        for state in list(self._store.tables.values()):
            if state.stamps.tombstones:
                watermark = await self._watermark(state)
                if watermark is not None:
                    state.stamps.drop_tombstones_before(watermark)

    async def _watermark(self, state: TableState) -> int | None:
        """The time (us) before which no version of the table is pending here or can arrive.

        None if a peer does not answer.
        """
        pending = [
            self._store.outboxes.for_peer(peer).oldest_stamp_us(state.name) for peer in state.peers
        ]
        watermarks = [time_us for time_us in pending if time_us is not None]
        for peer in state.peers:
            try:
                answer = await self._peers.watermarks(peer, [state.id])
            except (PeerUnreachable, PeerRefused):
                return None
            if state.id not in answer:
                return None
            watermarks.append(answer[state.id])
        return min(watermarks, default=None)

    def watermarks_for(self, peer: str, table_ids: list[str]) -> dict[str, int]:
        """Table id -> time (us) before which this Region will send the peer no version of it."""
        now_us = self._store.advance_watermark()
        outbox = self._store.outboxes.for_peer(peer)
        tables = (s for s in self._store.tables.values() if s.id in table_ids)
        oldest = {
            state.id: outbox.oldest_stamp_us(state.name)
            for state in tables
            if not state.is_creating
        }
        return {i: now_us if us is None else min(us, now_us) for i, us in oldest.items()}
