"""The edge's process: it polls control for the Topology and serves HTTP at its internal address.

POST /_twin/health    LoadBalancerHealthReport of a Region    204; 400 with the reason if it is
                                                              malformed; 503 while the Region's
                                                              network is cut
GET  /_twin/status    EdgeStatus
POST /_twin/metrics   MetricsReport
POST /_twin/faults    read the twin's faults again
"""

import asyncio
from collections.abc import Callable

from aiohttp import web

from common.clock import Clock
from twin import codec
from twin.edge.edge import Edge
from twin.errors import CodecError
from twin.faults.watch import FaultWatcher
from twin.internal_api.schemas import LoadBalancerHealthReport
from twin.internal_api.server import json_response, serving
from twin.runtime.daemon import DaemonContext
from twin.runtime.roles import EDGE
from twin.settings import TwinSettings
from twin.topology.watch import watch_topology


async def main(context: DaemonContext) -> None:
    """Run the edge until the context's stop event is set."""
    settings, clock = context.settings, context.clock
    edge = Edge(settings, clock, asyncio.get_running_loop())
    faults = FaultWatcher(context.instance, clock, edge.apply_faults)
    faults.look()
    app = build_app(edge)
    faults.add_routes(app)
    try:
        async with serving(app, context.instance.edge_address):
            await context.run_until_stopped(
                watch_topology(context.instance, EDGE, clock, edge.apply_topology),
                faults.run(),
                _repeat(health_period_s(settings), clock, edge.update_health),
                _repeat(sweep_period_s(settings), clock, edge.sweep),
            )
    finally:
        edge.close()


def build_app(edge: Edge) -> web.Application:
    """The edge's internal HTTP API."""

    async def take_health(request: web.Request) -> web.Response:
        try:
            report = codec.loads(LoadBalancerHealthReport, await request.read())
        except CodecError as exc:
            return web.Response(status=400, text=f"not a health report: {exc}")
        if not edge.take_health_report(report):
            return web.Response(status=503, text=f"the network of {report.region} is cut")
        return web.Response(status=204)

    async def get_status(_: web.Request) -> web.Response:
        return json_response(edge.status())

    async def take_metrics(_: web.Request) -> web.Response:
        return json_response(edge.take_metrics())

    app = web.Application()
    app.router.add_post("/_twin/metrics", take_metrics)
    app.router.add_post("/_twin/health", take_health)
    app.router.add_get("/_twin/status", get_status)
    return app


def health_period_s(settings: TwinSettings) -> float:
    """Seconds between two updates of the endpoints' health: a fifth of the shortest delay."""
    shortest_s = settings.scaled(min(settings.endpoint_fail_s, settings.endpoint_recover_s))
    return min(0.2, max(0.01, shortest_s / 5))


def sweep_period_s(settings: TwinSettings) -> float:
    """Seconds between two sweeps for idle connections and closed ports."""
    return min(1.0, max(0.05, settings.idle_timeout_s / 5))


async def _repeat(period_s: float, clock: Clock, action: Callable[[], None]) -> None:
    while True:
        await clock.sleep(period_s)
        action()
