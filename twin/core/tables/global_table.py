"""Validation of UpdateTable's ReplicaUpdates, by the rules of global tables 2019.11.21.

Pure: from a request and the present replicas to the one replica action, or to the service's error.
Rules and limits:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
The messages are worded as public clients of the service quote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SOURCE_HOLD_S = 24 * 3600.0
"""How long a replica's source Region can't be removed while that replica exists."""

REPLICA_REQUEST_MEMBERS = frozenset({"TableName", "ReplicaUpdates", "MultiRegionConsistency"})


class ReplicaActionKind(StrEnum):
    """The API's names of the actions on a replica."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaAction:
    """One change of one replica."""

    kind: ReplicaActionKind
    region: str
    overrides: dict[str, Any] = field(default_factory=dict)
    """Settings for this replica alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRefusal:
    """The API's error for a request that is not allowed."""

    message: str
    code: str = "ValidationException"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaFacts:
    """The facts about a replica that the rules need."""

    source: str
    """The Region it was added from."""
    age_s: float
    """Time since it was added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalTableView:
    """A global table as one of its Regions sees it."""

    table: str
    local: str
    """The Region that received the request."""
    replicas: Mapping[str, ReplicaFacts]
    """All replicas by Region, with the local one if the table is global."""
    regions: tuple[str, ...]
    """All Regions of the twin."""


def updates_replicas(request: Mapping[str, Any]) -> bool:
    """Whether an UpdateTable request changes replicas."""
    names = ("ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates")
    return any(request.get(name) for name in names)


def plan_replica_action(
    request: Mapping[str, Any], group: GlobalTableView, hold_s: float = SOURCE_HOLD_S
) -> ReplicaAction | ReplicaRefusal:
    """Parse and validate the request's one replica action.

    `hold_s` is SOURCE_HOLD_S at the twin's speed.
    """
    refusal = _refuse_request(request)
    if refusal is not None:
        return refusal
    (update,) = map(_given, request["ReplicaUpdates"])
    if len(update) != 1:
        return _refuse_update(update)
    ((name, wanted),) = update.items()
    if name not in tuple(ReplicaActionKind):
        return ReplicaRefusal(message=f"The twin does not know the replica action '{name}'.")
    region = str(wanted.get("RegionName", ""))
    overrides = {key: value for key, value in _given(wanted).items() if key != "RegionName"}
    action = ReplicaAction(kind=ReplicaActionKind(name), region=region, overrides=overrides)
    return _refuse_action(action, group, hold_s) or action


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not null: null is absent."""
    return {name: value for name, value in members.items() if value is not None}


def _refuse_request(request: Mapping[str, Any]) -> ReplicaRefusal | None:
    if not set(request) <= REPLICA_REQUEST_MEMBERS:
        return ReplicaRefusal(
            message="One or more parameter values were invalid: Replica modification must be the "
            "only operation in the request"
        )
    if len(request.get("ReplicaUpdates") or ()) != 1:
        # One replica added or removed per update:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
        return ReplicaRefusal(
            message="One or more parameter values were invalid: Only one replica can be added, "
            "changed or removed in one request"
        )
    return None


def _refuse_update(update: Mapping[str, Any]) -> ReplicaRefusal:
    if not update:
        return ReplicaRefusal(
            message="There are no actions specified in the Replica Update Action of the request."
        )
    return ReplicaRefusal(
        message="Update table operation with more than one type of replica actions not allowed."
    )


def _refuse_action(
    action: ReplicaAction, group: GlobalTableView, hold_s: float
) -> ReplicaRefusal | None:
    if action.region == group.local and action.kind is not ReplicaActionKind.UPDATE:
        return ReplicaRefusal(
            message="Cannot add or delete the local region through ReplicaUpdates. Use CreateTable,"
            " DeleteTable, or UpdateTable as required."
        )
    if action.region not in group.regions:
        return ReplicaRefusal(
            message=f"Region {action.region} is not supported. The latest version of global tables "
            f"are only supported in the following regions: [{', '.join(group.regions)}]"
        )
    if action.kind is ReplicaActionKind.CREATE:
        return refuse_existing_table(group.table) if action.region in group.replicas else None
    if action.region not in group.replicas:
        return ReplicaRefusal(
            # Terraform's provider and others match these words.
            message="Replica specified in the Replica Update or Replica Delete action of the "
            "request was not found."
        )
    if action.kind is ReplicaActionKind.UPDATE:
        return _refuse_override(action)
    return refuse_removal(action.region, group.replicas, hold_s)


def _refuse_override(action: ReplicaAction) -> ReplicaRefusal | None:
    if not action.overrides:
        return _refuse_update({})
    if "KMSMasterKeyId" in action.overrides:
        return ReplicaRefusal(
            message="One or more parameter values were invalid: KMSMasterKeyId must be specified "
            "for each replica."
        )
    return None


def refuse_existing_table(table: str) -> ReplicaRefusal:
    """The error when the Region already has a table of this name."""
    return ReplicaRefusal(
        message=f"Failed to create a the new replica of table with name: '{table}' because one or "
        "more replicas already existed as tables."
    )


def refuse_removal(
    region: str, replicas: Mapping[str, ReplicaFacts], hold_s: float = SOURCE_HOLD_S
) -> ReplicaRefusal | None:
    """The error if a replica can't be removed yet, by ReplicaUpdates or by DeleteTable there.


    "You can't delete a table used to add a new global table replica until 24 hours have elapsed
    since the new replica was created.":
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    added = (r for name, r in replicas.items() if name != region and r.source == region)
    if any(replica.age_s < hold_s for replica in added):
        return ReplicaRefusal(
            message="Replica cannot be deleted because it has acted as a source region for new "
            "replica(s) being added to the table in the last 24 hours."
        )
    return None
