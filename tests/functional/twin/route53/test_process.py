"""The process of the role `route53` answers on the Topology, with and without control."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import asdict, replace

import dns.message
import dns.query
import pytest

from common.clock import SystemClock
from common.network import http_client
from tests.functional.twin.fake_control import FakeControl
from tests.instances import claim_instance
from tests.unit.twin.core.dns.zone_setup import ZONE_ID, a_record, alias_record, hosted_zone
from tests.unit.twin.route53.messages import query
from tests.waiting import async_eventually
from twin import codec
from twin.cli.status_report import fetch_status
from twin.internal_api.schemas import DnsTestReport, DnsTestRequest, Route53Status
from twin.runtime import processes
from twin.runtime.instance import Instance, internal_url
from twin.topology.model import LoadBalancer, RegionTopology, Topology
from twin.topology.route53 import Route53Topology

ROLE = "route53"
CLOCK = SystemClock()
BALANCER = LoadBalancer(
    arn="arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/lb/1",
    name="lb",
    address="127.120.9.1",
    scheme="internet-facing",
)
TOPOLOGY = Topology(
    version=7,
    regions={"eu-central-1": RegionTopology(load_balancers=(BALANCER,))},
    route53=Route53Topology(
        zones=(
            hosted_zone(
                a_record("192.0.2.1", region="eu-central-1"),
                a_record("192.0.2.2", region="us-west-2"),
                alias_record("127.120.9.1.", "lb.muster.test.", zone_id="ZELB", failover="PRIMARY"),
                a_record("192.0.2.9", "lb.muster.test.", failover="SECONDARY"),
            ),
        )
    ),
)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A running process with the Topology, and without control."""
    instance = Instance(tmp_path_factory.mktemp("twin"), claim_instance())
    instance.state_dir.mkdir(parents=True)
    instance.topology_path.write_text(codec.dumps(TOPOLOGY))
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    processes.start_process(instance, ROLE, environ=environ, clock=CLOCK)
    yield instance
    assert processes.stop_process(instance, ROLE, clock=CLOCK)
    assert fetch_status(instance, ROLE, Route53Status) is None


def ask(instance: Instance, message: dns.message.Message, *, source: str = "") -> list[str]:
    host, port = instance.name_server_addresses[0]
    response = dns.query.udp(message, host, 5.0, port, source=source or None)
    return [str(rdata) for rrset in response.answer for rdata in rrset]


def test_it_starts_on_the_stored_topology(process: Instance) -> None:
    status = fetch_status(process, ROLE, Route53Status)

    assert status is not None
    assert status.topology_version == 7


def test_it_answers_without_control(process: Instance) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    assert ask(process, query()) == ["192.0.2.1"]
    assert ask(process, query(), source="127.210.7.1") == ["192.0.2.2"]
    assert ask(process, query(subnet=("127.210.7.0", 24))) == ["192.0.2.2"]


async def test_it_follows_control_and_goes_on_when_that_is_gone(process: Instance) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    (zone,) = TOPOLOGY.route53.zones
    records = (*zone.records, a_record("192.0.2.8", "new.muster.test."))
    zones = (replace(zone, records=records),)
    topology = replace(TOPOLOGY, version=8, route53=Route53Topology(zones=zones))

    async with FakeControl().serving_at(process) as control:
        control.publish(topology)

        async def is_acknowledged() -> bool:
            return (ROLE, 8) in control.polls

        await async_eventually(is_acknowledged)
        answered = await asyncio.to_thread(ask, process, query("new.muster.test"))

    assert answered == ["192.0.2.8"]
    assert ask(process, query("new.muster.test")) == ["192.0.2.8"]
    assert ask(process, query()) == ["192.0.2.1"]


def test_an_alias_follows_the_health_that_a_region_reports(process: Instance) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html"""
    for state, expected in (("UNHEALTHY", "192.0.2.9"), ("HEALTHY", "127.120.9.1")):
        report = {"region": "eu-central-1", "load_balancers": {BALANCER.arn: state}}

        assert post(process, report, "/_twin/health").status == 204
        assert ask(process, query("lb.muster.test")) == [expected]
    assert post(process, {"region": 1}, "/_twin/health").status == 400


def test_it_answers_tests_of_answers(process: Instance) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    asked = DnsTestRequest(
        zone_id=ZONE_ID, name="api.muster.test", type="A", subnet_ip="127.210.7.0"
    )

    report = codec.loads(DnsTestReport, post(process, asdict(asked)).body)

    assert (report.values, report.code) == (("192.0.2.2",), "NOERROR")


def test_a_malformed_test_is_refused_with_the_reason(process: Instance) -> None:
    wrong = {"zone_id": "Z", "name": "a", "type": "A", "resolver_ip": "Portland"}
    bodies: tuple[object, ...] = ([], {}, wrong)
    for body in bodies:
        response = post(process, body)

        assert response.status == 400
        assert response.body.startswith(b"not a test of an answer: ")


def post(instance: Instance, body: object, path: str = "/_twin/dns") -> http_client.HttpResponse:
    url = internal_url(instance.route53_address, path)
    return http_client.send_request("POST", url, body=body, timeout_s=5.0)
