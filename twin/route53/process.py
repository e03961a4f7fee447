"""Route 53's process: name servers, health checkers, and HTTP at its internal address.

It follows the Topology, and goes on with the last one when control is away: answering queries and
checking health are the data plane,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html

GET  /_twin/status              Route53Status
GET  /_twin/health_checks/ID    HealthCheckStatus; 404 for a check that is not in force
POST /_twin/health              LoadBalancerHealthReport of a Region    204; 400 with the reason if
                                it is malformed; 503 while the Region's network is cut
POST /_twin/dns                 DnsTestRequest -> DnsTestReport, for TestDNSAnswer
POST /_twin/metrics             MetricsReport
POST /_twin/faults              read the twin's faults again
"""

import random

from aiohttp import web

from twin import codec
from twin.core.faults import Faults
from twin.core.health_checks.checkers import Checker
from twin.core.health_checks.observations import DNS_FAILED, FOREIGN_ADDRESS
from twin.core.health_checks.verdicts import CLOUDWATCH_METRIC
from twin.errors import CodecError
from twin.faults.watch import FaultWatcher
from twin.geography import find_city
from twin.internal_api.schemas import (
    DnsTestRequest,
    LoadBalancerHealthReport,
    MetricsReport,
    Route53Status,
)
from twin.internal_api.server import json_response, serving
from twin.route53.answer_test import run_answer_test
from twin.route53.health_checks.check_metrics import LatencyMetrics, health_samples
from twin.route53.health_checks.checker_network import CheckerNetwork
from twin.route53.health_checks.endpoint_addresses import resolve_host
from twin.route53.health_checks.endpoint_checks import (
    EndpointAddress,
    EndpointCheck,
    EndpointProber,
    failed_check,
)
from twin.route53.health_checks.health_checkers import HealthCheckers
from twin.route53.health_checks.metric_states import HELD_S, MetricVerdicts, watch_metrics
from twin.route53.load_balancer_health import LoadBalancerHealth
from twin.route53.name_servers import serving_dns
from twin.route53.propagation import Propagation
from twin.route53.responder import Responder
from twin.runtime.daemon import DaemonContext
from twin.runtime.public_addresses import is_public_address
from twin.runtime.roles import ROUTE53
from twin.topology.model import Topology
from twin.topology.route53 import HealthCheck
from twin.topology.watch import apply_stored, watch_topology


