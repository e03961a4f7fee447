"""One Region's process: composes its data planes and keeps them on the Topology.

What each of them does is written elsewhere; here is only who is made of whom, in which order they
come up, and in which order they go.
"""

import asyncio
import contextlib
import gc
import logging
import os
import random
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from itertools import chain
from typing import Any, Protocol

from aiohttp import web

from common.clock import Clock
from twin.core.faults import Faults
from twin.core.table_engine import TableApiError
from twin.faults.watch import FaultWatcher
from twin.geography import region_number
from twin.internal_api.schemas import (
    MetricSample,
    MetricsReport,
    PeerStatus,
    RegionStatus,
    TableStatus,
    TargetHealthReport,
)
from twin.internal_api.server import json_response, serving
from twin.region.alb.health_checks import HealthChecker
from twin.region.alb.health_reports import report_health
from twin.region.alb.lambda_targets import LambdaTargets, qualifiers_in_use
from twin.region.alb.load_balancers import LoadBalancers
from twin.region.alb.metrics import host_count_samples
from twin.region.ids import IdGenerator
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.functions import HostedFunctions
from twin.region.lambdas.invoke_api import InvokeApi
from twin.region.lambdas.pool import PoolResources
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import Instance
from twin.runtime.roles import region_role
from twin.settings import TwinSettings
from twin.topology.model import RegionTopology, Topology
from twin.topology.watch import watch_topology

log = logging.getLogger(__name__)

TICK_S = 0.25
LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; what is too large for a service is refused by the service, in its own words."""
TICKS_A_ROUND = 4
"""How many ticks lie between two tries to open a listener, and two looks for unused code."""
ENDED_WITHIN_S = 2.0


class _Stopped(Exception):
    """Ends everything that runs in the background."""


class Tables(Protocol):
    """The Region's tables, as this process needs them (twin.region.tables)."""

    @property
    def paused(self) -> bool:
        """Whether replication is paused."""
        ...

    def add_routes(self, app: web.Application) -> None:
        """Serve DynamoDB and replication."""
        ...

    def table_statuses(self) -> tuple[TableStatus, ...]:
        """Each table's replica here."""
        ...

    def peer_statuses(self) -> tuple[PeerStatus, ...]:
        """Replication to each other Region."""
        ...

    def take_metrics(self) -> Iterable[MetricSample]:
        """What came since the last time, for CloudWatch."""
        ...

    def follow_faults(self, faults: Faults) -> None:
        """Put a pause of replication, and the network's faults, in force. Raises AwsError."""
        ...

    async def run(self) -> None:
        """Replicate, until cancelled."""
        ...

    async def close(self) -> None:
        """Write what is not written yet."""
        ...


class OpenTables(Protocol):
    """How the tables are opened; Tables.open."""

    def __call__(
        self,
        *,
        instance: Instance,
        settings: TwinSettings,
        region: str,
        clock: Clock,
        rng: random.Random,
    ) -> Awaitable[Tables]:
        """The tables, as they were when the last process of this Region ended."""
        ...


