"""Names that AWS owns."""

import random
from dataclasses import replace

import pytest

from tests.unit.twin.core.dns.zone_setup import (
    NAME_SERVERS,
    NS,
    alias_record,
    ask,
    hosted_zone,
    values_of,
)
from twin.core.dns.service_names import index_topology
from twin.core.dns.zones import DnsIndex
from twin.topology.apigateway import Api, ApiGatewayTopology, CustomDomain
from twin.topology.model import Accelerator, RegionTopology, Topology
from twin.topology.route53 import HostedZone, Route53Topology

REGION = "eu-central-1"
REGIONAL = f"d-abc.execute-api.{REGION}.amazonaws.com"
ACCELERATOR = "a0123.awsglobalaccelerator.com"


def index() -> DnsIndex:
    gateway = ApiGatewayTopology(
        address="127.140.9.3",
        apis=(Api(id="k3x", name="muster", type="HTTP"),),
        domains=(
            CustomDomain(name="api.muster.test", regional_name=REGIONAL, certificate_arn="arn"),
        ),
    )
    accelerator = Accelerator(
        arn="arn", name="a", enabled=True, ips=("127.75.2.1", "127.99.2.1"), dns_name=ACCELERATOR
    )
    zone = hosted_zone(
        alias_record(f"{REGIONAL}.", zone_id="ZAPI"),
        alias_record(f"{ACCELERATOR}.", "ga.muster.test.", zone_id="Z2BJ6XQ5FK7U4H"),
    )
    return index_topology(
        Topology(
            accelerators=(accelerator,),
            regions={
                REGION: RegionTopology(api_gateway=gateway),
                "us-west-2": RegionTopology(),
            },
            route53=Route53Topology(zones=(zone,)),
        ),
        NAME_SERVERS,
    )


@pytest.mark.parametrize("host", [REGIONAL, f"k3x.execute-api.{REGION}.amazonaws.com"])
def test_an_api_and_a_custom_domain_lead_to_their_region_s_gateway(host: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html"""
    answer = ask(index(), host.upper())

    assert values_of(answer) == ["127.140.9.3"]
    assert answer.answer[0].ttl_s == 60


def test_another_name_of_a_service_does_not_exist() -> None:
    assert ask(index(), f"d-other.execute-api.{REGION}.amazonaws.com").code == "NXDOMAIN"
    assert ask(index(), "k3x.execute-api.us-west-2.amazonaws.com").code == "REFUSED"


def test_an_alias_to_a_custom_domain_shows_no_cname_and_has_60_seconds() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    (records,) = ask(index()).answer

    assert (records.type, records.ttl_s, records.values) == ("A", 60, ("127.140.9.3",))


def test_an_alias_to_an_accelerator_answers_one_of_its_addresses() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
    draw, found = random.Random(2).random, index()

    answers = [values_of(ask(found, "ga.muster.test", draw=draw)) for _ in range(40)]

    assert {len(values) for values in answers} == {1}
    assert {values[0] for values in answers} == {"127.75.2.1", "127.99.2.1"}


def test_the_name_of_an_accelerator_leads_to_both_addresses() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/introduction-how-it-works.html"""
    assert sorted(values_of(ask(index(), ACCELERATOR))) == ["127.75.2.1", "127.99.2.1"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("ns-0.awsdns-00.com", "127.140.0.11"),
        ("ns-512.awsdns-00.net", "127.140.0.12"),
        ("ns-1536.awsdns-00.co.uk", "127.140.0.14"),
    ],
)
def test_a_zone_s_name_servers_lead_to_the_twin_s(host: str, address: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    assert values_of(ask(index(), host)) == [address]


def test_a_zone_can_not_claim_other_names_for_its_servers() -> None:
    servers = replace(NS, values=("ns.example.com.", "api.twin.local."))
    zone = HostedZone(id="Z1", name="muster.test.", records=(servers,))

    found = index_topology(Topology(route53=Route53Topology(zones=(zone,))), NAME_SERVERS)

    assert ask(found, "ns.example.com").code == "REFUSED"
    assert ask(found, "api.twin.local").code == "REFUSED"
