"""The edge's process: its long poll at control, its clockwork, and its inner HTTP address.

POST /_twin/health    HealthReport of a Region    204, 400 saying what is wrong with it, or 503
                                                  while that Region's network is cut
GET  /_twin/status    EdgeStatus
POST /_twin/metrics   MetricsReport
POST /_twin/faults    look at the twin's faults
"""

import asyncio
from collections.abc import Callable

from aiohttp import web

from twin import codec
from twin.clock import Clock
from twin.edge.edge import Edge
from twin.errors import CodecError
from twin.faults.watch import FaultWatcher
from twin.internal_api.schemas import LoadBalancerHealthReport
from twin.internal_api.server import json_response, serving
from twin.runtime.daemon import DaemonContext
from twin.settings import TwinSettings
from twin.topology.watch import watch_topology

ROLE = "edge"


async def main(context: DaemonContext) -> None:
    """Run the edge until it is told to stop."""
    settings, clock = context.settings, context.clock
    edge = Edge(settings, clock, asyncio.get_running_loop())
    faults = FaultWatcher(context.instance, clock, edge.follow_faults)
    faults.look()
    app = build_app(edge)
    faults.add_routes(app)
    try:
        async with serving(app, context.instance.edge_address), asyncio.TaskGroup() as group:
            running = [
                group.create_task(job)
                for job in (
                    watch_topology(context.instance, ROLE, clock, edge.apply),
                    faults.run(),
                    _every(health_period_s(settings), clock, edge.pass_time),
                    _every(sweep_period_s(settings), clock, edge.tend),
                )
            ]
            await context.stop.wait()
            for task in running:
                task.cancel()
    finally:
        edge.close()


def build_app(edge: Edge) -> web.Application:
    """What the edge answers at its inner address."""

    async def take_health(request: web.Request) -> web.Response:
        try:
            report = codec.loads(LoadBalancerHealthReport, await request.read())
        except CodecError as exc:
            return web.Response(status=400, text=f"not a health report: {exc}")
        if not edge.hear(report):
            return web.Response(status=503, text=f"the network of {report.region} is cut")
        return web.Response(status=204)

    async def tell_status(_: web.Request) -> web.Response:
        return json_response(edge.status())

    async def take_metrics(_: web.Request) -> web.Response:
        return json_response(edge.take_metrics())

    app = web.Application()
    app.router.add_post("/_twin/metrics", take_metrics)
    app.router.add_post("/_twin/health", take_health)
    app.router.add_get("/_twin/status", tell_status)
    return app


def health_period_s(settings: TwinSettings) -> float:
    """Seconds between two looks at the endpoints' waits: a fifth of the shortest of them."""
    shortest_s = settings.scaled(min(settings.endpoint_fail_s, settings.endpoint_recover_s))
    return min(0.2, max(0.01, shortest_s / 5))


def sweep_period_s(settings: TwinSettings) -> float:
    """Seconds between two looks for idle connections and missing ports."""
    return min(1.0, max(0.05, settings.idle_timeout_s / 5))


async def _every(period_s: float, clock: Clock, act: Callable[[], None]) -> None:
    while True:
        await clock.sleep(period_s)
        act()