class RegionDataPlanes:
    """The data planes of one Region."""

    def __init__(
        self, context: DaemonContext, region: str, *, tables: Tables, ids: IdGenerator
    ) -> None:
        """Nothing runs before `run`."""
        self.region = region
        self.tables = tables
        self._context = context
        self._tasks = asyncio.TaskGroup()
        self._faults = FaultWatcher(context.instance, context.clock, self._follow_faults)
        self._topology: RegionTopology | None = None
        self._version = 0
        instance = context.instance
        self._code = CodeStore(instance, region)
        works = PoolResources(
            code=self._code,
            surroundings=RuntimeVariables(
                instance=instance, region=region, machine=dict(os.environ)
            ),
            clock=context.clock,
            spawn=self._spawn,
            runtime_host=instance.runtime_api_address(region)[0],
            scratch=instance.region_state(region) / "tmp",
            new_id=ids.request_id,
        )
        self._functions = HostedFunctions(instance, region, works=works, ids=ids)
        self._targets = LambdaTargets(self._functions, ids)
        self._checks = HealthChecker(
            self._targets, settings=context.settings, clock=context.clock, spawn=self._spawn
        )
        self._load_balancers = LoadBalancers(
            self._targets, is_healthy=self._checks.is_healthy, clock=context.clock
        )
        self._invoke_api = InvokeApi(
            region=region,
            functions=self._functions,
            ids=ids,
            clock=context.clock,
            settings=context.settings,
            spawn=self._spawn,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work)

    # -- life

    async def run(self) -> None:
        """Until the context says stop."""
        context = self._context
        address = context.instance.region_address(self.region)
        self._faults.look()
        try:
            async with serving(self._inner_app(), address), self._tasks:
                feed_name = region_role(self.region)
                self._spawn(watch_topology(context.instance, feed_name, context.clock, self.follow))
                self._spawn(report_health(context.instance, self.region, self._checks))
                self._spawn(self._tick())
                self._spawn(self.tables.run())
                self._spawn(self._faults.run())
                await self._until_stopped()
        except* _Stopped:
            log.info("stopped")

    async def _until_stopped(self) -> None:
        await self._context.stop.wait()
        await self._load_balancers.close()
        self._functions.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDED_WITHIN_S):
                while not self._functions.closed:
                    await self._context.clock.sleep(0.01)
        raise _Stopped

    async def _tick(self) -> None:
        """What has to be seen to now and then."""
        kept = frozenset[str]()
        while True:
            for _ in range(TICKS_A_ROUND):
                await self._context.clock.sleep(TICK_S)
                self._functions.tick()
            await self._load_balancers.retry()
            if kept != (in_use := self._functions.code_in_use()):
                await self._code.keep_only(self._functions.code_in_use)
                kept = in_use

    async def follow(self, topology: Topology) -> None:
        """Put a Topology in force."""
        wanted = topology.regions.get(self.region, RegionTopology())
        if wanted != self._topology:
            await self._change(wanted)
            self._topology = wanted
        self._version = topology.version

    def _follow_faults(self, faults: Faults) -> None:
        try:
            self.tables.follow_faults(faults)
        except TableApiError as exc:
            log.error("the faults of this Region's replication are not in force: %s", exc.message)

    async def _change(self, wanted: RegionTopology) -> None:
        groups = wanted.target_groups
        self._functions.follow(
            wanted.functions,
            wanted=qualifiers_in_use(groups),
            limit=self._context.settings.lambda_environments,
        )
        self._targets.follow(groups)
        await self._load_balancers.follow(wanted.load_balancers)
        self._checks.follow(groups, wanted.load_balancers)
        # What is there now stays: the collector need not walk over it again and again.
        gc.collect()
        gc.freeze()

    # -- being asked

    def _inner_app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get("/_twin/status", self._get_status)
        app.router.add_get("/_twin/targets", self._get_targets)
        app.router.add_post("/_twin/metrics", self._take_metrics)
        self._faults.add_routes(app)
        self._invoke_api.add_routes(app)
        self.tables.add_routes(app)
        return app

    async def _get_status(self, _request: web.Request) -> web.Response:
        return json_response(self.status())

    async def _get_targets(self, _request: web.Request) -> web.Response:
        return json_response(TargetHealthReport(region=self.region, targets=self._checks.targets()))

    async def _take_metrics(self, _request: web.Request) -> web.Response:
        """What came since the last time, and how things stand."""
        served = self._topology or RegionTopology()
        hosts = host_count_samples(
            served.load_balancers, served.target_groups, self._checks.targets()
        )
        sources = (
            self._load_balancers.take_metrics(),
            self._functions.take_metrics(),
            self.tables.take_metrics(),
            hosts,
        )
        return json_response(MetricsReport(samples=tuple(chain.from_iterable(sources))))

    def status(self) -> RegionStatus:
        """Everything this process knows."""
        return RegionStatus(
            region=self.region,
            topology_version=self._version,
            load_balancers=self._load_balancers.status(),
            functions=self._functions.status(),
            targets=self._checks.targets(),
            tables=self.tables.table_statuses(),
            replication_paused=self.tables.paused,
            peers=self.tables.peer_statuses(),
        )


def main(region: str, open_tables: OpenTables) -> Callable[[DaemonContext], Awaitable[None]]:
    """The Region's main, for twin.runtime.daemon.run."""

    async def run(context: DaemonContext) -> None:
        region_number(region)  # says which Regions there are, when it is none
        state = context.instance.region_state(region)
        state.mkdir(parents=True, exist_ok=True)
        # Left by environments of a killed process.
        await asyncio.to_thread(shutil.rmtree, state / "tmp", ignore_errors=True)
        rng = random.Random()
        tables = await open_tables(
            instance=context.instance,
            settings=context.settings,
            region=region,
            clock=context.clock,
            rng=rng,
        )
        try:
            ids = IdGenerator(context.clock, rng)
            await RegionDataPlanes(context, region, tables=tables, ids=ids).run()
        finally:
            await tables.close()

    return run
