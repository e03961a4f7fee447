"""The domain's alias to the accelerator, where its zone is in Route 53."""

from dataclasses import dataclass

import pulumi
from pulumi_aws.route53 import Record, RecordAliasArgs

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
