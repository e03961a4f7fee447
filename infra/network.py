"""One Region's network: the subnets of its load balancer, and the ports that clients may reach.

The accelerator reaches an internal load balancer through the VPC. The VPC needs an internet gateway
all the same, which permits traffic from the internet:
https://docs.aws.amazon.com/global-accelerator/latest/dg/secure-vpc-connections.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.ec2 import (
    DefaultSecurityGroup,
    FlowLog,
    InternetGateway,
    RouteTable,
    RouteTableAssociation,
    RouteTableRouteArgs,
    SecurityGroup,
    SecurityGroupIngressArgs,
    Subnet,
    Vpc,
)

from infra.configuration.regions import subnet_cidr, vpc_cidr, zone_subnet_cidr
from infra.hardening.log_bucket import LogBucket

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    region: str
    prefix: str
    zones: tuple[str, str]
    keep_zones: bool
    """Whether AWS chose the zones: subnets then stay where they are when its choice changes. Else
    another zone gets another subnet, made before that of the old zone is deleted."""
    public: bool
    """Whether the load balancer has public addresses, and so needs a route to the internet."""
    ports: tuple[int, ...]
    """Ports of the load balancer's listeners."""
    logs: LogBucket | None
    """Of the flow logs; None: none are written."""
    vpc_hooks: pulumi.ResourceHookBinding
    """What Pulumi calls before it deletes the VPC."""
    tags: Mapping[str, str]


class Network(pulumi.ComponentResource):
    """VPC, internet gateway, a subnet in each of two zones, and security groups."""

    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Network", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = {**args.tags, "Name": args.prefix}
        vpc = Vpc(
            f"{name}-vpc",
            region=args.region,
            cidr_block=vpc_cidr(args.region),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, hooks=args.vpc_hooks),
        )
        gateway = InternetGateway(
            f"{name}-internet",
            region=args.region,
            vpc_id=vpc.id,
            tags=self._tags,
            opts=self._child,
        )
        subnets = self._subnets(vpc)
        self._close_default_group(vpc)
        if args.public:
            self._internet_route(vpc, gateway, subnets)
        if args.logs:
            self._flow_log(vpc, args.logs)
        self.subnet_ids = [subnet.id for subnet in subnets.values()]
        self.security_group_id = self._security_group(vpc).id
        self.register_outputs(
            {"subnet_ids": self.subnet_ids, "security_group_id": self.security_group_id}
        )

    def _subnets(self, vpc: Vpc) -> dict[str, Subnet]:
        """By the last part of their names: a number, or the letter of a configured zone."""
        args = self._args
        if args.keep_zones:
            return {
                str(index): self._subnet(vpc, str(index), zone, subnet_cidr(args.region, index))
                for index, zone in enumerate(args.zones)
            }
        return {
            zone[-1]: self._subnet(vpc, zone[-1], zone, zone_subnet_cidr(zone))
            for zone in sorted(args.zones)
        }

    def _subnet(self, vpc: Vpc, suffix: str, zone: str, cidr: str) -> Subnet:
        args = self._args
        kept = ["availability_zone"] if args.keep_zones else []
        return Subnet(
            f"{self._name}-subnet-{suffix}",
            region=args.region,
            vpc_id=vpc.id,
            cidr_block=cidr,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            tags={**args.tags, "Name": f"{args.prefix}-{suffix}"},
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=kept),
        )

    def _close_default_group(self, vpc: Vpc) -> None:
        """Take the rules of the group that whatever names no other one is in.

        https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2
        """
        DefaultSecurityGroup(
            f"{self._name}-default-group",
            region=self._args.region,
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=self._tags,
            opts=self._child,
        )

    def _flow_log(self, vpc: Vpc, logs: LogBucket) -> None:
        """Log accepted and rejected connections, ten minutes of each in one record."""
        FlowLog(
            f"{self._name}-flow-log",
            region=self._args.region,
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=logs.arn.apply(lambda arn: f"{arn}/vpc/"),
            max_aggregation_interval=600,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs.writable]),
        )

    def _internet_route(
        self, vpc: Vpc, gateway: InternetGateway, subnets: Mapping[str, Subnet]
    ) -> None:
        """Route the answers of a public load balancer to the internet gateway."""
        table = RouteTable(
            f"{self._name}-routes",
            region=self._args.region,
            vpc_id=vpc.id,
            routes=[RouteTableRouteArgs(cidr_block=ANYWHERE, gateway_id=gateway.id)],
            tags=self._tags,
            opts=self._child,
        )
        for suffix, subnet in subnets.items():
            RouteTableAssociation(
                f"{self._name}-routes-{suffix}",
                region=self._args.region,
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self._child,
            )

    def _security_group(self, vpc: Vpc) -> SecurityGroup:
        """Ingress: the listeners' ports from anywhere, since the accelerator keeps the clients'
        addresses. Egress: none, since a load balancer invokes a function by Lambda's API.
        """
        return SecurityGroup(
            f"{self._name}-load-balancer",
            region=self._args.region,
            vpc_id=vpc.id,
            name=self._args.prefix,
            description="Clients, by way of the accelerator, to the load balancer",
            ingress=[
                SecurityGroupIngressArgs(
                    protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_blocks=[ANYWHERE],
                    description="Clients, with their own addresses",
                )
                for port in self._args.ports
            ],
            egress=[],
            tags=self._tags,
            opts=self._child,
        )
