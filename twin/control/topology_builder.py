"""Builds the Topology out of the control planes' resources and Global Accelerator's; pure.

What of it is published when, and under which version, is the publisher's business.
"""

from collections.abc import Callable, Mapping

from twin.control.globalaccelerator.model import (
    AcceleratorRecord,
    EndpointGroup,
    GlobalAcceleratorState,
    Listener,
)
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.topology import model
from twin.topology.model import RegionTopology, Topology

StaticIps = Callable[[int], tuple[str, str]]


def build_topology(
    account: str,
    regions: Mapping[str, RegionTopology],
    accelerators: GlobalAcceleratorState,
    static_ips: StaticIps,
) -> Topology:
    """Everything that edge and Regions run on, at version 0."""
    return Topology(
        account=account,
        accelerators=tuple(_accelerator(a, static_ips) for a in accelerators.accelerators),
        regions=dict(regions),
    )


class KnownLoadBalancers:
    """The load balancers of all Regions, as endpoint rules ask for them."""

    def __init__(self, regions: Mapping[str, RegionTopology]) -> None:
        """Look them up in what the Regions serve."""
        self._facts = {
            balancer.arn: LoadBalancerFacts(region, balancer.scheme)
            for region, served in regions.items()
            for balancer in served.load_balancers
        }

    def find(self, arn: str) -> LoadBalancerFacts | None:
        """The Application Load Balancer of this ARN, or None."""
        return self._facts.get(arn)


def _accelerator(value: AcceleratorRecord, static_ips: StaticIps) -> model.Accelerator:
    return model.Accelerator(
        arn=value.arn,
        name=value.name,
        enabled=value.enabled,
        ips=static_ips(value.ordinal),
        listeners=tuple(_listener(item) for item in value.listeners),
    )


def _listener(value: Listener) -> model.AcceleratorListener:
    return model.AcceleratorListener(
        arn=value.arn,
        protocol=value.protocol,
        port_ranges=value.port_ranges,
        client_affinity=value.client_affinity,
        groups=tuple(_group(group) for group in value.groups),
    )


def _group(value: EndpointGroup) -> model.EndpointGroup:
    return model.EndpointGroup(
        arn=value.arn,
        region=value.region,
        dial=value.dial,
        endpoints=value.endpoints,
        port_overrides=value.port_overrides,
    )
