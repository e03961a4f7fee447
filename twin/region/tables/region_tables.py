"""DynamoDB of one Region: engine, durable log, API, asynchronous last-writer-wins replication.

`Tables` is what the Region's process mounts; everything else in this package is behind it.
"""

import asyncio
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import aiohttp
from aiohttp import web

from common.clock import Clock
from twin.core.faults import Faults
from twin.core.table_engine import TableApiError
from twin.internal_api.schemas import MetricSample, PeerStatus, TableStatus
from twin.moto.dynamodb.engine import MotoTableEngine
from twin.region.tables.api import DynamoDbApi
from twin.region.tables.compaction import Compactor
from twin.region.tables.global_tables import GlobalTables
from twin.region.tables.peers import PeerClient
from twin.region.tables.recovery import recover_store
from twin.region.tables.replicator import Replicator, lag_sampler
from twin.region.tables.store import TableStore
from twin.region.tables.wal import WriteAheadLog
from twin.runtime.instance import ACCOUNT, Instance
from twin.settings import TwinSettings

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024 * 1024
"""Bytes of a request; BatchWriteItem may have 16 MB, a batch from a peer a few items of 400 KB."""

__all__ = ["MAX_BODY", "RegionTables"]


class RegionTables:
    """One Region's tables."""

    def __init__(
        self,
        *,
        ledger: TableStore,
        journal: WriteAheadLog,
        peers: PeerClient,
        settings: TwinSettings,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._peers = peers
        self._clock = clock
        self._global = GlobalTables(
            ledger=ledger,
            engine=ledger.engine,
            peers=peers,
            clock=clock,
            speed=settings.speed,
        )
        self._front = DynamoDbApi(
            engine=ledger.engine,
            ledger=ledger,
            global_tables=self._global,
            clock=clock,
            rng=rng,
        )
        self._upkeep = Compactor(ledger=ledger, journal=journal, peers=peers, clock=clock)
        self._links: dict[str, Replicator] = {}
        self._new_peer = asyncio.Event()
        ledger.debts.on_owed = self._notify
        ledger.debts.delay_s = self._delay_s

    @classmethod
    async def open(
        cls,
        *,
        instance: Instance,
        settings: TwinSettings,
        region: str,
        clock: Clock,
        rng: random.Random,
    ) -> "RegionTables":
        """The Region's tables as its log has them. Raises StateCorrupt, InstanceInUse."""
        journal = WriteAheadLog(instance.region_state(region) / "tables", sync=settings.fsync)
        ledger = TableStore(
            region=region,
            engine=MotoTableEngine(region, ACCOUNT),
            journal=journal,
            clock=clock,
            draw_lag=lag_sampler(
                settings.scaled(settings.replication_lag_s), settings.replication_spread, rng
            ),
        )
        started = clock.monotonic()
        try:
            recover_store(ledger, journal.replay())
        except BaseException:
            journal.close()
            raise
        took = clock.monotonic() - started
        log.info("%s: %d tables read back in %.2f s", region, len(ledger.tables), took)
        return cls(
            ledger=ledger,
            journal=journal,
            peers=PeerClient(instance, region, aiohttp.ClientSession()),
            settings=settings,
            clock=clock,
            rng=rng,
        )

    def add_routes(self, app: web.Application) -> None:
        """Serve DynamoDB at POST / and the other Regions under /_twin/replication."""
        app.router.add_post("/", self._front.handle)
        for what, handler in (
            ("apply", self._apply),
            ("tables", self._tables),
            ("horizon", self._horizon),
            ("member", self._member),
        ):
            app.router.add_post(f"/_twin/replication/{what}", handler)

    def table_statuses(self) -> tuple[TableStatus, ...]:
        """This Region's tables, by name."""
        return tuple(
            TableStatus(
                name=name,
                items=self._ledger.engine.count_items(name),
                replicas=tuple(self._ledger.tables[name].others),
            )
            for name in sorted(self._ledger.tables)
        )

    def peer_statuses(self) -> tuple[PeerStatus, ...]:
        """Replication to each Region that shares a table, or is still owed something."""
        sharing = {peer for state in self._ledger.tables.values() for peer in state.peers}
        owed = {peer for peer, outbox in self._ledger.debts.outboxes.items() if len(outbox)}
        return tuple(self._link(peer).status() for peer in sorted(sharing | owed))

    def take_metrics(self) -> Iterator[MetricSample]:
        """What came since the last time, for CloudWatch."""
        for link in self._links.values():
            yield from link.take_metrics()

    def apply_faults(self, faults: Faults) -> None:
        """Put a pause of replication, and the network's faults, in force. Raises AwsError."""
        self._peers.network = faults.network
        self._ledger.debts.notify_all()
        self.set_paused(faults.pauses_replication(self._ledger.region))

    def set_paused(self, paused: bool) -> None:
        """Stop or resume replication in both directions. Raises AwsError."""
        if paused != self._ledger.paused:
            self._ledger.set_paused(paused)

    @property
    def paused(self) -> bool:
        """Whether replication into and out of this Region is paused."""
        return self._ledger.paused

    async def run(self) -> None:
        """Replicate, finish what was begun, keep the log short; until cancelled."""
        running: set[str] = set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._global.run())
            group.create_task(self._global.drop_given_up())
            group.create_task(self._upkeep.run())
            while True:
                for peer in set(self._ledger.debts.outboxes) - running:
                    running.add(peer)
                    group.create_task(self._link(peer).run())
                self._new_peer.clear()
                await self._new_peer.wait()

    async def close(self) -> None:
        """Let go of connections and files."""
        await self._peers.close()
        self._journal.close()

    def _link(self, peer: str) -> Replicator:
        if peer not in self._links:
            self._links[peer] = Replicator(
                ledger=self._ledger, peers=self._peers, peer=peer, clock=self._clock
            )
        return self._links[peer]

    def _delay_s(self, peer: str) -> float:
        return self._peers.network.link_between(self._ledger.region, peer).delay_s

    def _notify(self, peer: str) -> None:
        if peer not in self._links:
            self._new_peer.set()
        self._link(peer).notify()

    # -- the other Regions' calls

    async def _apply(self, request: web.Request) -> web.Response:
        """Versions from a peer; refused while paused, so that the peer keeps them.

        A pause holds replication into and out of the Region:
        https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html
        """
        region = self._ledger.region
        if self._ledger.paused:
            return _refused("", f"replication of {region} is paused")
        if self._peers.network.link(region).cut:
            return _refused("", f"the network of {region} is cut")
        message = _message(await request.read())
        try:
            return web.json_response({"gone": self._ledger.receive(message["c"])})
        except TableApiError as exc:
            return web.json_response({"message": exc.message}, status=500)

    async def _tables(self, request: web.Request) -> web.Response:
        order = _message(await request.read())
        try:
            if order["op"] == "create":
                self._global.make_here(order)
            else:
                self._global.remove_here(order)
        except TableApiError as exc:
            return _refused(exc.code, exc.message)
        return web.json_response({})

    async def _horizon(self, request: web.Request) -> web.Response:
        message = _message(await request.read())
        return web.json_response(self._upkeep.horizon_for(message["from"], message["tables"]))

    async def _member(self, request: web.Request) -> web.Response:
        message = _message(await request.read())
        return web.json_response({"since": self._global.since(message["g"], message["from"])})


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"not JSON: {exc}") from exc
    if not isinstance(message, dict):
        raise web.HTTPBadRequest(text="not a JSON object")
    return message


def _refused(code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=409)
