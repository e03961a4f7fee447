"""The accelerator: two static addresses, and an endpoint group for each Region behind them.

A dial is run-time state. The stack declares its first value and ignores later changes. But the
provider sends the recorded dial with every update of a group, so use `pulumi up --refresh` while
dials differ from the declared ones.

A domain gets an alias to the accelerator, where its zone is in Route 53.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.globalaccelerator import (
    Accelerator,
    AcceleratorAttributesArgs,
    EndpointGroup,
    EndpointGroupEndpointConfigurationArgs,
    Listener,
    ListenerPortRangeArgs,
)
from pulumi_aws.route53 import Record, RecordAliasArgs

from infra.hardening.log_bucket import LogBucket

WEIGHT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalEndpoint:
    """One Region's load balancer as the accelerator's endpoint."""

    alb_arn: pulumi.Input[str]
    dial: float
    """Declared traffic dial, percent."""
    service: pulumi.Resource
    """What must exist before the endpoint gets traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoorArgs:
    prefix: str
    ports: tuple[int, ...]
    endpoints: Mapping[str, RegionalEndpoint]
    """By Region."""
    protect: bool
    """Whether Pulumi refuses to delete the accelerator, whose addresses would be lost:
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html"""
    logs: LogBucket | None
    """Of the flow logs; None: none are written."""
    tags: Mapping[str, str]


class FrontDoor(pulumi.ComponentResource):
    """Accelerator, listener, endpoint groups."""

    arn: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    static_ips: pulumi.Output[Sequence[str]]
    endpoint_group_arns: dict[str, pulumi.Output[str]]
    """By Region."""

    def __init__(
        self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:FrontDoor", name, None, opts)
        self._name = name
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        accelerator = Accelerator(
            f"{name}-accelerator",
            name=args.prefix,
            enabled=True,
            ip_address_type="IPV4",
            attributes=_flow_logs(args.logs),
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions.merge(
                kept,
                pulumi.ResourceOptions(depends_on=[args.logs.writable] if args.logs else []),
            ),
        )
        listener = Listener(
            f"{name}-listener",
            accelerator_arn=accelerator.arn,
            protocol="TCP",
            client_affinity="NONE",
            port_ranges=[ListenerPortRangeArgs(from_port=p, to_port=p) for p in args.ports],
            opts=kept,
        )
        groups = {region: self._group(listener, region, e) for region, e in args.endpoints.items()}
        self.arn = accelerator.arn
        self.listener_arn = listener.arn
        self.dns_name = accelerator.dns_name
        self.static_ips = accelerator.ip_sets.apply(
            lambda sets: [address for ips in sets for address in ips.ip_addresses or []]
        )
        self.endpoint_group_arns = {region: group.arn for region, group in groups.items()}
        self.register_outputs({"arn": self.arn, "static_ips": self.static_ips})

    def _group(self, listener: Listener, region: str, endpoint: RegionalEndpoint) -> EndpointGroup:
        """Without health check settings: for a load balancer as endpoint they are ignored.

        https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
        """
        return EndpointGroup(
            f"{self._name}-{region}",
            listener_arn=listener.arn,
            endpoint_group_region=region,
            traffic_dial_percentage=endpoint.dial,
            endpoint_configurations=[
                EndpointGroupEndpointConfigurationArgs(
                    endpoint_id=endpoint.alb_arn,
                    weight=WEIGHT,
                    client_ip_preservation_enabled=True,
                )
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[endpoint.service],
                ignore_changes=["traffic_dial_percentage"],
            ),
        )


def _flow_logs(logs: LogBucket | None) -> AcceleratorAttributesArgs | None:
    if logs is None:
        return None
    return AcceleratorAttributesArgs(
        flow_logs_enabled=True, flow_logs_s3_bucket=logs.name, flow_logs_s3_prefix="accelerator"
    )


ACCELERATOR_ZONE = "Z2BJ6XQ5FK7U4H"
"""Hosted zone of every accelerator: https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasArgs:
    domain: str
    hosted_zone_id: str
    accelerator_dns: pulumi.Input[str]


class Alias(pulumi.ComponentResource):
    """An alias record of the domain for the accelerator."""

    def __init__(
        self, name: str, args: AliasArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Alias", name, None, opts)
        Record(
            f"{name}-record",
            zone_id=args.hosted_zone_id,
            name=args.domain,
            type="A",
            aliases=[
                RecordAliasArgs(
                    name=args.accelerator_dns,
                    zone_id=ACCELERATOR_ZONE,
                    # The accelerator itself avoids an unhealthy Region.
                    evaluate_target_health=False,
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
