"""Validation of what UpdateTable asks of global tables with multi-Region strong consistency (MRSC).

Pure, as twin.core.tables.global_table. A group is made at once from an empty table, of three
replicas or of two and a witness, in one set of Regions. Afterwards it can only be taken apart, at
once.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
The messages are the twin's: AWS does not document its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.core.tables.global_table import ReplicaRefusal

REGION_SETS = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
MEMBERS = 3
STRONG_MEMBERS = frozenset(
    {"TableName", "ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency"}
)
ACTIONS = frozenset({"Create", "Update", "Delete"})
PREFIX = "One or more parameter values were invalid: "


@dataclass(frozen=True, slots=True, kw_only=True)
class StrongTableFacts:
    """What the rules need to know of the table that a request names."""

    local: str
    """The Region that received the request."""
    others: tuple[str, ...]
    """The other members."""
    witness: str | None
    is_strong: bool
    is_empty: bool
    has_local_indexes: bool
    has_time_to_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrongChange:
    """The making of a group, or its end."""

    creates: bool
    replicas: tuple[str, ...]
    """The other Regions with a replica."""
    witness: str | None


def concerns_strong_consistency(request: Mapping[str, Any], *, is_strong: bool) -> bool:
    """Whether this module judges the request."""
    wants = request.get("MultiRegionConsistency") == "STRONG"
    return is_strong or wants or bool(request.get("GlobalTableWitnessUpdates"))


def plan_strong_change(
    request: Mapping[str, Any], facts: StrongTableFacts
) -> StrongChange | ReplicaRefusal:
    """Judge the request."""
    if not set(request) <= STRONG_MEMBERS:
        return _refusal("Replica modification must be the only operation in the request")
    replicas = [_action(update) for update in request.get("ReplicaUpdates") or ()]
    witnesses = [_action(update) for update in request.get("GlobalTableWitnessUpdates") or ()]
    kinds = {kind for kind, _ in (*replicas, *witnesses)}
    if len(witnesses) > 1:
        return _refusal("Only one witness can be created or deleted in one request")
    change = StrongChange(
        creates=kinds == {"Create"},
        replicas=tuple(region for _, region in replicas),
        witness=next((region for _, region in witnesses), None),
    )
    if kinds == {"Create"}:
        return _refuse_creation(request, change, facts) or change
    if kinds == {"Delete"}:
        return _refuse_removal(change, facts) or change
    return _refusal(
        "A global table with multi-Region strong consistency can only be created or deleted as a "
        "whole"
    )


def _action(update: Mapping[str, Any]) -> tuple[str, str]:
    actions = {kind: wanted for kind, wanted in update.items() if wanted is not None}
    if len(actions) != 1 or not set(actions) <= ACTIONS:
        return "", ""
    ((kind, wanted),) = actions.items()
    return kind, str(wanted.get("RegionName", ""))


def _refuse_creation(
    request: Mapping[str, Any], change: StrongChange, facts: StrongTableFacts
) -> ReplicaRefusal | None:
    regions = [facts.local, *change.replicas, *([change.witness] if change.witness else [])]
    problems = (
        (
            request.get("MultiRegionConsistency") != "STRONG",
            "A witness is possible with MultiRegionConsistency STRONG only",
        ),
        (
            bool(facts.others) or facts.is_strong,
            "MultiRegionConsistency STRONG is possible for a table without replicas only; the "
            "consistency mode of a global table can't be changed, nor Regions be added to it",
        ),
        (
            len(set(regions)) != MEMBERS or len(regions) != MEMBERS or not change.replicas,
            "A global table with multi-Region strong consistency has exactly three Regions: three "
            "replicas, or two replicas and a witness",
        ),
        (
            not any(set(regions) <= regions_of for regions_of in REGION_SETS),
            f"The Regions [{', '.join(regions)}] are not in one Region set of multi-Region strong "
            "consistency",
        ),
        (not facts.is_empty, "MultiRegionConsistency STRONG is possible for an empty table only"),
        (
            facts.has_local_indexes,
            "MultiRegionConsistency STRONG is not possible with local secondary indexes",
        ),
        (
            facts.has_time_to_live,
            "MultiRegionConsistency STRONG is not possible with time to live",
        ),
    )
    return next((_refusal(message) for wrong, message in problems if wrong), None)


def _refuse_removal(change: StrongChange, facts: StrongTableFacts) -> ReplicaRefusal | None:
    replicas = {region for region in facts.others if region != facts.witness}
    if facts.is_strong and set(change.replicas) == replicas and change.witness == facts.witness:
        return None
    return _refusal(
        "All other members of a global table with multi-Region strong consistency must be deleted "
        f"in one request: [{', '.join(sorted(facts.others))}]"
    )


def _refusal(message: str) -> ReplicaRefusal:
    return ReplicaRefusal(message=PREFIX + message)
