"""One Region's bucket of access logs and flow logs, which deletes them after some days.

The load balancer writes to a bucket of its own Region, encrypted with S3's keys:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.get_caller_identity import get_caller_identity
from pulumi_aws.s3 import (
    Bucket,
    BucketLifecycleConfiguration,
    BucketLifecycleConfigurationRuleArgs,
    BucketLifecycleConfigurationRuleExpirationArgs,
    BucketLifecycleConfigurationRuleFilterArgs,
    BucketPolicy,
    BucketPublicAccessBlock,
)

LONGEST_BUCKET_PREFIX = 37
"""The provider adds a random rest: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
BALANCER = "logdelivery.elasticloadbalancing.amazonaws.com"
FLOWS = "delivery.logs.amazonaws.com"
"""Writes the flow logs of VPCs and of accelerators:
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html
https://docs.aws.amazon.com/global-accelerator/latest/dg/monitoring-global-accelerator.flow-logs.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBucketArgs:
    region: str
    prefix: str
    kept_days: int
    protect: bool
    """Whether a bucket with logs in it can't be deleted."""
    tags: Mapping[str, str]


class LogBucket(pulumi.ComponentResource):
    """Bucket, its life cycle, and who may write to it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    writable: pulumi.Resource
    """What must exist before a service is told to write."""

    def __init__(
        self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:LogBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = Bucket(
            f"{name}-logs",
            region=args.region,
            bucket_prefix=f"{args.prefix.lower()}-logs-"[:LONGEST_BUCKET_PREFIX],
            force_destroy=not args.protect,
            tags=dict(args.tags),
            opts=child,
        )
        closed = BucketPublicAccessBlock(
            f"{name}-logs-closed",
            region=args.region,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        BucketLifecycleConfiguration(
            f"{name}-logs-lifecycle",
            region=args.region,
            bucket=bucket.id,
            rules=[
                BucketLifecycleConfigurationRuleArgs(
                    id="expire",
                    status="Enabled",
                    filter=BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=BucketLifecycleConfigurationRuleExpirationArgs(days=args.kept_days),
                )
            ],
            opts=child,
        )
        account = get_caller_identity().account_id
        self.writable = BucketPolicy(
            f"{name}-logs-writers",
            region=args.region,
            bucket=bucket.id,
            policy=bucket.arn.apply(lambda arn: log_bucket_policy(arn, account)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.name = bucket.id
        self.arn = bucket.arn
        self.register_outputs({"name": self.name})


def log_bucket_policy(arn: str, account: str) -> str:
    """Who may write: the services that deliver logs, below this account's name, over TLS alone."""
    full_control = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    statements = [
        _allow(BALANCER, "s3:PutObject", f"{arn}/alb/AWSLogs/{account}/*"),
        _allow(FLOWS, "s3:GetBucketAcl", arn),
        _allow(FLOWS, "s3:PutObject", f"{arn}/*/AWSLogs/{account}/*", full_control),
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _allow(
    service: str, action: str, resource: str, condition: Mapping[str, object] | None = None
) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
    }
    return {**statement, "Condition": condition} if condition else statement
