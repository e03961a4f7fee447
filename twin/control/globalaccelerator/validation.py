"""Rules of Global Accelerator about several values, or about existing resources.

One function for each rule; every error names field and value. Lengths, ranges and enumerations of
single members are in the API model (request_shapes.py).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from twin.control.globalaccelerator.errors import (
    EndpointGroupAlreadyExists,
    InvalidArgument,
    InvalidPortRange,
    LimitExceeded,
)
from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.errors import RegionUnknown
from twin.geography import region_number
from twin.topology.model import (
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    PortOverride,
    PortRange,
)

# https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
MAX_ACCELERATORS = 20
MAX_LISTENERS = 10
MAX_GROUPS = 42
"""Endpoint groups of an accelerator, over all its listeners."""
MAX_ENDPOINTS = 10
MAX_TAGS = 50
DEFAULT_WEIGHT = 128

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LOAD_BALANCER_ARN = re.compile(
    r"arn:aws:elasticloadbalancing:(?P<region>[a-z0-9-]+):\d{12}:loadbalancer/(?P<kind>\w+)/.+"
)


@dataclass(frozen=True, slots=True)
class LoadBalancerFacts:
    """Properties of a load balancer that the rules about endpoints use."""

    region: str
    scheme: Literal["internal", "internet-facing"]


# -- accelerators


def check_name(value: str) -> str:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    if len(value) > 64:
        raise InvalidArgument(f"Name: '{value}' has {len(value)} characters; the most is 64.")
    if not _NAME.fullmatch(value):
        raise InvalidArgument(
            f"Name: '{value}' may contain only letters, digits, periods and hyphens, and must not "
            "begin or end with a period or hyphen."
        )
    return value


def check_address_type(params: Mapping[str, object]) -> None:
    """Raise InvalidArgument for addresses other than the twin's own IPv4 ones."""
    if params.get("IpAddressType", "IPV4") != "IPV4":
        raise InvalidArgument(
            f"IpAddressType: '{params['IpAddressType']}': the twin has IPV4 accelerators only."
        )
    if params.get("IpAddresses"):
        raise InvalidArgument(
            f"IpAddresses: {params['IpAddresses']}: the twin has no addresses of your own (BYOIP); "
            "leave it out."
        )


def check_accelerator_quota(state: ServiceState) -> None:
    """Raise LimitExceeded unless one more accelerator is within the quota."""
    if len(state.accelerators) >= MAX_ACCELERATORS:
        raise LimitExceeded(f"There are {MAX_ACCELERATORS} accelerators; that is the quota.")


def check_tags(value: Mapping[str, str]) -> Mapping[str, str]:
    """Check all tags of a resource; https://docs.aws.amazon.com/tag-editor/latest/userguide/."""
    if len(value) > MAX_TAGS:
        raise InvalidArgument(f"Tags: {len(value)} of them; the most is {MAX_TAGS}.")
    for key in value:
        if key.lower().startswith("aws:"):
            raise InvalidArgument(f"Tags: the key '{key}' begins with 'aws:', which is AWS's own.")
    return value


# -- listeners


def check_listener_quota(owner: AcceleratorRecord) -> None:
    """Raise LimitExceeded unless one more listener is within the quota."""
    if len(owner.listeners) >= MAX_LISTENERS:
        raise LimitExceeded(
            f"Accelerator '{owner.arn}' has {MAX_LISTENERS} listeners; that is the quota."
        )


def parse_port_ranges(
    raw: Iterable[Mapping[str, int]], owner: AcceleratorRecord, arn: str
) -> tuple[PortRange, ...]:
    """Ranges that overlap no other of the accelerator, except those of the listener `arn`.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html
    """
    ranges = tuple(_port_range(entry) for entry in raw)
    others = [(r, x.arn) for x in owner.listeners if x.arn != arn for r in x.port_ranges]
    for index, one in enumerate(ranges):
        for other in ranges[:index]:
            if _overlap(one, other):
                raise InvalidPortRange(f"PortRanges: {one} and {other} overlap.")
        for other, holder in others:
            if _overlap(one, other):
                raise InvalidPortRange(
                    f"PortRanges: {one} overlaps {other} of listener '{holder}'."
                )
    _check_apart_from_overrides(ranges, owner)
    return ranges


def _port_range(entry: Mapping[str, int]) -> PortRange:
    if "FromPort" not in entry or "ToPort" not in entry:
        raise InvalidPortRange(f"PortRanges: {dict(entry)}: FromPort and ToPort are both needed.")
    if entry["FromPort"] > entry["ToPort"]:
        raise InvalidPortRange(
            f"PortRanges: FromPort {entry['FromPort']} is above ToPort {entry['ToPort']}."
        )
    return PortRange(from_port=entry["FromPort"], to_port=entry["ToPort"])


def _overlap(one: PortRange, other: PortRange) -> bool:
    return one.from_port <= other.to_port and other.from_port <= one.to_port


def _contains(ranges: Iterable[PortRange], port: int) -> bool:
    return any(r.from_port <= port <= r.to_port for r in ranges)


def _check_apart_from_overrides(ranges: tuple[PortRange, ...], owner: AcceleratorRecord) -> None:
    for group in (g for x in owner.listeners for g in x.groups):
        for override in group.port_overrides:
            if _contains(ranges, override.endpoint_port):
                raise InvalidPortRange(
                    f"PortRanges: endpoint port {override.endpoint_port} of a port override of "
                    f"'{group.arn}' falls into them."
                )


# -- endpoint groups


