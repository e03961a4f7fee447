"""Builds the Topology from the resources of moto and Global Accelerator. Pure."""

from collections.abc import Callable, Mapping

from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.topology.model import Accelerator, RegionTopology, Topology


def build_topology(
    account: str,
    regions: Mapping[str, RegionTopology],
    state: ServiceState,
    static_ips: Callable[[int], tuple[str, str]],
) -> Topology:
    """Everything that edge and Regions run on, at version 0."""

    def build_accelerator(record: AcceleratorRecord) -> Accelerator:
        return Accelerator(
            arn=record.arn,
            name=record.name,
            enabled=record.enabled,
            ips=static_ips(record.ordinal),
            listeners=record.listeners,
        )

    return Topology(
        account=account,
        accelerators=tuple(map(build_accelerator, state.accelerators)),
        regions=dict(regions),
    )


def load_balancers_by_arn(regions: Mapping[str, RegionTopology]) -> dict[str, LoadBalancerFacts]:
    """The load balancers of all Regions, for the rules about endpoints."""
    return {
        balancer.arn: LoadBalancerFacts(region, balancer.scheme)
        for region, topology in regions.items()
        for balancer in topology.load_balancers
    }
