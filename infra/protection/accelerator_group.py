"""Deletes the security group that Global Accelerator leaves in a VPC, before the VPC is deleted.

Global Accelerator makes a group named GlobalAccelerator in the VPC of an endpoint that preserves
the clients' addresses, and never deletes it. With it the VPC can't be deleted, and the provider's
own retries don't help:
https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/

A hook of Pulumi, which calls the program back before it deletes a VPC, does it. `pulumi up` runs
the program anyway; `pulumi destroy` does with `--run-program`, and fails in the preview without it:
https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

from common.clock import Clock, SystemClock

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

GROUP_NAME = "GlobalAccelerator"
HOOK_NAME = "delete the accelerator's security group (pulumi destroy needs --run-program)"
"""Pulumi shows it when the program does not run. Stacks record it: another name would not be found
for a VPC that leaves with the same update."""
RETRY_S = 10.0
DEADLINE_S = 900.0
"""How long the accelerator's network interfaces may still use the group."""


class AcceleratorGroupLeft(Exception):
    """The group can't be deleted; the message says how to do it by hand."""

    def __init__(self, region: str, group_id: str, reason: object) -> None:
        super().__init__(
            f"{region}: the security group {group_id} that Global Accelerator has left in the VPC "
            f"can't be deleted ({reason}); wait some minutes, then run `aws ec2 "
            f"delete-security-group --region {region} --group-id {group_id}`, and run Pulumi again"
        )


async def delete_accelerator_group(
    client: "EC2Client", region: str, vpc_id: str, clock: Clock
) -> None:
    """Delete the VPC's group of Global Accelerator, if it has one. Raises AcceleratorGroupLeft.

    `DependencyViolation`: a network interface of the accelerator still uses it, for some minutes
    after its endpoint group was deleted.
    """
    filters: list[FilterTypeDef] = [
        {"Name": "vpc-id", "Values": [vpc_id]},
        {"Name": "group-name", "Values": [GROUP_NAME]},
    ]
    found = await asyncio.to_thread(client.describe_security_groups, Filters=filters)
    for group in found["SecurityGroups"]:
        await _delete_group(client, region, group["GroupId"], clock)


async def _delete_group(client: "EC2Client", region: str, group_id: str, clock: Clock) -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - slow

    deadline = clock.monotonic() + DEADLINE_S
    while True:
        try:
            await asyncio.to_thread(client.delete_security_group, GroupId=group_id)
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            if code == "InvalidGroup.NotFound":
                return
            if code != "DependencyViolation" or clock.monotonic() >= deadline:
                raise AcceleratorGroupLeft(region, group_id, exc) from exc
            await clock.sleep(RETRY_S)
        else:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientArguments:
    """How boto3 calls EC2."""

    profile: str | None
    access_key: str | None
    secret_key: str | None = field(repr=False)
    token: str | None = field(repr=False)
    region: str
    endpoint: str | None


def client_arguments(
    region: str, config: Callable[[str], str | None], endpoints: object
) -> ClientArguments:
    """What the provider's configuration says. A role that the provider assumes is left out.

    `config`: a key of the namespace `aws`.
    """
    by_service: dict[str, str] = {}
    for entry in endpoints if isinstance(endpoints, list) else []:
        by_service.update(entry)
    return ClientArguments(
        profile=config("profile"),
        access_key=config("accessKey"),
        secret_key=config("secretKey"),
        token=config("token"),
        region=region,
        endpoint=by_service.get("ec2"),
    )


def make_vpc_hooks() -> pulumi.ResourceHookBinding:
    """The hooks of a VPC. Registered by every run, since the VPC to delete may not be declared."""
    aws = pulumi.Config("aws")
    endpoints = aws.get_object("endpoints")

    async def before_delete(args: pulumi.ResourceHookArgs) -> None:
        region = str((args.old_outputs or {})["region"])
        client = await asyncio.to_thread(_make_client, client_arguments(region, aws.get, endpoints))
        await delete_accelerator_group(client, region, args.id, SystemClock())

    return pulumi.ResourceHookBinding(before_delete=[pulumi.ResourceHook(HOOK_NAME, before_delete)])


def _make_client(arguments: ClientArguments) -> "EC2Client":
    import boto3  # noqa: PLC0415 - slow

    session = boto3.Session(
        profile_name=arguments.profile,
        aws_access_key_id=arguments.access_key,
        aws_secret_access_key=arguments.secret_key,
        aws_session_token=arguments.token,
    )
    return session.client("ec2", region_name=arguments.region, endpoint_url=arguments.endpoint)
