"""The replicas of a DynamoDB global table: one change in each call, settings in their own Region.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from dataclasses import dataclass

from twin.provider.operations.diff import merge_tags
from twin.provider.schema.calls import tolerated
from twin.provider.schema.resource_type import (
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    WriteOnlyAspect,
    block,
    block_set,
    boolean,
    string,
)
from twin.provider.schema.tags import to_tag_pairs
from twin.provider.values import Properties, Value

REPLICAS = block_set(
    "replicas",
    string("regionName", required=True),
    string("consistencyMode", default="EVENTUAL", choices=("EVENTUAL", "STRONG")),
    boolean("deletionProtectionEnabled", computed=True),
    string("kmsKeyArn", computed=True),
    boolean("pointInTimeRecovery", default=False),
    boolean("propagateTags", default=False),
    string("arn", output=True, computed=True),
    string("streamArn", output=True, computed=True),
    string("streamLabel", output=True, computed=True),
    local=True,
    record_live=True,
)
WITNESS = block("globalTableWitness", string("regionName", required=True), local=True)


@dataclass(frozen=True, slots=True)
class ReplicasAspect:
    """The Regions of the table, and its settings there."""

    names: frozenset[str] = frozenset({"replicas", "globalTableWitness"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Remove and add replicas, then change their settings."""
        wanted = _by_region(change.new)
        existing = {} if change.creating else _by_region(_existing_replicas(context, change))
        for region in sorted(existing.keys() - wanted.keys()):
            remove_replica(context, change.id, region)
        _add(context, change, [wanted[name] for name in sorted(wanted.keys() - existing.keys())])
        for region in sorted(wanted):
            if region in existing:
                _change_one_setting(context, change, wanted[region], existing[region])
            else:
                _set_all_settings(context, change, wanted[region])

    def read(self, found: DescribedResource) -> Properties:
        """Read each replica from its own Region."""
        recorded = _by_region(found.recorded)
        values: Properties = {
            "replicas": [
                _read_replica(found, listed, recorded.get(listed["RegionName"], {}))
                for listed in found.description.get("Replicas") or []
                if listed["RegionName"] != found.context.region
            ]
        }
        witnesses = found.description.get("GlobalTableWitnesses") or []
        if witnesses:
            values["globalTableWitness"] = {"regionName": witnesses[0]["RegionName"]}
        return values


