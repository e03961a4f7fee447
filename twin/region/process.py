"""One Region's process: compose its data planes, start and stop them, apply each new Topology."""

import asyncio
import contextlib
import gc
import logging
import os
import random
from collections.abc import Coroutine
from itertools import chain
from typing import Any

from aiohttp import web

from common.twin_keys import to_temporary_key
from twin.core.faults import Faults
from twin.core.lambda_.functions import group_qualifiers
from twin.core.tables.table_engine import TableApiError
from twin.faults.watch import FaultWatcher
from twin.geography import region_number
from twin.iam.session_token import TokenIssuer, load_token_key
from twin.internal_api.fast_path import PLAIN_HANDLER
from twin.internal_api.freed_memory import give_back_later
from twin.internal_api.request_memory import RequestMemory
from twin.internal_api.schemas import MetricsReport, RegionStatus, TargetHealthReport
from twin.internal_api.server import json_response, serving
from twin.region.access import RegionAccess
from twin.region.alb.health_checks import HealthChecker, report_health
from twin.region.alb.lambda_targets import LambdaTargets, registered_functions
from twin.region.alb.load_balancers import LoadBalancers
from twin.region.alb.metrics import host_count_samples
from twin.region.apigateway.integrations import Integrations
from twin.region.apigateway.server import ApiGatewayServer, integrated_functions
from twin.region.ids import IdGenerator
from twin.region.lambdas.async_events import AsyncEvents
from twin.region.lambdas.child_processes import ChildProcesses
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.functions import HostedFunctions
from twin.region.lambdas.invoke_api import InvokeApi
from twin.region.lambdas.log_delivery import LogDelivery
from twin.region.lambdas.old_temp_folders import discard_old_temp_folders, temp_folder
from twin.region.lambdas.pool import PoolResources
from twin.region.lambdas.processor_load import ProcessorLoad
from twin.region.lambdas.runtime_env import RuntimeVariables, make_role_credentials
from twin.region.tables.region_tables import RegionTables
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT
from twin.runtime.processes import adopt_orphans
from twin.runtime.roles import region_role
from twin.topology.model import RegionTopology, Topology
from twin.topology.watch import watch_topology

log = logging.getLogger(__name__)

TICK_S = 0.25
MAX_BODY_BYTES = 64 * 1024 * 1024
"""More than any service accepts, so that the service itself rejects larger requests."""
TICKS_PER_RETRY = 4
"""Ticks between two retries of closed listeners, and between two removals of unused code."""
KILL_TIMEOUT_S = 2.0


class _Stopped(Exception):
    """Ends the task group of the process."""


