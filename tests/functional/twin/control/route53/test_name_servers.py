"""Route 53's control plane and its name servers, each in a process of its own."""

import os
from collections.abc import Iterator
from typing import Any

import dns.query
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common.clock import SystemClock
from tests.functional.twin.control.control_process import ControlProcess
from tests.unit.twin.control.route53.fake_route53 import batch, record
from tests.unit.twin.control.route53.policy_samples import policy, weighted
from tests.unit.twin.route53.messages import query
from tests.waiting import eventually
from twin.runtime import processes
from twin.runtime.roles import ROUTE53
from twin.settings import TwinSettings

CLOCK = SystemClock()
NAME = "www.muster.test."


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """Control, and Route 53's process."""
    control = ControlProcess(tmp_path_factory.mktemp("twin"), TwinSettings(speed=10))
    control.start()
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    processes.start_process(control.instance, ROUTE53, environ=environ, clock=CLOCK)
    yield control
    control.kill()
    assert processes.stop_process(control.instance, ROUTE53, clock=CLOCK)


class Zone:
    """A zone of the account, and what its name servers answer."""

    def __init__(self, control: ControlProcess, reference: str) -> None:
        self.control = control
        self.client = control.client("route53")
        made = self.client.create_hosted_zone(Name="muster.test", CallerReference=reference)
        self.id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")

    def change(self, *changes: tuple[str, dict[str, Any]]) -> str:
        """Id of the change."""
        sent = self.client.change_resource_record_sets(**batch(self.id, *changes))["ChangeInfo"]
        assert sent["Status"] == "PENDING"
        return str(sent["Id"])

    def wait(self, change: str) -> None:
        eventually(lambda: self.status(change) == "INSYNC")

    def status(self, change: str) -> str:
        return str(self.client.get_change(Id=change)["ChangeInfo"]["Status"])

    def ask(self, name: str = NAME, server: int = 0) -> list[str]:
        host, port = self.control.instance.name_server_addresses[server]
        response = dns.query.udp(query(name), host, 5.0, port)
        return [str(rdata) for rrset in response.answer for rdata in rrset]

    def ask_all(self) -> list[list[str]]:
        """The answer of each name server."""
        servers = range(len(self.control.instance.name_server_addresses))
        return [self.ask(server=server) for server in servers]

    def delete(self) -> None:
        listed = self.client.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        changes = [("DELETE", one) for one in listed if one["Type"] not in ("NS", "SOA")]
        if changes:
            self.change(*changes)
        self.client.delete_hosted_zone(Id=self.id)


@pytest.fixture
def zone(system: ControlProcess, request: pytest.FixtureRequest) -> Iterator[Zone]:
    made = Zone(system, request.node.name)
    yield made
    made.delete()


def test_a_change_in_sync_is_what_the_servers_answer(zone: Zone) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""
    zone.wait(zone.change(("CREATE", record("www", "192.0.2.1"))))
    assert zone.ask_all() == [["192.0.2.1"]] * 4

    zone.wait(zone.change(("UPSERT", record("www", "192.0.2.2"))))

    assert zone.ask_all() == [["192.0.2.2"]] * 4


def test_a_change_is_pending_while_the_servers_can_t_have_it(zone: Zone) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""
    zone.wait(zone.change(("CREATE", record("www", "192.0.2.1"))))
    instance = zone.control.instance
    processes.freeze_process(instance, ROUTE53)

    change = zone.change(("UPSERT", record("www", "192.0.2.2")))
    statuses = [zone.status(change) for _ in range(20)]

    assert set(statuses) == {"PENDING"}
    processes.thaw_process(instance, ROUTE53)
    zone.wait(change)
    assert zone.ask() == ["192.0.2.2"]


def test_a_refused_batch_changes_no_answer(zone: Zone) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    zone.wait(zone.change(("CREATE", record("www", "192.0.2.1"))))

    with pytest.raises(ClientError, match="InvalidChangeBatch"):
        zone.change(
            ("UPSERT", record("www", "192.0.2.2")), ("CREATE", record("", "a", kind="CNAME"))
        )

    assert zone.ask() == ["192.0.2.1"]


def test_an_answer_can_be_tested(zone: Zone) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    zone.wait(zone.change(("CREATE", record("www", "192.0.2.1"))))
    servers = zone.client.get_hosted_zone(Id=zone.id)["DelegationSet"]["NameServers"]

    told = zone.client.test_dns_answer(HostedZoneId=zone.id, RecordName=NAME, RecordType="A")

    assert told["RecordData"] == ["192.0.2.1"]
    assert (told["ResponseCode"], told["Nameserver"] in servers) == ("NOERROR", True)


def test_a_traffic_policy_answers_without_a_gap(zone: Zone) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html"""
    client = zone.client
    policies = [
        client.create_traffic_policy(Name=f"p{n}", Document=policy({"first": weighted(**{n: 1})}))
        for n in ("a", "b")
    ]
    first, second = ({"TrafficPolicyId": p["TrafficPolicy"]["Id"]} for p in policies)
    made = client.create_traffic_policy_instance(
        HostedZoneId=zone.id, Name=NAME, TTL=60, TrafficPolicyVersion=1, **first
    )["TrafficPolicyInstance"]

    def is_applied() -> bool:
        found = client.get_traffic_policy_instance(Id=made["Id"])["TrafficPolicyInstance"]
        return bool(found["State"] == "Applied")

    assert made["State"] == "Creating"
    eventually(is_applied)
    assert zone.ask() == ["192.0.2.1"]

    client.update_traffic_policy_instance(Id=made["Id"], TTL=60, TrafficPolicyVersion=1, **second)
    answers = [zone.ask()]
    while not is_applied():
        answers.append(zone.ask())

    assert zone.ask() == ["192.0.2.2"]
    assert all(answer in (["192.0.2.1"], ["192.0.2.2"]) for answer in answers)
    client.delete_traffic_policy_instance(Id=made["Id"])


def test_at_last_without_control_calls_fail_and_answers_go_on(system: ControlProcess) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    zone = Zone(system, "static stability")
    zone.wait(zone.change(("CREATE", record("www", "192.0.2.1"))))
    check = zone.client.create_health_check(
        CallerReference="c",
        HealthCheckConfig={
            "Type": "TCP",
            "IPAddress": system.instance.load_balancer_address("eu-central-1", 1),
            "Port": 80,
        },
    )["HealthCheck"]["Id"]

    system.kill()

    for call in (
        zone.client.list_hosted_zones,
        lambda: zone.client.update_health_check(HealthCheckId=check, Inverted=True),
        lambda: zone.change(("UPSERT", record("www", "192.0.2.2"))),
    ):
        with pytest.raises(EndpointConnectionError):
            call()
    assert zone.ask() == ["192.0.2.1"]