@dataclass(frozen=True, slots=True)
class ReplicaTagsAspect(WriteOnlyAspect):
    """The table's tags on the replicas with `propagateTags`."""

    names: frozenset[str] = frozenset({"tagsAll"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Change the tags; new replicas get theirs with their settings."""
        old = change.old.get("tagsAll") or {}
        tags = merge_tags(change.new, dict(context.default_tags))
        for replica in _by_region(change.new).values():
            if replica.get("propagateTags"):
                arn = _replica_arn(change.old, replica["regionName"])
                _tag(context, replica["regionName"], arn, tags, sorted(old.keys() - tags.keys()))


def remove_all_replicas(context: OperationContext, ref: ResourceRef) -> None:
    """Remove all replicas before the table is deleted, as the real provider does."""
    for region in sorted(_by_region(ref.properties)):
        with tolerated("ReplicaNotFoundException", "ResourceNotFoundException"):
            remove_replica(context, ref.id, region)


def remove_replica(context: OperationContext, table: str, region: str) -> None:
    """Remove the replica of one Region, and wait until it is gone."""
    _update(context, table, {"Delete": {"RegionName": region}})
    _wait_for_status(context, table, region, "gone")


def _by_region(properties: Properties) -> dict[str, Properties]:
    return {replica["regionName"]: replica for replica in properties.get("replicas") or []}


def _existing_replicas(context: OperationContext, change: ResourceChange) -> Properties:
    """Recorded properties of the replicas that exist in AWS: one removed by hand is added again."""
    response = context.call("DescribeTable", {"TableName": change.id})
    listed = {r["RegionName"] for r in response["Table"].get("Replicas") or []} - {context.region}
    known = _by_region(change.old)
    return {"replicas": [known.get(region, {"regionName": region}) for region in sorted(listed)]}


def _add(context: OperationContext, change: ResourceChange, replicas: list[Properties]) -> None:
    strong = [r for r in replicas if r.get("consistencyMode") == "STRONG"]
    if strong:
        _add_strong(context, change, strong)
    for replica in replicas:
        if replica not in strong:
            _update(context, change.id, {"Create": _replica_params(replica)})
            _wait_for_status(context, change.id, replica["regionName"], "ACTIVE")


def _add_strong(
    context: OperationContext, change: ResourceChange, replicas: list[Properties]
) -> None:
    """Add all replicas of strong consistency in one call, as AWS requires:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    params: Properties = {
        "TableName": change.id,
        "MultiRegionConsistency": "STRONG",
        "ReplicaUpdates": [{"Create": _replica_params(replica)} for replica in replicas],
    }
    witness = change.new.get("globalTableWitness")
    if witness:
        update = {"Create": {"RegionName": witness["regionName"]}}
        params["GlobalTableWitnessUpdates"] = [update]
    context.call("UpdateTable", params)
    for replica in replicas:
        _wait_for_status(context, change.id, replica["regionName"], "ACTIVE")


def _replica_params(replica: Properties) -> Properties:
    key = replica.get("kmsKeyArn")
    return {"RegionName": replica["regionName"], **({"KMSMasterKeyId": key} if key else {})}


def _update(context: OperationContext, table: str, update: Properties) -> None:
    context.call("UpdateTable", {"TableName": table, "ReplicaUpdates": [update]})


def _wait_for_status(context: OperationContext, table: str, region: str, wanted: str) -> None:
    """Wait for a replica's status, and for an ACTIVE table, ready for the next change."""

    def poll() -> tuple[bool, str]:
        described = context.call("DescribeTable", {"TableName": table})["Table"]
        replicas = {r["RegionName"]: r for r in described.get("Replicas") or []}
        missing = {"ReplicaStatus": "gone"}
        status = replicas.get(region, missing).get("ReplicaStatus", "?")
        table_status = described["TableStatus"]
        is_ready = status == wanted and table_status == "ACTIVE"
        return is_ready, f"{status} (table {table_status})"

    context.waiter.wait(f"replica of {table} in {region} to be {wanted}", poll)


def _set_all_settings(
    context: OperationContext, change: ResourceChange, wanted: Properties
) -> None:
    """Set the settings of a replica that was just added."""
    if wanted.get("pointInTimeRecovery"):
        _set_recovery(context, change, wanted)
    if wanted.get("deletionProtectionEnabled"):
        _set_protection(context, change, wanted)
    _propagate_tags(context, change, wanted, {})


def _change_one_setting(
    context: OperationContext, change: ResourceChange, wanted: Properties, old: Properties
) -> None:
    """Change the first of a replica's settings that differs, as the real provider does.

    Its `updateReplica` leaves the loop after point-in-time recovery, so that deletion protection
    differs until the next update. Tags have a function of their own there.
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table.go
    """
    protection = wanted.get("deletionProtectionEnabled")
    if bool(wanted.get("pointInTimeRecovery")) != bool(old.get("pointInTimeRecovery")):
        _set_recovery(context, change, wanted)
    elif protection is not None and protection != bool(old.get("deletionProtectionEnabled")):
        _set_protection(context, change, wanted)
    _propagate_tags(context, change, wanted, old)


def _set_recovery(context: OperationContext, change: ResourceChange, wanted: Properties) -> None:
    specification = {"PointInTimeRecoveryEnabled": bool(wanted.get("pointInTimeRecovery"))}
    params = {"TableName": change.id, "PointInTimeRecoverySpecification": specification}
    context.call("UpdateContinuousBackups", params, region=wanted["regionName"])


def _set_protection(context: OperationContext, change: ResourceChange, wanted: Properties) -> None:
    region = wanted["regionName"]
    enabled = bool(wanted.get("deletionProtectionEnabled"))
    params = {"TableName": change.id, "DeletionProtectionEnabled": enabled}
    context.call("UpdateTable", params, region=region)
    _wait_for_status(context, change.id, region, "ACTIVE")


def _propagate_tags(
    context: OperationContext, change: ResourceChange, wanted: Properties, old: Properties
) -> None:
    region = wanted["regionName"]
    if wanted.get("propagateTags") and not old.get("propagateTags"):
        described = context.call("DescribeTable", {"TableName": change.id}, region=region)
        tags = merge_tags(change.new, dict(context.default_tags))
        _tag(context, region, described["Table"]["TableArn"], tags, [])


def _tag(
    context: OperationContext, region: str, arn: str, tags: Properties, removed: list[str]
) -> None:
    if removed:
        context.call("UntagResource", {"ResourceArn": arn, "TagKeys": removed}, region=region)
    if tags:
        context.call("TagResource", {"ResourceArn": arn, "Tags": to_tag_pairs(tags)}, region=region)


def _replica_arn(table: Properties, region: str) -> str:
    parts = str(table["arn"]).split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def _read_replica(found: DescribedResource, listed: Properties, recorded: Properties) -> Properties:
    region = listed["RegionName"]
    table = {"TableName": found.id}
    described = found.context.call("DescribeTable", table, region=region)["Table"]
    backups = found.context.call("DescribeContinuousBackups", table, region=region)
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    values: dict[str, Value] = {
        "regionName": region,
        "arn": described["TableArn"],
        "streamArn": described.get("LatestStreamArn"),
        "streamLabel": described.get("LatestStreamLabel"),
        "kmsKeyArn": listed.get("KMSMasterKeyId"),
        "consistencyMode": found.description.get("MultiRegionConsistency") or "EVENTUAL",
        "deletionProtectionEnabled": bool(described.get("DeletionProtectionEnabled")),
        "pointInTimeRecovery": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "propagateTags": bool(recorded.get("propagateTags")),
    }
    return {name: value for name, value in values.items() if value is not None}
