"""Finds what was deleted behind Pulumi's back: resources in its outputs that the twin has no more.

Pulumi trusts its own record, so `pulumi up` changes nothing then; with `--refresh` it looks first,
and creates what is missing. Looked at is what carries traffic, in the Topology that control has
published: accelerators, endpoint groups, load balancers, target groups and functions; hosted zones,
health checks, APIs and custom domain names.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from twin.topology.model import RegionTopology, Topology


def find_missing_resources(outputs: Mapping[str, Any], topology: Topology) -> tuple[str, ...]:
    """Short names of the missing resources, in the order of the outputs."""
    present = set(_present(topology))
    checks = {check.id for check in topology.route53.health_checks}
    return tuple(
        name
        for name, arn in _expected(outputs)
        if arn and (name, arn) not in present and arn not in checks
    )


def _expected(outputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "accelerator", str(outputs.get("accelerator_arn") or "")
    for region, found in (outputs.get("regions") or {}).items():
        for key, kind in (
            ("endpoint_group_arn", "endpoint group"),
            ("alb_arn", "load balancer"),
            ("target_group_arn", "target group"),
            ("function_name", "function"),
        ):
            yield f"{kind} of {region}", str(found.get(key) or "")
    yield from _expected_of_dns(outputs.get("dns") or {})


def _expected_of_dns(dns: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "hosted zone", str(dns.get("zone_id") or "")
    for region, found in (dns.get("regions") or {}).items():
        for key, kind in (
            ("health_check_id", "health check"),
            ("api_id", "API"),
            ("regional_domain", "domain name"),
        ):
            yield f"{kind} of {region}", str(found.get(key) or "")


def _present(topology: Topology) -> Iterator[tuple[str, str]]:
    for accelerator in topology.accelerators:
        yield "accelerator", accelerator.arn
        for listener in accelerator.listeners:
            for group in listener.groups:
                yield f"endpoint group of {group.region}", group.arn
    for zone in topology.route53.zones:
        yield "hosted zone", zone.id
    for region, found in topology.regions.items():
        yield from _present_in(region, found)


def _present_in(region: str, topology: RegionTopology) -> Iterator[tuple[str, str]]:
    for balancer in topology.load_balancers:
        yield f"load balancer of {region}", balancer.arn
    for group in topology.target_groups:
        yield f"target group of {region}", group.arn
    for function in topology.functions:
        yield f"function of {region}", function.name
    for api in topology.api_gateway.apis:
        yield f"API of {region}", api.id
    for domain in topology.api_gateway.domains:
        yield f"domain name of {region}", domain.regional_name
