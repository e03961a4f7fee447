"""Route 53's process: it follows the Topology and serves HTTP at its internal address.

GET  /_twin/status    Route53Status
"""

import asyncio

from aiohttp import web

from twin.internal_api.schemas import Route53Status
from twin.internal_api.server import json_response, serving
from twin.runtime.daemon import DaemonContext
from twin.topology.model import Topology
from twin.topology.watch import watch_topology

ROLE = "route53"


class _Process:
    """The Topology in force."""

    def __init__(self) -> None:
        self.topology = Topology()

    def apply_topology(self, topology: Topology) -> None:
        self.topology = topology

    def status(self) -> Route53Status:
        return Route53Status(topology_version=self.topology.version)


async def main(context: DaemonContext) -> None:
    """Run until the context's stop event is set."""
    process = _Process()

    async def get_status(_: web.Request) -> web.Response:
        return json_response(process.status())

    app = web.Application()
    app.router.add_get("/_twin/status", get_status)
    async with (
        serving(app, context.instance.route53_address),
        asyncio.TaskGroup() as group,
    ):
        following = group.create_task(
            watch_topology(context.instance, ROLE, context.clock, process.apply_topology)
        )
        await context.stop.wait()
        following.cancel()
