"""The global tables: one for items, and the control table with the health switches.

A table is declared in the home Region, and replicated to the others with eventual consistency.
Deletion protection, point-in-time recovery and tags are not replicated, so each replica has its
own: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.dynamodb import (
    Table,
    TableAttributeArgs,
    TableOnDemandThroughputArgs,
    TablePointInTimeRecoveryArgs,
    TableReplicaArgs,
    TableServerSideEncryptionArgs,
    TableTtlArgs,
)

from infra.hardening.settings import TableLimits

EXPIRES_AT = "expires_at"
"""Epoch seconds after which DynamoDB deletes an item; not the end of a health switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalTableArgs:
    table_name: str
    hash_key: str
    range_key: str | None
    home_region: str
    other_regions: tuple[str, ...]
    protected: frozenset[str]
    """Regions whose replica has deletion protection; with the home Region, Pulumi refuses to delete
    the table as well, before it deletes anything else."""
    recovery: bool
    """Point-in-time recovery of each replica."""
    limits: TableLimits
    keys: Mapping[str, str]
    """Region -> ARN of the KMS key of its replica; empty: keys that AWS owns. Another key of a
    replica makes the replica anew."""
    tags: Mapping[str, str]


class GlobalTable(pulumi.ComponentResource):
    """A global table with on-demand billing and keys that are strings."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    """ARN of the home Region's replica."""

    def __init__(
        self, name: str, args: GlobalTableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:GlobalTable", name, None, opts)
        is_protected = args.home_region in args.protected
        table = Table(
            f"{name}-table",
            region=args.home_region,
            name=args.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            range_key=args.range_key,
            attributes=[
                TableAttributeArgs(name=key, type="S")
                for key in (args.hash_key, args.range_key)
                if key
            ],
            # Replication needs the stream.
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            ttl=TableTtlArgs(attribute_name=EXPIRES_AT, enabled=True),
            point_in_time_recovery=TablePointInTimeRecoveryArgs(enabled=args.recovery),
            deletion_protection_enabled=is_protected,
            on_demand_throughput=_maximum(args.limits),
            server_side_encryption=_encryption(args.keys.get(args.home_region)),
            replicas=[_replica(region, args) for region in sorted(args.other_regions)],
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(parent=self, protect=is_protected),
        )
        self.name = table.name
        self.arn = table.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def _maximum(limits: TableLimits) -> TableOnDemandThroughputArgs | None:
    """The maximum of the table, and so of its replicas.

    One that is not configured is left out: AWS refuses -1 for a new table.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughputOverride.html
    """
    if limits.read_units is None and limits.write_units is None:
        return None
    return TableOnDemandThroughputArgs(
        max_read_request_units=limits.read_units,
        max_write_request_units=limits.write_units,
    )


def _encryption(key: str | None) -> TableServerSideEncryptionArgs | None:
    return TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key) if key else None


def _replica(region: str, args: GlobalTableArgs) -> TableReplicaArgs:
    return TableReplicaArgs(
        region_name=region,
        consistency_mode="EVENTUAL",
        point_in_time_recovery=args.recovery,
        deletion_protection_enabled=region in args.protected,
        kms_key_arn=args.keys.get(region),
        propagate_tags=True,
    )
