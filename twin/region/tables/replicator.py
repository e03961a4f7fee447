"""Replication from this Region to one peer.

A version waits in the outbox until its lag has passed. Then it is sent in a batch, one batch at a
time. While the peer is unreachable, frozen or paused, the outbox keeps everything and the
replicator retries regularly
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html).

AWS does not publish the distribution of replication lags, only "typically within a second or less".
Here it is log-normal with a given median and spread: lags are never negative, most are near the
median, a few are long. With the default spread 95 in 100 writes arrive within 1.6 times the median.
"""

import asyncio
import logging
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator

from common.clock import Clock
from twin.core.metrics import MetricAccumulator, metric_samples
from twin.core.table_engine import TableApiError
from twin.internal_api.schemas import MetricSample, PeerStatus
from twin.region.tables.outboxes import is_register_key
from twin.region.tables.peers import PeerClient, PeerRefused, PeerUnreachable
from twin.region.tables.store import TableStore

log = logging.getLogger(__name__)

NAMESPACE = "AWS/DynamoDB"
MAX_BATCH_VERSIONS = 200
MAX_BATCH_BYTES = 1_000_000
MIN_RETRY_S = 0.1
MAX_RETRY_S = 1.0


def lag_sampler(median_s: float, spread: float, rng: random.Random) -> Callable[[], float]:
    """A function that draws lags in seconds.

    `spread` is the standard deviation of the lags' logarithm.
    """
    if median_s <= 0:
        return lambda: 0.0
    mu = math.log(median_s)
    return lambda: rng.lognormvariate(mu, spread)


class Replicator:
    """Sends the outbox of `peer`."""

    def __init__(self, *, store: TableStore, peers: PeerClient, peer: str, clock: Clock) -> None:
        self.peer = peer
        self._store = store
        self._peers = peers
        self._clock = clock
        self._wake = asyncio.Event()
        self._problem = ""
        self._lag_s = 0.0
        self._latencies: defaultdict[str, MetricAccumulator] = defaultdict(
            lambda: MetricAccumulator(keep_values=True)
        )

    def wake(self) -> None:
        """Check the outbox again: it got a version, or replication was paused or resumed."""
        self._wake.set()

    def status(self) -> PeerStatus:
        outbox = self._store.outboxes.for_peer(self.peer)
        oldest_s = outbox.oldest_written_s
        age_s = 0.0 if oldest_s is None else self._clock.monotonic() - oldest_s
        return PeerStatus(
            region=self.peer,
            pending=len(outbox),
            lag_ms=round(1000 * max(self._lag_s, age_s), 3),
            problem=f"{self._store.region} is paused" if self._store.paused else self._problem,
        )

    def take_metrics(self) -> Iterator[MetricSample]:
        """ReplicationLatency of the versions sent since the last call.

        It is published in the Region of the writes, by table and receiving Region:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        """
        for table, latencies in self._latencies.items():
            dimensions = {"TableName": table, "ReceivingRegion": self.peer}
            taken, unit = latencies.take(), "Milliseconds"
            yield from metric_samples(NAMESPACE, "ReplicationLatency", taken, dimensions, unit=unit)

    async def run(self) -> None:
        """Send batches until cancelled."""
        retry_s = MIN_RETRY_S
        while True:
            await self._wait_until_due()
            try:
                await self._send_batch()
            except (PeerUnreachable, PeerRefused, TableApiError) as exc:
                self._set_problem(str(exc))
                await self._clock.sleep(retry_s)
                retry_s = min(2 * retry_s, MAX_RETRY_S)
            else:
                self._set_problem("")
                retry_s = MIN_RETRY_S

    async def _wait_until_due(self) -> None:
        """Wait until a version is due and replication is not paused."""
        while True:
            self._wake.clear()
            outbox = self._store.outboxes.for_peer(self.peer)
            outbox.advance(self._clock.monotonic())
            due = None if self._store.paused else outbox.next_due_s
            if due is None:
                await self._wake.wait()
                continue
            wait_s = due - self._clock.monotonic()
            if wait_s <= 0:
                return
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                return

    async def _send_batch(self) -> None:
        outbox = self._store.outboxes.for_peer(self.peer)
        now = self._clock.monotonic()
        batch = outbox.take_batch(now, count=MAX_BATCH_VERSIONS, size=MAX_BATCH_BYTES)
        if not batch:
            return
        acknowledged = False
        try:
            texts = [text for v in batch if (text := self._store.version_text(v)) is not None]
            unknown_tables = await self._peers.send_versions(self.peer, texts)
            acknowledged = True
        finally:
            if not acknowledged:
                outbox.requeue(batch)
        now = self._clock.monotonic()
        self._lag_s = now - min(version.written_s for version in batch)
        for version in (version for version in batch if not is_register_key(version.item)):
            self._latencies[version.table].add(1000 * (now - version.written_s))
        self._store.acknowledge(self.peer, batch)
        for state in [s for s in self._store.tables.values() if s.id in unknown_tables]:
            log.warning("%s has no replica of %s: nothing sent", self.peer, state.name)
            self._store.outboxes.drop_replica(state.name, self.peer)

    def _set_problem(self, problem: str) -> None:
        if problem and not self._problem:
            log.info("replication to %s waits: %s", self.peer, problem)
        elif self._problem and not problem:
            log.info("replication to %s continues", self.peer)
        self._problem = problem
