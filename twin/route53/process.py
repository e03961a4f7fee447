"""Route 53's process: name servers, and HTTP at its internal address.

It follows the Topology, and goes on with the last one when control is away: answering queries is
the data plane, https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html

GET  /_twin/status    Route53Status
POST /_twin/health    LoadBalancerHealthReport of a Region    204; 400 with the reason if it is
                                                              malformed
POST /_twin/dns       DnsTestRequest -> DnsTestReport, for TestDNSAnswer
"""

import asyncio
import random

from aiohttp import web

from twin import codec
from twin.core.dns.service_names import index_topology
from twin.errors import CodecError
from twin.geography import find_city
from twin.internal_api.schemas import DnsTestRequest, LoadBalancerHealthReport, Route53Status
from twin.internal_api.server import json_response, serving
from twin.route53.answer_test import run_answer_test
from twin.route53.load_balancer_health import LoadBalancerHealth
from twin.route53.name_servers import serving_dns
from twin.route53.responder import Responder
from twin.runtime.daemon import DaemonContext
from twin.topology.model import Topology
from twin.topology.watch import apply_stored, watch_topology

ROLE = "route53"


class _Process:
    """The Topology in force, and what is made of it."""

    def __init__(self, context: DaemonContext) -> None:
        self.topology = Topology()
        self._name_servers = [host for host, _ in context.instance.name_server_addresses]
        self.load_balancers = LoadBalancerHealth(context.clock)
        self.responder = Responder(
            find_city(context.settings.home_city),
            is_healthy=self.is_healthy,
            draw=random.Random().random,
        )

    def apply_topology(self, topology: Topology) -> None:
        self.responder.index = index_topology(topology, self._name_servers)
        self.topology = topology

    def is_healthy(self, health_check_id: str) -> bool:
        """Whether a health check, or a load balancer by its ARN, is healthy."""
        if health_check_id.startswith("arn:"):
            return self.load_balancers.is_healthy(health_check_id)
        return True

    def status(self) -> Route53Status:
        return Route53Status(topology_version=self.topology.version)


async def main(context: DaemonContext) -> None:
    """Run until the context's stop event is set."""
    process = _Process(context)

    async def get_status(_: web.Request) -> web.Response:
        return json_response(process.status())

    async def take_health(request: web.Request) -> web.Response:
        try:
            report = codec.loads(LoadBalancerHealthReport, await request.read())
        except CodecError as exc:
            return web.Response(status=400, text=f"not a health report: {exc}")
        process.load_balancers.take_report(report)
        return web.Response(status=204)

    async def test_answer(request: web.Request) -> web.Response:
        try:
            asked = codec.loads(DnsTestRequest, await request.read())
            return json_response(run_answer_test(process.responder, asked))
        except (CodecError, ValueError) as exc:
            return web.Response(status=400, text=f"not a test of an answer: {exc}")

    app = web.Application()
    app.router.add_get("/_twin/status", get_status)
    app.router.add_post("/_twin/health", take_health)
    app.router.add_post("/_twin/dns", test_answer)
    # Before the first query: a resolver would keep what it is told without zones.
    await apply_stored(context.instance, process.apply_topology)
    async with (
        serving(app, context.instance.route53_address),
        serving_dns(process.responder, context.instance.name_server_addresses),
        asyncio.TaskGroup() as group,
    ):
        following = group.create_task(
            watch_topology(context.instance, ROLE, context.clock, process.apply_topology)
        )
        await context.stop.wait()
        following.cancel()