class _Process:
    """The Topology and the faults in force, and what is made of them."""

    def __init__(self, context: DaemonContext) -> None:
        instance, draw = context.instance, random.Random().random
        self._instance = instance
        self.load_balancers = LoadBalancerHealth(context.clock)
        self._network = CheckerNetwork(context.clock)
        self._latencies = LatencyMetrics()
        self._prober = EndpointProber(context.clock, self._network)
        self.checkers = HealthCheckers(
            self._check,
            settings=context.settings,
            clock=context.clock,
            draw=draw,
            source_ip=instance.checker_address,
        )
        name_servers = [host for host, _ in instance.name_server_addresses]
        self.responder = Responder(
            find_city(context.settings.home_city),
            is_healthy=self.is_healthy,
            draw=draw,
            servers=len(name_servers),
        )
        self._propagation = Propagation(
            self.responder.indexes,
            name_servers,
            context.clock,
            delay_s=context.settings.scaled(context.settings.route53_propagation_s),
        )
        self.topology = Topology()

    async def apply_topology(self, topology: Topology) -> None:
        """Return, which acknowledges the Topology to control, once all name servers have it."""
        self._network.configure(topology)
        self.checkers.configure(topology.route53.health_checks)
        self.topology = topology
        await self._propagation.apply(topology)

    def is_healthy(self, health_check_id: str) -> bool:
        """Whether a health check, or a load balancer by its ARN, is healthy."""
        if health_check_id.startswith("arn:"):
            return self.load_balancers.is_healthy(health_check_id)
        return self.checkers.is_healthy(health_check_id)

    def metric_checks(self) -> tuple[HealthCheck, ...]:
        """The health checks that follow a metric of CloudWatch."""
        checks = self.topology.route53.health_checks
        return tuple(check for check in checks if check.type == CLOUDWATCH_METRIC)

    def apply_faults(self, faults: Faults) -> None:
        self._network.state = faults.network

    def take_health_report(self, report: LoadBalancerHealthReport) -> bool:
        """False while the network between the Region and the name servers is cut."""
        if self._network.state.link(report.region).cut:
            return False
        self.load_balancers.take_report(report)
        return True

    async def _check(self, check: HealthCheck, checker: Checker) -> EndpointCheck | None:
        source_ip = self._instance.checker_address(checker.position)
        host = check.ip_address or check.fqdn
        ip = resolve_host(host, source_ip, checker.region, self.responder.answer)
        if ip is None:
            return failed_check(DNS_FAILED)
        address = EndpointAddress(ip=ip, source_ip=source_ip, resolved=ip != host)
        if not is_public_address(self._instance, ip):
            return failed_check(FOREIGN_ADDRESS, address)
        made = await self._prober.check(check, address)
        if made is not None and check.measure_latency:
            self._latencies.add(check, checker, made.latencies)
        return made

    def status(self) -> Route53Status:
        return Route53Status(
            topology_version=self.topology.version, health_checks=self.checkers.statuses()
        )

    def take_metrics(self) -> MetricsReport:
        health = health_samples(self.checkers.checks(), self.checkers.verdicts())
        queries = self.responder.metrics.take()
        return MetricsReport(samples=(*health, *self._latencies.take(), *queries))


def _build_app(process: _Process) -> web.Application:
    async def get_status(_: web.Request) -> web.Response:
        return json_response(process.status())

    async def take_health(request: web.Request) -> web.Response:
        try:
            report = codec.loads(LoadBalancerHealthReport, await request.read())
        except CodecError as exc:
            return web.Response(status=400, text=f"not a health report: {exc}")
        return web.Response(status=204 if process.take_health_report(report) else 503)

    async def get_health_check(request: web.Request) -> web.Response:
        status = process.checkers.status(request.match_info["id"])
        return web.Response(status=404) if status is None else json_response(status)

    async def take_metrics(_: web.Request) -> web.Response:
        return json_response(process.take_metrics())

    async def test_answer(request: web.Request) -> web.Response:
        try:
            asked = codec.loads(DnsTestRequest, await request.read())
            return json_response(run_answer_test(process.responder, asked))
        except (CodecError, ValueError) as exc:
            return web.Response(status=400, text=f"not a test of an answer: {exc}")

    app = web.Application()
    app.router.add_get("/_twin/status", get_status)
    app.router.add_post("/_twin/health", take_health)
    app.router.add_get("/_twin/health_checks/{id}", get_health_check)
    app.router.add_post("/_twin/dns", test_answer)
    app.router.add_post("/_twin/metrics", take_metrics)
    return app


async def main(context: DaemonContext) -> None:
    """Run until the context's stop event is set."""
    instance, clock = context.instance, context.clock
    process = _Process(context)
    faults = FaultWatcher(instance, clock, process.apply_faults)
    faults.look()
    app = _build_app(process)
    faults.add_routes(app)
    # Before the first query: a resolver would keep what it is told without zones.
    await apply_stored(instance, process.apply_topology)
    async with (
        serving(app, instance.route53_address),
        serving_dns(process.responder, instance.name_server_addresses),
    ):
        await context.run_until_stopped(
            watch_topology(instance, ROUTE53, clock, process.apply_topology),
            faults.run(),
            process.checkers.run(),
            watch_metrics(
                instance,
                clock,
                MetricVerdicts(clock, context.settings.scaled(HELD_S)),
                process.metric_checks,
                process.checkers.set_metric_verdicts,
            ),
        )
