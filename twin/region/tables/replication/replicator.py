"""Replication from this Region to one peer.

A version waits in the outbox until its lag has passed. Then it is sent in a batch, one batch at a
time. While the peer is unreachable, frozen or paused, the outbox keeps everything and the
replicator retries regularly
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html).

AWS does not publish the distribution of replication lags, only "typically within a second or less".
Here it is log-normal with a given median and spread: lags are never negative, most are near the
median, a few are long. With the default spread 95 in 100 writes arrive within 1.6 times the median.

`PeerClient` calls the other Regions' processes over HTTP:

    POST /_twin/replication/apply    versions to apply; 200 {"gone": [table id, ...]}
    POST /_twin/replication/tables   create or drop a replica
    POST /_twin/replication/horizon  {table id: watermark}
    POST /_twin/replication/member   since when the caller is a member of a table; null: it is not
    POST /_twin/replication/propose  versions to accept or not (twin.region.tables.strong)
    POST /_twin/replication/pending  the versions of a table that wait for the caller

A Region that refuses a call (it is paused, or a rule forbids the change) answers 409 with the
reason.
"""

import asyncio
import json
import logging
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp

from common.clock import Clock
from twin.core.cloudwatch.metrics import MetricAccumulator, metric_samples
from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.core.tables.replication import PendingVersion
from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.internal_api.schemas import MetricSample, PeerStatus
from twin.region.tables.replication.outboxes import VersionText, is_register_key
from twin.region.tables.storage.store import TableStore
from twin.runtime.instance import Instance, internal_url

TIMEOUT_S = 5.0
"""Real time, never scaled; a frozen Region counts as unreachable after it."""
START_TIMEOUT_S = 60.0
"""For the first start of a Region by the gateway."""


class PeerUnreachable(Exception):
    """The Region's process does not answer."""


class PeerRefused(Exception):
    """The Region's process refused the call; the message is for the API's caller."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class PeerClient:
    def __init__(self, instance: Instance, region: str, session: aiohttp.ClientSession) -> None:
        self._instance = instance
        self._region = region
        self._session = session
        self.network: NetworkState = CLEAR_NETWORK
        """The network faults; no call goes over a cut link."""

    async def close(self) -> None:
        await self._session.close()

    async def send_versions(self, peer: str, versions: list[str]) -> list[str]:
        """Send versions as JSON texts; the ids of tables that the peer does not have."""
        body = f'{{"from":"{self._region}","c":[{",".join(versions)}]}}'
        answer = await self._post(peer, "apply", body)
        return [str(table_id) for table_id in answer["gone"]]

    async def create_replica(self, peer: str, order: dict[str, Any]) -> None:
        """Have the peer create a replica; starts the Region if it has never run."""
        body = json.dumps({"op": "create", **order, "from": self._region})
        try:
            await self._post(peer, "tables", body)
        except PeerUnreachable:
            await self._start(peer)
            await self._post(peer, "tables", body)

    async def drop_replica(self, peer: str, table: str, table_id: str) -> None:
        """Have the peer drop its replica."""
        order = {"op": "drop", "t": table, "g": table_id, "from": self._region}
        await self._post(peer, "tables", json.dumps(order))

    async def watermarks(self, peer: str, table_ids: list[str]) -> dict[str, int]:
        """Table id -> time (us) before which the peer will send no version of it."""
        answer = await self._post(
            peer, "horizon", json.dumps({"from": self._region, "tables": table_ids})
        )
        return {str(table_id): int(time_us) for table_id, time_us in answer.items()}

    async def propose(self, peer: str, proposal: JsonObject) -> bool:
        """Have the peer accept versions; False: one of their items is being changed elsewhere."""
        answer = await self._post(peer, "propose", json.dumps({**proposal, "from": self._region}))
        return bool(answer["accepted"])

    async def pending(self, peer: str, table_id: str) -> list[dict[str, Any]]:
        """The versions of a table that the peer has not sent yet."""
        body = json.dumps({"from": self._region, "g": table_id})
        versions: list[dict[str, Any]] = (await self._post(peer, "pending", body))["c"]
        return versions

    async def member_since(self, peer: str, table_id: str) -> float | None:
        """Since when this Region is a member of the table in the peer's view; None: it is not."""
        body = json.dumps({"from": self._region, "g": table_id})
        since = (await self._post(peer, "member", body))["since"]
        return None if since is None else float(since)

    async def _start(self, peer: str) -> None:
        target = internal_url(self._instance.gateway_address, f"/_twin/regions/{peer}")
        timeout = aiohttp.ClientTimeout(total=START_TIMEOUT_S)
        try:
            async with self._session.post(target, timeout=timeout) as response:
                if response.status != 200:
                    raise PeerUnreachable(
                        f"{peer} is down: start it with `twin region start {peer}`"
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise PeerUnreachable(
                f"{peer} does not run, and the gateway can't start it: {exc}"
            ) from exc

    async def _post(self, peer: str, endpoint: str, body: str) -> dict[str, Any]:
        if self.network.link_between(self._region, peer).cut:
            raise PeerUnreachable(f"{peer} can't be reached: the network is cut")
        target = internal_url(self._instance.region_address(peer), f"/_twin/replication/{endpoint}")
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(target, data=body.encode(), timeout=timeout) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                status = response.status
        except TimeoutError as exc:
            raise PeerUnreachable(f"{peer} does not answer within {TIMEOUT_S:g} s") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise PeerUnreachable(f"{peer} does not answer: {exc}") from exc
        if status == 409:
            raise PeerRefused(str(answer["message"]), str(answer.get("code", "")))
        if status != 200:
            raise PeerUnreachable(f"{peer} answered {status}: {answer}")
        return answer


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
        for version in batch:
            if self._is_write(version):
                self._latencies[version.table].add(1000 * (now - version.written_s))
        self._store.acknowledge(self.peer, batch)
        for state in [s for s in self._store.tables.values() if s.id in unknown_tables]:
            log.warning("%s has no replica of %s: nothing sent", self.peer, state.name)
            self._store.outboxes.drop_replica(state.name, self.peer)

    def _is_write(self, version: PendingVersion[VersionText]) -> bool:
        """Whether a client wrote it: no setting of the table, no part of a backfill."""
        filled = self._store.outboxes.backfills.get((version.table, self.peer), 0)
        return not is_register_key(version.item) and version.sequence > filled

    def _set_problem(self, problem: str) -> None:
        if problem and not self._problem:
            log.info("replication to %s waits: %s", self.peer, problem)
        elif self._problem and not problem:
            log.info("replication to %s continues", self.peer)
        self._problem = problem