def check_new_endpoint_group(
    owner: AcceleratorRecord, parent: AcceleratorListener, region: str
) -> None:
    """Check that the Region is known and has no group of this listener, and the quota.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html
    """
    try:
        region_number(region)
    except RegionUnknown as exc:
        raise InvalidArgument(f"EndpointGroupRegion: {exc}.") from exc
    if any(group.region == region for group in parent.groups):
        raise EndpointGroupAlreadyExists(
            f"Listener '{parent.arn}' has an endpoint group in {region} already."
        )
    if sum(len(x.groups) for x in owner.listeners) >= MAX_GROUPS:
        raise LimitExceeded(
            f"Accelerator '{owner.arn}' has {MAX_GROUPS} endpoint groups; that is the quota."
        )


def check_health_check_interval(seconds: int) -> int:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointGroup.html."""
    if seconds not in (10, 30):
        raise InvalidArgument(f"HealthCheckIntervalSeconds: {seconds} is neither 10 nor 30.")
    return seconds


def parse_port_overrides(
    raw: Iterable[Mapping[str, int]], owner: AcceleratorRecord, parent: AcceleratorListener
) -> tuple[PortOverride, ...]:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-port-override.html."""
    overrides = tuple(_port_override(entry) for entry in raw)
    all_ranges = [r for x in owner.listeners for r in x.port_ranges]
    for index, one in enumerate(overrides):
        if not _contains(parent.port_ranges, one.listener_port):
            raise InvalidArgument(
                f"PortOverrides: ListenerPort {one.listener_port} is no port of the listener."
            )
        if _contains(all_ranges, one.endpoint_port):
            raise InvalidArgument(
                f"PortOverrides: EndpointPort {one.endpoint_port} is a listener port of the "
                "accelerator."
            )
        for other in overrides[:index]:
            if one.endpoint_port == other.endpoint_port:
                raise InvalidArgument(
                    f"PortOverrides: EndpointPort {one.endpoint_port} is given twice."
                )
            if one.listener_port == other.listener_port:
                raise InvalidArgument(
                    f"PortOverrides: ListenerPort {one.listener_port} is given twice."
                )
    return overrides


def _port_override(entry: Mapping[str, int]) -> PortOverride:
    if "ListenerPort" not in entry or "EndpointPort" not in entry:
        raise InvalidArgument(
            f"PortOverrides: {dict(entry)}: ListenerPort and EndpointPort are both needed."
        )
    return PortOverride(listener_port=entry["ListenerPort"], endpoint_port=entry["EndpointPort"])


# -- endpoints


def parse_endpoints(
    raw: Iterable[Mapping[str, object]],
    region: str,
    load_balancers: Mapping[str, LoadBalancerFacts],
) -> tuple[EndpointConfiguration, ...]:
    """Parse EndpointConfigurations: existing load balancers of the Region, each once.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointConfiguration.html
    """
    endpoints = tuple(_endpoint(entry, region, load_balancers) for entry in raw)
    ids = [endpoint.id for endpoint in endpoints]
    for one in ids:
        if ids.count(one) > 1:
            raise InvalidArgument(f"EndpointConfigurations: '{one}' is given twice.")
    return endpoints


def check_endpoint_quota(group: EndpointGroup, count: int) -> None:
    """Raise LimitExceeded if `count` endpoints are too many for a group."""
    if count > MAX_ENDPOINTS:
        raise LimitExceeded(
            f"Endpoint group '{group.arn}' would have {count} endpoints; the quota is "
            f"{MAX_ENDPOINTS}."
        )


def _endpoint(
    entry: Mapping[str, object], region: str, load_balancers: Mapping[str, LoadBalancerFacts]
) -> EndpointConfiguration:
    arn = entry.get("EndpointId")
    if not isinstance(arn, str) or not arn:
        raise InvalidArgument("EndpointConfigurations: EndpointId is required.")
    if entry.get("AttachmentArn"):
        raise InvalidArgument(
            f"AttachmentArn: '{entry['AttachmentArn']}': the twin has one account, so no "
            "cross-account attachments."
        )
    scheme = _load_balancer(arn, region, load_balancers).scheme
    preserved = entry.get("ClientIPPreservationEnabled", True)
    # https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-caveats.html says
    # that it is always on for an internal load balancer. The twin rejects `false`.
    if not preserved and scheme == "internal":
        raise InvalidArgument(
            f"ClientIPPreservationEnabled: false for '{arn}': it is always on for an internal load "
            "balancer."
        )
    weight = entry.get("Weight", DEFAULT_WEIGHT)
    return EndpointConfiguration(
        id=arn,
        weight=weight if isinstance(weight, int) else DEFAULT_WEIGHT,
        client_ip_preservation=bool(preserved),
    )


def _load_balancer(
    arn: str, region: str, load_balancers: Mapping[str, LoadBalancerFacts]
) -> LoadBalancerFacts:
    """Check that the load balancer exists, is an application one, and is in the Region.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_AddEndpoints.html
    The twin has no network load balancers, instances or elastic addresses as endpoints.
    """
    match = _LOAD_BALANCER_ARN.fullmatch(arn)
    if match is None or match["kind"] != "app":
        raise InvalidArgument(
            f"EndpointId: '{arn}' is not the ARN of an Application Load Balancer, the only kind of "
            "endpoint that the twin has."
        )
    if match["region"] != region:
        raise InvalidArgument(
            f"EndpointId: '{arn}' lies in {match['region']}, the endpoint group in {region}."
        )
    facts = load_balancers.get(arn)
    if facts is None:
        raise InvalidArgument(f"EndpointId: there is no load balancer '{arn}'.")
    return facts
