"""Failover in the process of the role `route53`, with real endpoints and without control.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover.html
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dns.query
import pytest

from common.clock import SystemClock
from common.network import http_client
from tests.instances import claim_instance
from tests.unit.twin.core.dns.zone_setup import a_record, hosted_zone
from tests.unit.twin.route53.messages import query
from tests.waiting import eventually
from twin import codec
from twin.cli.status_report import fetch_status
from twin.core.faults import Fault, FaultKind
from twin.faults.store import update_faults
from twin.internal_api.schemas import HealthCheckStatus, MetricsReport, Route53Status
from twin.runtime import processes
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings, save_settings
from twin.topology.model import LoadBalancer, RegionTopology, Topology
from twin.topology.route53 import HealthCheck, Route53Topology

ROLE = "route53"
CLOCK = SystemClock()
REGIONS = ("eu-central-1", "us-west-2")
SPEED = 25.0


@dataclass
class Endpoint:
    """A server in place of a Region's load balancer."""

    server: ThreadingHTTPServer
    status: int = 200

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


def serve(host: str) -> Endpoint:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(endpoint.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    endpoint = Endpoint(ThreadingHTTPServer((host, 0), Handler))
    threading.Thread(target=endpoint.server.serve_forever, args=(0.05,), daemon=True).start()
    return endpoint


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path, claim_instance())
    instance.state_dir.mkdir(parents=True)
    save_settings(instance, TwinSettings(speed=SPEED))
    return instance


@pytest.fixture
def endpoints(instance: Instance) -> Iterator[dict[str, Endpoint]]:
    """A load balancer for each Region."""
    serving = {region: serve(instance.load_balancer_address(region, 1)) for region in REGIONS}
    yield serving
    for endpoint in serving.values():
        endpoint.server.shutdown()
        endpoint.server.server_close()


@pytest.fixture
def process(instance: Instance, endpoints: dict[str, Endpoint]) -> Iterator[Instance]:
    """The process, on a stored Topology with failover records and their checks."""
    instance.topology_path.write_text(codec.dumps(_topology(instance, endpoints)))
    start(instance)
    yield instance
    processes.stop_process(instance, ROLE, clock=CLOCK)


def start(instance: Instance) -> None:
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    processes.start_process(instance, ROLE, environ=environ, clock=CLOCK)


def _topology(instance: Instance, endpoints: dict[str, Endpoint]) -> Topology:
    first, second = REGIONS
    addresses = {region: instance.load_balancer_address(region, 1) for region in REGIONS}
    return Topology(
        version=3,
        regions={
            region: RegionTopology(
                load_balancers=(
                    LoadBalancer(
                        arn=f"arn:{region}", name="lb", address=address, scheme="internal",
                        listeners=(),
                    ),
                )
            )
            for region, address in addresses.items()
        },
        route53=Route53Topology(
            zones=(
                hosted_zone(
                    a_record(addresses[first], failover="PRIMARY", health_check_id=first),
                    a_record(addresses[second], failover="SECONDARY", health_check_id=second),
                    *(
                        a_record(addresses[region], f"{region}.muster.test.") for region in REGIONS
                    ),
                ),
            ),
            health_checks=(
                *(
                    HealthCheck(
                        id=region,
                        version=1,
                        type="HTTP",
                        fqdn=f"{region}.muster.test",
                        port=endpoints[region].port,
                        resource_path="/health",
                        interval_s=10,
                        measure_latency=True,
                    )
                    for region in REGIONS
                ),
                HealthCheck(
                    id="once", version=1, type="HTTP", ip_address=addresses[first],
                    port=endpoints[first].port, interval_s=10, failure_threshold=1,
                ),
                HealthCheck(
                    id="foreign", version=1, type="HTTP", ip_address="127.0.0.1", port=22,
                    interval_s=10,
                ),
                HealthCheck(
                    id="unknown", version=1, type="HTTP", fqdn="no.muster.test", port=80,
                    interval_s=10,
                ),
            ),
        ),
    )  # fmt: skip


def answer(instance: Instance) -> str:
    host, port = instance.name_server_addresses[0]
    response = dns.query.udp(query(), host, 5.0, port)
    return " ".join(str(rdata) for rrset in response.answer for rdata in rrset)


