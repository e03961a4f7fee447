"""The hosted zone of the DNS front door: an existing one by its id, or one that the stack makes.

A zone that the stack makes answers nobody until the domain above it names its name servers; on AWS
the certificates wait for that, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.route53 import Zone, get_zone_output


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsZoneArgs:
    zone_id: str | None
    """None: make one."""
    name: str
    """Of the zone that is made."""
    protect: bool
    """Whether Pulumi refuses to delete the zone: another one has other name servers, so that nobody
    finds the names until the domain above has them."""
    tags: Mapping[str, str]


class DnsZone(pulumi.ComponentResource):
    """A public hosted zone."""

    zone_id: pulumi.Output[str]
    zone_name: pulumi.Output[str]
    """Without a dot at its end."""
    name_servers: pulumi.Output[Sequence[str]]

    def __init__(
        self, name: str, args: DnsZoneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:DnsZone", name, None, opts)
        if args.zone_id is None:
            made = Zone(
                f"{name}-zone",
                name=args.name,
                comment="The DNS front door",
                tags=dict(args.tags),
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            self.zone_id, self.zone_name = made.zone_id, made.name
            self.name_servers = made.name_servers
        else:
            found = get_zone_output(zone_id=args.zone_id)
            self.zone_id = pulumi.Output.from_input(args.zone_id)
            self.zone_name = found.name.apply(lambda text: text.rstrip("."))
            self.name_servers = found.name_servers
        self.register_outputs({"zone_id": self.zone_id, "name_servers": self.name_servers})
