"""DynamoDB of one Region, composed: table store, log, API, global tables, replication.

It also serves the calls of other Regions (their client: twin.region.tables.replication.replicator).
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
from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.engine import MemoryTableEngine
from twin.internal_api.connector import own_user_connector
from twin.internal_api.fast_path import Answer
from twin.internal_api.plain_requests import PlainRequest
from twin.internal_api.schemas import MetricSample, PeerStatus, TableStatus
from twin.region.tables.api import DynamoDbApi
from twin.region.tables.expiry import ItemExpiry
from twin.region.tables.replication.global_tables import GlobalTables
from twin.region.tables.replication.replicator import PeerClient, Replicator, lag_sampler
from twin.region.tables.replication.strong import StrongTables, pending_versions
from twin.region.tables.restores import TableRestores
from twin.region.tables.storage.compaction import Compactor
from twin.region.tables.storage.recovery import recover_store
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.wal import WriteAheadLog
from twin.runtime.instance import ACCOUNT, Instance
from twin.settings import TwinSettings

log = logging.getLogger(__name__)


NOT_OF_DYNAMODB = ("/_twin/", "/2015-03-31/")
"""Beginnings of the paths of the internal API and of Lambda's."""


class RegionTables:
    def __init__(
        self,
        *,
        store: TableStore,
        wal: WriteAheadLog,
        peers: PeerClient,
        settings: TwinSettings,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._wal = wal
        self._peers = peers
        self._clock = clock
        self._global = GlobalTables(
            store=store,
            engine=store.engine,
            peers=peers,
            clock=clock,
            speed=settings.speed,
        )
        self._strong = StrongTables(store=store, peers=peers)
        self._restores = TableRestores(store=store, clock=clock, speed=settings.speed)
        self._api = DynamoDbApi(
            store=store,
            global_tables=self._global,
            restores=self._restores,
            strong=self._strong,
            clock=clock,
            rng=rng,
        )
        self._expiry = ItemExpiry(store=store, clock=clock, speed=settings.speed)
        self._compactor = Compactor(store=store, wal=wal, peers=peers, clock=clock)
        self._replicators: dict[str, Replicator] = {}
        self._new_peer = asyncio.Event()
        store.outboxes.on_enqueued = self._wake_replicator
        store.outboxes.network_delay_s = self._network_delay_s

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
        """Recover the Region's tables from their log. Raises StateCorrupt, InstanceInUse."""
        wal = WriteAheadLog(instance.region_state(region) / "tables", sync=settings.fsync)
        store = TableStore(
            region=region,
            engine=MemoryTableEngine(region, ACCOUNT, clock.now),
            wal=wal,
            clock=clock,
            draw_lag=lag_sampler(
                settings.scaled(settings.replication_lag_s), settings.replication_spread, rng
            ),
        )
        started = clock.monotonic()
        try:
            recover_store(store, wal.replay())
        except BaseException:
            wal.close()
            raise
        took = clock.monotonic() - started
        log.info("%s: %d tables recovered in %.2f s", region, len(store.tables), took)
        return cls(
            store=store,
            wal=wal,
            peers=PeerClient(
                instance, region, aiohttp.ClientSession(connector=own_user_connector())
            ),
            settings=settings,
            clock=clock,
            rng=rng,
        )

    @property
    def store(self) -> TableStore:
        return self._store

    def add_routes(self, app: web.Application) -> None:
        """Serve DynamoDB at POST /, an item at /_twin/item, other Regions at /_twin/replication.

        Call it last: DynamoDB answers what no other route has.
        """
        app.router.add_post("/", self._api.handle)
        app.router.add_get("/_twin/item", self._get_item)
        for endpoint, handler in (
            ("apply", self._handle_apply),
            ("tables", self._handle_tables),
            ("horizon", self._handle_horizon),
            ("member", self._handle_member),
            ("propose", self._handle_propose),
            ("pending", self._handle_pending),
        ):
            app.router.add_post(f"/_twin/replication/{endpoint}", handler)
        app.router.add_route("*", "/{path:.*}", self._answer_no_call)

    async def _answer_no_call(self, request: web.Request) -> web.Response:
        if request.path.startswith(NOT_OF_DYNAMODB):
            raise web.HTTPNotFound
        return self._api.answer_no_call(request)

    async def _get_item(self, request: web.Request) -> web.Response:
        """An item for the twin's own commands, which have no keys; 404 without such an item."""
        table, key = request.query.get("table", ""), _parse_message(request.query.get("key", ""))
        try:
            item = self._store.engine.get_image(table, key)
        except KeyError:  # no such table, or not its key
            item = None
        if item is None:
            raise web.HTTPNotFound
        return web.json_response(item)

    def answer_plain_request(self, request: PlainRequest) -> Answer:
        """Serve DynamoDB on the fast path."""
        return self._api.answer_plain_request(request)

    def table_statuses(self) -> tuple[TableStatus, ...]:
        return tuple(
            TableStatus(
                name=name,
                items=self._store.engine.count_items(name),
                replicas=tuple(self._store.tables[name].other_members),
            )
            for name in sorted(self._store.tables)
        )

    def peer_statuses(self) -> tuple[PeerStatus, ...]:
        """Replication to each Region that shares a table, or whose outbox is not empty."""
        sharing = {peer for state in self._store.tables.values() for peer in state.peers}
        waiting = {peer for peer, outbox in self._store.outboxes.by_peer.items() if len(outbox)}
        return tuple(self._replicator(peer).status() for peer in sorted(sharing | waiting))

    def take_metrics(self) -> Iterator[MetricSample]:
        """The CloudWatch samples since the last call."""
        for replicator in self._replicators.values():
            yield from replicator.take_metrics()
        yield from self._expiry.take_metrics()

    def apply_faults(self, faults: Faults) -> None:
        """Apply network faults, and pause or resume replication. Raises TableApiError."""
        self._peers.network = faults.network
        self._store.outboxes.wake_all()
        paused = faults.pauses_replication(self._store.region)
        if paused != self._store.paused:
            self._store.set_paused(paused)

    @property
    def paused(self) -> bool:
        """Whether replication into and out of this Region is paused."""
        return self._store.paused

    async def run(self) -> None:
        """Do all work in the background until cancelled."""
        running: set[str] = set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._global.finish_creations())
            group.create_task(self._global.drop_abandoned_replicas())
            group.create_task(self._compactor.run())
            group.create_task(self._expiry.run())
            group.create_task(self._restores.run())
            while True:
                for peer in set(self._store.outboxes.by_peer) - running:
                    running.add(peer)
                    group.create_task(self._replicator(peer).run())
                self._new_peer.clear()
                await self._new_peer.wait()

    async def close(self) -> None:
        """Close connections and files."""
        await self._peers.close()
        self._wal.close()

    def _replicator(self, peer: str) -> Replicator:
        if peer not in self._replicators:
            self._replicators[peer] = Replicator(
                store=self._store, peers=self._peers, peer=peer, clock=self._clock
            )
        return self._replicators[peer]

    def _network_delay_s(self, peer: str) -> float:
        return self._peers.network.link_between(self._store.region, peer).delay_s

    def _wake_replicator(self, peer: str) -> None:
        if peer not in self._replicators:
            self._new_peer.set()
        self._replicator(peer).wake()

    # -- calls of the other Regions

    async def _handle_apply(self, request: web.Request) -> web.Response:
        """Apply versions from a peer; refused during a pause, so that the peer keeps them.

        A pause stops replication into and out of the Region:
        https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html
        """
        if (refused := self._refuse_replication()) is not None:
            return refused
        message = _parse_message(await request.read())
        try:
            return web.json_response({"gone": self._store.receive(message["c"])})
        except TableApiError as exc:
            return web.json_response({"message": exc.message}, status=500)

    def _refuse_replication(self) -> web.Response | None:
        region = self._store.region
        if self._store.paused:
            return _refused("", f"replication of {region} is paused")
        if self._peers.network.link(region).cut:
            return _refused("", f"the network of {region} is cut")
        return None

    async def _handle_propose(self, request: web.Request) -> web.Response:
        """Accept or decline a write to a table with multi-Region strong consistency."""
        if (refused := self._refuse_replication()) is not None:
            return refused
        message = _parse_message(await request.read())
        try:
            return web.json_response({"accepted": self._strong.decide_proposal(message)})
        except TableApiError as exc:
            return web.json_response({"message": exc.message}, status=500)

    async def _handle_pending(self, request: web.Request) -> web.Response:
        if (refused := self._refuse_replication()) is not None:
            return refused
        message = _parse_message(await request.read())
        texts = pending_versions(self._store, message["from"], message["g"])
        body = f'{{"c":[{",".join(texts)}]}}'
        return web.Response(text=body, content_type="application/json")

    async def _handle_tables(self, request: web.Request) -> web.Response:
        order = _parse_message(await request.read())
        try:
            if order["op"] == "create":
                self._global.create_local_replica(order)
            else:
                self._global.drop_local_replica(order)
        except TableApiError as exc:
            return _refused(exc.code, exc.message)
        return web.json_response({})

    async def _handle_horizon(self, request: web.Request) -> web.Response:
        message = _parse_message(await request.read())
        return web.json_response(self._compactor.watermarks_for(message["from"], message["tables"]))

    async def _handle_member(self, request: web.Request) -> web.Response:
        message = _parse_message(await request.read())
        since_s = self._global.member_since(message["g"], message["from"])
        return web.json_response({"since": since_s})


def _parse_message(body: bytes | str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as exc:
        raise web.HTTPBadRequest(text=f"not JSON: {exc}") from exc
    if not isinstance(message, dict):
        raise web.HTTPBadRequest(text="not a JSON object")
    return message


def _refused(code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=409)