def status_of(instance: Instance, check_id: str) -> HealthCheckStatus:
    url = internal_url(instance.route53_address, f"/_twin/health_checks/{check_id}")
    response = http_client.send_request("GET", url, timeout_s=5.0)
    assert response.status == 200
    return codec.loads(HealthCheckStatus, response.body)


# Assertion 24: checks and failover without control
def test_a_failed_endpoint_takes_its_record_away_until_it_is_back(
    process: Instance, endpoints: dict[str, Endpoint]
) -> None:
    first, second = (process.load_balancer_address(region, 1) for region in REGIONS)
    eventually(lambda: len(status_of(process, REGIONS[0]).observations) == 16)
    assert answer(process) == first

    endpoints[REGIONS[0]].status = 503
    eventually(lambda: answer(process) == second)
    status = status_of(process, REGIONS[0])
    assert not status.healthy
    assert status.healthy_checkers <= 2
    eventually(
        lambda: (
            {seen.status for seen in status_of(process, REGIONS[0]).observations}
            == {f"Failure: HTTP Status Code 503, Service Unavailable. Resolved IP: {first}"}
        )
    )

    endpoints[REGIONS[0]].status = 200
    eventually(lambda: answer(process) == first)


def test_checks_begin_anew_when_the_process_is_started_again(
    process: Instance, endpoints: dict[str, Endpoint]
) -> None:
    first, second = (process.load_balancer_address(region, 1) for region in REGIONS)
    endpoints[REGIONS[0]].status = 503
    eventually(lambda: answer(process) == second)
    processes.stop_process(process, ROLE, clock=CLOCK)
    start(process)
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
    assert answer(process) == first
    eventually(lambda: answer(process) == second)


def test_a_cut_network_hangs_checks_into_the_region(process: Instance) -> None:
    eventually(lambda: len(status_of(process, "once").observations) == 16)
    cut = Fault(
        kind=FaultKind.CUT, role=f"region/{REGIONS[0]}", region=REGIONS[0], since_s=CLOCK.now()
    )
    update_faults(process, lambda faults: faults.with_fault(cut))
    eventually(lambda: not status_of(process, "once").healthy, within_s=30)
    failures = [seen.status for seen in status_of(process, "once").last_failures]
    # A check that was on its way when the network was cut has the other one.
    assert all("within the timeout limit" in failure for failure in failures), failures
    assert any("could not establish a connection" in failure for failure in failures)
    assert status_of(process, REGIONS[1]).healthy


def test_addresses_outside_the_twin_and_unknown_names_fail(process: Instance) -> None:
    eventually(lambda: not status_of(process, "foreign").healthy)
    eventually(lambda: not status_of(process, "unknown").healthy)
    assert {seen.status for seen in status_of(process, "foreign").observations} == {
        "Failure: The address is none that clients of the twin can reach"
    }
    assert {seen.status for seen in status_of(process, "unknown").observations} == {
        "Failure: DNS resolution failed"
    }


def test_status_and_metrics_show_all_checks(process: Instance) -> None:
    eventually(lambda: len(status_of(process, REGIONS[0]).observations) == 16)
    status = fetch_status(process, ROLE, Route53Status)
    assert status is not None
    assert [check.id for check in status.health_checks] == sorted(
        [*REGIONS, "foreign", "once", "unknown"]
    )
    (seen, *_) = status_of(process, REGIONS[0]).observations
    assert (seen.region, seen.ip_address) == ("us-east-1", process.checker_address(0))
    url = internal_url(process.route53_address, "/_twin/metrics")
    response = http_client.send_request("POST", url, body={}, timeout_s=5.0)
    samples = codec.loads(MetricsReport, response.body).samples
    assert {"HealthCheckStatus", "HealthCheckPercentageHealthy", "ConnectionTime",
            "TimeToFirstByte"} == {sample.name for sample in samples}  # fmt: skip


def test_a_check_that_is_not_in_force_is_not_found(process: Instance) -> None:
    url = internal_url(process.route53_address, "/_twin/health_checks/none")
    assert http_client.send_request("GET", url, timeout_s=5.0).status == 404
