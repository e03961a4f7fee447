"""Asks IAM's policy simulator what the caller may do, where the caller may ask.

It knows the caller's policies, boundary and the organization's, and no condition whose value it is
not given: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from common.aws import US_EAST_1
from muster.aws.clients import AwsClients
from muster.doctor.model import CallerReading, PermissionReading, Unread
from muster.errors import AccountError, CallFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededAction:
    actions: tuple[str, ...]
    resource: str
    purpose: str


async def simulate(
    clients: AwsClients, caller: CallerReading, needed: Iterable[NeededAction]
) -> tuple[PermissionReading, ...] | Unread:
    """Whether each action is allowed."""
    if caller.arn.endswith(":root"):
        return tuple(_allowed(one, action) for one in needed for action in one.actions)
    try:
        source = await _policy_source(clients, caller.arn)
        # One after the other: IAM throttles early.
        found = [await _simulate(clients, source, one) for one in needed]
    except (CallFailed, AccountError) as exc:
        return Unread(f"the caller may not simulate: {exc}")
    return tuple(reading for readings in found for reading in readings)


def _allowed(one: NeededAction, action: str) -> PermissionReading:
    return PermissionReading(
        action=action, resource=one.resource, purpose=one.purpose, allowed=True
    )


async def _policy_source(clients: AwsClients, arn: str) -> str:
    """The user or role of a caller; a session's ARN lacks its role's path."""
    _, _, rest = arn.partition(":assumed-role/")
    if not rest:
        return arn
    role = await clients.read("iam", US_EAST_1, "get_role", RoleName=rest.split("/")[0])
    found: str = role["Role"]["Arn"]
    return found


async def _simulate(
    clients: AwsClients, source: str, needed: NeededAction
) -> list[PermissionReading]:
    answer = await clients.read(
        "iam",
        US_EAST_1,
        "simulate_principal_policy",
        PolicySourceArn=source,
        ActionNames=list(needed.actions),
        ResourceArns=[needed.resource],
    )
    return [
        PermissionReading(
            action=result["EvalActionName"],
            resource=needed.resource,
            purpose=needed.purpose,
            allowed=result["EvalDecision"] == "allowed",
        )
        for result in answer["EvaluationResults"]
    ]
