"""Record sets of traffic policies, asked as the name servers are."""

import random
from collections.abc import Collection

import pytest

from tests.unit.twin.control.route53.policy_samples import (
    VALUES,
    failover,
    policy,
    to_endpoint,
    to_rule,
    weighted,
)
from twin.control.route53.traffic.policy_compiler import InstancePlace, NotCompiled, compile_policy
from twin.control.route53.traffic.policy_documents import read_policy_document
from twin.core.dns.answers import DnsQuestion
from twin.core.dns.clients import locate_client
from twin.core.dns.names import parse_domain_name
from twin.core.dns.queries import answer_query
from twin.core.dns.zones import build_dns_index
from twin.geography import find_city, find_city_address
from twin.topology.route53 import HostedZone, ResourceRecordSet, Route53Topology

ZONE = HostedZone(id="Z1", name="muster.test.")
ID = "0123abcd-0123-0123-0123-0123456789ab"


def compiled(document: str, generation: int = 0) -> tuple[ResourceRecordSet, ...]:
    place = InstancePlace(
        id=ID, name="www.muster.test.", zone=ZONE, ttl_s=60, generation=generation
    )
    return compile_policy(read_policy_document(document), place)


def answer(
    document: str, city: str = "Frankfurt", unhealthy: Collection[str] = ()
) -> tuple[str, ...]:
    """The values that a client in the city gets."""
    zone = HostedZone(id="Z1", name="muster.test.", records=compiled(document))
    found = answer_query(
        build_dns_index(Route53Topology(zones=(zone,))),
        DnsQuestion(parse_domain_name("www.muster.test"), "A"),
        locate_client(find_city_address(city), None, find_city("Frankfurt")),
        is_healthy=lambda check: check not in unhealthy,
        draw=random.Random(1).random,
    )
    return tuple(value for records in found.answer for value in records.values)


def test_a_policy_of_one_endpoint_is_a_simple_record() -> None:
    (record,) = compiled(policy({}, StartRule=None, StartEndpoint="a"))

    assert (record.name, record.type, record.ttl_s) == ("www.muster.test.", "A", 60)
    assert (record.values, record.traffic_policy_instance_id) == (("192.0.2.1",), ID)


def test_every_record_belongs_to_the_instance() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    records = compiled(
        policy(
            {"first": failover(to_rule("second"), to_endpoint("c")), "second": weighted(a=1, b=1)}
        )
    )

    assert {record.traffic_policy_instance_id for record in records} == {ID}
    assert [record.name for record in records] == [
        "www.muster.test.",
        "www.muster.test.",
        f"_rule1-0.{ID}.muster.test.",
        f"_rule1-0.{ID}.muster.test.",
    ]


def test_an_update_makes_all_inner_names_anew() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html"""
    document = policy({"first": failover(to_rule("s"), to_endpoint("c")), "s": weighted(a=1)})
    old, new = compiled(document), compiled(document, generation=1)

    assert {r.name for r in old} & {r.name for r in new} == {"www.muster.test."}


def test_a_tree_of_rules_is_followed() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    document = policy(
        {
            "first": {
                "RuleType": "latency",
                "Regions": [
                    to_rule("europe", Region="eu-central-1"),
                    to_endpoint("c", Region="us-west-2"),
                ],
            },
            "europe": failover(to_endpoint("a", HealthCheck="h"), to_endpoint("b")),
        }
    )

    assert answer(document, "Frankfurt") == (VALUES["a"],)
    assert answer(document, "Portland") == (VALUES["c"],)
    assert answer(document, "Frankfurt", {"h"}) == (VALUES["b"],)


def test_a_branch_without_health_is_left_unless_its_health_is_not_evaluated() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html"""

    def document(evaluates: str) -> str:
        inner = failover(to_endpoint("a", HealthCheck="h"), to_endpoint("b", HealthCheck="h"))
        return policy(
            {
                "first": failover(
                    to_rule("inner", EvaluateTargetHealth=evaluates), to_endpoint("c")
                ),
                "inner": inner,
            }
        )

    assert answer(document("true"), unhealthy={"h"}) == (VALUES["c"],)
    assert answer(document("false"), unhealthy={"h"}) == (VALUES["a"],)


@pytest.mark.parametrize(
    ("endpoint", "zone_id", "name"),
    [
        (
            {"Type": "application-load-balancer", "Value": "lb.eu-central-1.elb.amazonaws.com"},
            "Z215JYRZR1TBD5",
            "lb.eu-central-1.elb.amazonaws.com.",
        ),
        (
            {"Type": "elastic-load-balancer", "Value": "127.120.9.1"},
            "Z2P70J7EXAMPLE",
            "127.120.9.1.",
        ),
        (
            {"Type": "cloudfront", "Value": "d.cloudfront.net"},
            "Z2FDTNDATAQYW2",
            "d.cloudfront.net.",
        ),
    ],
)
def test_endpoints_of_services_become_aliases(
    endpoint: dict[str, str], zone_id: str, name: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    document = policy({}, StartRule=None, StartEndpoint="x", Endpoints={"x": endpoint})

    (record,) = compiled(document)

    assert record.alias is not None
    assert (record.alias.zone_id, record.alias.name) == (zone_id, name)
    assert record.ttl_s is None


def test_endpoints_of_services_that_the_twin_has_not_are_named() -> None:
    endpoint = {"Type": "s3-website", "Value": "www.muster.test", "Region": "us-east-1"}
    document = policy({}, StartRule=None, StartEndpoint="x", Endpoints={"x": endpoint})

    with pytest.raises(NotCompiled, match="s3-website are not served"):
        compiled(document)
