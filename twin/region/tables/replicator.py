"""How long a write takes to another Region: drawn anew for each one.

AWS gives no distribution, only "typically within a second or less". Here a log-normal one, given by
its median and its spread: lags are never below zero, most are near the median, a few are long. With
the default spread 95 in 100 writes arrive within 1.6 times the median.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
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


def lag_sampler(median_s: float, spread: float, rng: random.Random) -> Callable[[], float]:
    """Draws lags in seconds; `spread` is the standard deviation of their logarithm."""
    if median_s <= 0:
        return lambda: 0.0
    mu = math.log(median_s)
    return lambda: rng.lognormvariate(mu, spread)


log = logging.getLogger(__name__)

NAMESPACE = "AWS/DynamoDB"
BATCH = 200
BATCH_BYTES = 1_000_000
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 1.0


class Replicator:
    """The link from this Region to `peer`."""

    def __init__(self, *, ledger: TableStore, peers: PeerClient, peer: str, clock: Clock) -> None:
        self.peer = peer
        self._ledger = ledger
        self._peers = peers
        self._clock = clock
        self._wake = asyncio.Event()
        self._problem = ""
        self._lag_s = 0.0
        self._latencies: defaultdict[str, MetricAccumulator] = defaultdict(
            lambda: MetricAccumulator(keep_values=True)
        )

    def notify(self) -> None:
        """Something is owed, or replication was paused or resumed."""
        self._wake.set()

    def status(self) -> PeerStatus:
        """How replication to the peer is doing."""
        outbox = self._ledger.debts.outbox(self.peer)
        oldest = outbox.oldest_written_s
        age = 0.0 if oldest is None else self._clock.monotonic() - oldest
        return PeerStatus(
            region=self.peer,
            pending=len(outbox),
            lag_ms=round(1000 * max(self._lag_s, age), 3),
            problem=f"{self._ledger.region} is paused" if self._ledger.paused else self._problem,
        )

    def take_metrics(self) -> Iterator[MetricSample]:
        """ReplicationLatency of what arrived since the last time.

        Published in the Region of the writes, by table and receiving Region:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        """
        for table, tally in self._latencies.items():
            of = {"TableName": table, "ReceivingRegion": self.peer}
            taken, unit = tally.take(), "Milliseconds"
            yield from metric_samples(NAMESPACE, "ReplicationLatency", taken, of, unit=unit)

    async def run(self) -> None:
        """Until cancelled."""
        retry_s = FIRST_RETRY_S
        while True:
            await self._until_due()
            try:
                await self._send_batch()
            except (PeerUnreachable, PeerRefused, TableApiError) as exc:
                self._tell(str(exc))
                await self._clock.sleep(retry_s)
                retry_s = min(2 * retry_s, LAST_RETRY_S)
            else:
                self._tell("")
                retry_s = FIRST_RETRY_S

    async def _until_due(self) -> None:
        """Wait until there is something to send, and sending is allowed."""
        while True:
            self._wake.clear()
            outbox = self._ledger.debts.outbox(self.peer)
            outbox.advance(self._clock.monotonic())
            due = None if self._ledger.paused else outbox.next_due_s
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
        outbox = self._ledger.debts.outbox(self.peer)
        batch = outbox.take_batch(self._clock.monotonic(), count=BATCH, size=BATCH_BYTES)
        if not batch:
            return
        arrived = False
        try:
            texts = [text for owed in batch if (text := self._ledger.text_of(owed)) is not None]
            gone = await self._peers.apply(self.peer, texts)
            arrived = True
        finally:
            if not arrived:
                outbox.requeue(batch)
        now = self._clock.monotonic()
        self._lag_s = now - min(owed.written_s for owed in batch)
        for owed in (owed for owed in batch if not is_register_key(owed.item)):
            self._latencies[owed.table].add(1000 * (now - owed.written_s))
        self._ledger.acknowledge(self.peer, batch)
        for state in [s for s in self._ledger.tables.values() if s.id in gone]:
            log.warning("%s has no replica of %s: nothing sent", self.peer, state.name)
            self._ledger.debts.forget_replica(state.name, self.peer)

    def _tell(self, problem: str) -> None:
        if problem and not self._problem:
            log.info("replication to %s waits: %s", self.peer, problem)
        elif self._problem and not problem:
            log.info("replication to %s goes on", self.peer)
        self._problem = problem
