"""What each routing policy makes of a Region's record, and the document of a traffic policy. Pure.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from pulumi_aws.route53 import (
    RecordFailoverRoutingPolicyArgs,
    RecordGeolocationRoutingPolicyArgs,
    RecordLatencyRoutingPolicyArgs,
    RecordWeightedRoutingPolicyArgs,
)

from infra.dns.settings import DnsDoorSettings, DnsPolicy

WEIGHT = 100
POLICY_VERSION = "2015-10-01"
"""https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""


class RoutingArguments(TypedDict, total=False):
    """Arguments of a record: its routing policy."""

    latency_routing_policies: list[RecordLatencyRoutingPolicyArgs]
    weighted_routing_policies: list[RecordWeightedRoutingPolicyArgs]
    geolocation_routing_policies: list[RecordGeolocationRoutingPolicyArgs]
    failover_routing_policies: list[RecordFailoverRoutingPolicyArgs]
    multivalue_answer_routing_policy: bool


def routing_arguments(settings: DnsDoorSettings, region: str, home: str) -> RoutingArguments:
    """The arguments of a Region's record; none with a traffic policy, which makes its own."""
    match settings.policy:
        case DnsPolicy.LATENCY:
            return {"latency_routing_policies": [RecordLatencyRoutingPolicyArgs(region=region)]}
        case DnsPolicy.WEIGHTED:
            return {"weighted_routing_policies": [RecordWeightedRoutingPolicyArgs(weight=WEIGHT)]}
        case DnsPolicy.GEOLOCATION:
            place = settings.places[region]
            where = RecordGeolocationRoutingPolicyArgs(
                continent=place.continent, country=place.country, subdivision=place.subdivision
            )
            return {"geolocation_routing_policies": [where]}
        case DnsPolicy.FAILOVER:
            role = "PRIMARY" if region == home else "SECONDARY"
            return {"failover_routing_policies": [RecordFailoverRoutingPolicyArgs(type=role)]}
        case DnsPolicy.MULTIVALUE:
            return {"multivalue_answer_routing_policy": True}
        case DnsPolicy.TRAFFIC_POLICY:
            return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEndpoint:
    """A Region as an endpoint of a traffic policy."""

    name: str
    """The host that a client is led to."""
    health_check_id: str


def traffic_policy_document(endpoints: Mapping[str, PolicyEndpoint]) -> str:
    """A policy that leads each client to the nearest healthy Region, by Region.

    There is no endpoint type for API Gateway, so the answer is a CNAME:
    https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html
    """
    document = {
        "AWSPolicyFormatVersion": POLICY_VERSION,
        "RecordType": "CNAME",
        "StartRule": "nearest",
        "Endpoints": {
            region: {"Type": "value", "Value": endpoint.name}
            for region, endpoint in sorted(endpoints.items())
        },
        "Rules": {
            "nearest": {
                "RuleType": "latency",
                "Regions": [
                    {
                        "Region": region,
                        "HealthCheck": endpoint.health_check_id,
                        "EndpointReference": region,
                    }
                    for region, endpoint in sorted(endpoints.items())
                ],
            }
        },
    }
    return json.dumps(document, sort_keys=True)