class RegionDataPlanes:
    """The load balancers, API Gateway, functions and tables of one Region."""

    def __init__(
        self, context: DaemonContext, region: str, *, tables: RegionTables, ids: IdGenerator
    ) -> None:
        self.region = region
        self.tables = tables
        self._context = context
        self._tasks = asyncio.TaskGroup()
        self._faults = FaultWatcher(context.instance, context.clock, self._apply_faults)
        self._topology: RegionTopology | None = None
        self._version = 0
        instance = context.instance
        self._code = CodeStore(instance, region)
        self._processors = ProcessorLoad(context.clock.monotonic)
        self._issuer = TokenIssuer(load_token_key(instance))
        self._function_output = LogDelivery(context.clock.now)
        resources = PoolResources(
            code=self._code,
            children=ChildProcesses(),
            variables=RuntimeVariables(
                instance=instance,
                region=region,
                machine=dict(os.environ),
                make_credentials=make_role_credentials(
                    self._issuer, context.clock.now, to_temporary_key(instance.access_key)
                ),
            ),
            clock=context.clock,
            spawn=self._spawn_contained,
            runtime_host=instance.runtime_api_address(region)[0],
            temp_folder=temp_folder(instance, region),
            new_id=ids.request_id,
            delivery=self._function_output,
            is_saturated=self._processors.is_saturated,
        )
        self._functions = HostedFunctions(instance, region, resources=resources, ids=ids)
        self._targets = LambdaTargets(self._functions.get, ids)
        self._health = HealthChecker(
            self._targets, settings=context.settings, clock=context.clock, spawn=self._spawn
        )
        memory = RequestMemory(give_back=give_back_later)
        self._load_balancers = LoadBalancers(
            self._targets,
            is_healthy=self._health.is_healthy,
            clock=context.clock,
            certificate_path=instance.certificate_path,
            memory=memory,
        )
        self._api_gateway = ApiGatewayServer(
            Integrations(self._functions.get, ids, region=region, account=ACCOUNT),
            clock=context.clock,
            certificate_path=instance.certificate_path,
            memory=memory,
        )
        self._invoke_api = InvokeApi(
            region=region,
            functions=self._functions,
            ids=ids,
            events=AsyncEvents(
                ids=ids,
                clock=context.clock,
                settings=context.settings,
                spawn=self._spawn_contained,
            ),
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(work)

    def _spawn_contained(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work for one function: whatever users deploy, it does not end the Region."""
        return self._spawn(_run_contained(work))

    # -- start and stop

    async def run(self) -> None:
        """Serve until the context's stop event is set."""
        context = self._context
        address = context.instance.region_address(self.region)
        self._faults.look()
        try:
            async with serving(self._build_app(), address), self._tasks:
                role = region_role(self.region)
                self._spawn(
                    watch_topology(context.instance, role, context.clock, self.apply_topology)
                )
                self._spawn(report_health(context.instance, self.region, self._health))
                self._spawn(self._tick())
                self._spawn(self._remove_unused_code())
                self._spawn(self.tables.run())
                self._spawn(self._faults.run())
                await self._run_until_stopped()
        except* _Stopped:
            log.info("stopped")

    async def _run_until_stopped(self) -> None:
        await self._context.stop.wait()
        await asyncio.gather(self._load_balancers.close(), self._api_gateway.close())
        self._functions.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KILL_TIMEOUT_S):
                while not self._functions.is_closed:
                    await self._context.clock.sleep(0.01)
        raise _Stopped

    async def _tick(self) -> None:
        """Periodic work: environments, closed listeners."""
        while True:
            for _ in range(TICKS_PER_RETRY):
                await self._context.clock.sleep(TICK_S)
                self._functions.tick()
                self._processors.is_saturated()  # so that a burst finds a recent value
            self._api_gateway.drop_left()
            await self._load_balancers.retry()
            await self._api_gateway.retry()

    async def _remove_unused_code(self) -> None:
        """Remove code that is out of use; this may take longer than all other periodic work."""
        kept = frozenset[str]()
        while True:
            await self._context.clock.sleep(TICK_S * TICKS_PER_RETRY)
            if kept != (in_use := self._functions.code_in_use()):
                await self._code.keep_only(self._functions.code_in_use)
                kept = in_use

    async def apply_topology(self, topology: Topology) -> None:
        wanted = topology.regions.get(self.region, RegionTopology())
        if wanted != self._topology:
            await self._configure(wanted)
            self._topology = wanted
        self._version = topology.version

    def _apply_faults(self, faults: Faults) -> None:
        self._api_gateway.set_link(faults.network.link(self.region))
        try:
            self.tables.apply_faults(faults)
        except TableApiError as exc:
            log.error("the faults of this Region's replication are not in force: %s", exc.message)

    async def _configure(self, wanted: RegionTopology) -> None:
        groups = wanted.target_groups
        self._functions.configure(
            wanted.functions,
            prestarted=group_qualifiers(
                chain(registered_functions(groups), integrated_functions(wanted.api_gateway))
            ),
            limit=self._context.settings.lambda_environments,
        )
        self._targets.configure(groups)
        await self._load_balancers.configure(wanted.load_balancers, wanted.certificates)
        await self._api_gateway.configure(wanted.api_gateway, wanted.certificates)
        self._health.configure(groups, wanted.load_balancers)
        # These objects stay until the next change, so exempt them from garbage collections.
        gc.collect()
        gc.freeze()

    # -- the internal HTTP API

    def _build_app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/_twin/status", self._get_status)
        app.router.add_get("/_twin/targets", self._get_targets)
        app.router.add_post("/_twin/metrics", self._take_metrics)
        self._faults.add_routes(app)
        self._invoke_api.add_routes(app)
        self.tables.add_routes(app)
        if self._context.settings.enforce_iam:
            access = RegionAccess(self._context, self.tables.store, self._issuer)
            app.middlewares.append(access.middleware())
        else:
            app[PLAIN_HANDLER] = self.tables.answer_plain_request
        return app

    async def _get_status(self, _request: web.Request) -> web.Response:
        return json_response(self.status())

    async def _get_targets(self, _request: web.Request) -> web.Response:
        return json_response(TargetHealthReport(region=self.region, targets=self._health.targets()))

    async def _take_metrics(self, _request: web.Request) -> web.Response:
        """CloudWatch samples and log lines since the last call, and the current host counts."""
        topology = self._topology or RegionTopology()
        hosts = host_count_samples(
            topology.load_balancers, topology.target_groups, self._health.targets()
        )
        sources = (
            self._load_balancers.take_metrics(),
            self._api_gateway.take_metrics(),
            self._functions.take_metrics(),
            self.tables.take_metrics(),
            hosts,
        )
        return json_response(
            MetricsReport(
                samples=tuple(chain.from_iterable(sources)),
                logs=(*self._api_gateway.take_logs(), *self._function_output.take()),
            )
        )

    def status(self) -> RegionStatus:
        return RegionStatus(
            region=self.region,
            topology_version=self._version,
            load_balancers=self._load_balancers.status(),
            api_gateway=self._api_gateway.status(),
            functions=self._functions.status(),
            targets=self._health.targets(),
            tables=self.tables.table_statuses(),
            replication_paused=self.tables.paused,
            peers=self.tables.peer_statuses(),
        )


async def _run_contained(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("this should not happen: work for a function has failed")


async def main(region: str, context: DaemonContext) -> None:
    """Run the Region until the context's stop event is set. Raises RegionUnknown."""
    region_number(region)  # raises for an unknown Region
    adopt_orphans()
    state = context.instance.region_state(region)
    state.mkdir(parents=True, exist_ok=True)
    discard_old_temp_folders(temp_folder(context.instance, region))
    rng = random.Random()
    tables = await RegionTables.open(
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
