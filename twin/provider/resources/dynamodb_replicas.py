"""The replicas of a DynamoDB global table: one change at a time, each setting in its own Region.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed
from twin.provider.operations.diff import merge_tags
from twin.provider.schema.resource_type import (
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    block,
    block_set,
    flag,
    text,
)
from twin.provider.schema.tags import to_tag_pairs
from twin.provider.values import Properties, Value

REPLICAS = block_set(
    "replicas",
    text("regionName", required=True),
    text("consistencyMode", default="EVENTUAL", choices=("EVENTUAL", "STRONG")),
    flag("deletionProtectionEnabled", computed=True),
    text("kmsKeyArn", computed=True),
    flag("pointInTimeRecovery", default=False),
    flag("propagateTags", default=False),
    text("arn", output=True, computed=True),
    text("streamArn", output=True, computed=True),
    text("streamLabel", output=True, computed=True),
    local=True,
)
WITNESS = block("globalTableWitness", text("regionName", required=True), local=True)


@dataclass(frozen=True, slots=True)
class Replicas:
    """Which Regions have the table, and its settings there."""

    names: frozenset[str] = frozenset({"replicas", "globalTableWitness"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Remove those no longer wanted, add new ones, then set what changed in each."""
        wanted = _by_region(change.new)
        there = {} if change.creating else _by_region(_recorded(scope, change))
        for region in sorted(there.keys() - wanted.keys()):
            remove(scope, change.id, region)
        _add(scope, change, [wanted[name] for name in sorted(wanted.keys() - there.keys())])
        for region in sorted(wanted):
            _configure(scope, change, wanted[region], there.get(region, {}))

    def read(self, found: DescribedResource) -> Properties:
        """What each Region says of its replica."""
        recorded = _by_region(found.recorded)
        values: Properties = {
            "replicas": [
                _replica(found, listed, recorded.get(listed["RegionName"], {}))
                for listed in found.description.get("Replicas") or []
                if listed["RegionName"] != found.scope.region
            ]
        }
        witnesses = found.description.get("GlobalTableWitnesses") or []
        if witnesses:
            values["globalTableWitness"] = {"regionName": witnesses[0]["RegionName"]}
        return values


@dataclass(frozen=True, slots=True)
class ReplicaTags:
    """The table's tags, on the replicas that are to have them."""

    names: frozenset[str] = frozenset({"tagsAll"})
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Replicas that are new get theirs when they are made."""
        old = change.old.get("tagsAll") or {}
        tags = merge_tags(change.new, dict(scope.default_tags))
        for replica in _by_region(change.new).values():
            if replica.get("propagateTags"):
                arn = _arn(change.old, replica["regionName"])
                _tag(scope, replica["regionName"], arn, tags, sorted(old.keys() - tags.keys()))

    def read(self, found: DescribedResource) -> Properties:
        """Nothing more."""
        return {}


def remove_all(scope: OperationContext, ref: ResourceRef) -> None:
    """A table can be deleted when it has no replicas left, so the real provider removes them."""
    for region in sorted(_by_region(ref.properties)):
        try:
            remove(scope, ref.id, region)
        except AwsCallFailed as exc:
            if exc.code not in ("ReplicaNotFoundException", "ResourceNotFoundException"):
                raise


def remove(scope: OperationContext, table: str, region: str) -> None:
    """Take the table out of one Region, and wait until it is out."""
    _update(scope, table, {"Delete": {"RegionName": region}})
    scope.patience.until(
        f"replica of {table} in {region} to be gone",
        lambda: _status_is(scope, table, region, "gone"),
    )


def _by_region(properties: Properties) -> dict[str, Properties]:
    return {replica["regionName"]: replica for replica in properties.get("replicas") or []}


def _recorded(scope: OperationContext, change: ResourceChange) -> Properties:
    """Recorded replicas that are really there: one that was removed by hand is made again."""
    answer = scope.call("DescribeTable", {"TableName": change.id})
    listed = {r["RegionName"] for r in answer["Table"].get("Replicas") or []} - {scope.region}
    known = _by_region(change.old)
    return {"replicas": [known.get(region, {"regionName": region}) for region in sorted(listed)]}


def _add(scope: OperationContext, change: ResourceChange, replicas: list[Properties]) -> None:
    strong = [r for r in replicas if r.get("consistencyMode") == "STRONG"]
    if strong:
        _add_strong(scope, change, strong)
    for replica in replicas:
        if replica not in strong:
            _update(scope, change.id, {"Create": _creation(replica)})
            _until_active(scope, change.id, replica["regionName"])


def _add_strong(
    scope: OperationContext, change: ResourceChange, replicas: list[Properties]
) -> None:
    """Strong consistency needs all of its Regions in one call:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    params: Properties = {
        "TableName": change.id,
        "MultiRegionConsistency": "STRONG",
        "ReplicaUpdates": [{"Create": _creation(replica)} for replica in replicas],
    }
    witness = change.new.get("globalTableWitness")
    if witness:
        creation = {"Create": {"RegionName": witness["regionName"]}}
        params["GlobalTableWitnessUpdates"] = [creation]
    scope.call("UpdateTable", params)
    for replica in replicas:
        _until_active(scope, change.id, replica["regionName"])


def _creation(replica: Properties) -> Properties:
    key = replica.get("kmsKeyArn")
    return {"RegionName": replica["regionName"], **({"KMSMasterKeyId": key} if key else {})}


def _update(scope: OperationContext, table: str, update: Properties) -> None:
    scope.call("UpdateTable", {"TableName": table, "ReplicaUpdates": [update]})


def _until_active(scope: OperationContext, table: str, region: str) -> None:
    scope.patience.until(
        f"replica of {table} in {region} to be ACTIVE",
        lambda: _status_is(scope, table, region, "ACTIVE"),
    )


def _status_is(scope: OperationContext, table: str, region: str, wanted: str) -> tuple[bool, str]:
    """Only one change at a time, so the table itself has to be ACTIVE again as well."""
    described = scope.call("DescribeTable", {"TableName": table})["Table"]
    listed = {r["RegionName"]: r for r in described.get("Replicas") or []}
    state = listed.get(region, {}).get("ReplicaStatus", "gone" if region not in listed else "?")
    table_state = described["TableStatus"]
    return state == wanted and table_state == "ACTIVE", f"{state} (table {table_state})"


def _configure(
    scope: OperationContext, change: ResourceChange, wanted: Properties, old: Properties
) -> None:
    """Settings of a replica are set in its own Region."""
    region = wanted["regionName"]
    if bool(wanted.get("pointInTimeRecovery")) != bool(old.get("pointInTimeRecovery")):
        enabled = bool(wanted.get("pointInTimeRecovery"))
        specification = {"PointInTimeRecoveryEnabled": enabled}
        params = {"TableName": change.id, "PointInTimeRecoverySpecification": specification}
        scope.call("UpdateContinuousBackups", params, region=region)
    protection = wanted.get("deletionProtectionEnabled")
    if protection is not None and protection != bool(old.get("deletionProtectionEnabled")):
        params = {"TableName": change.id, "DeletionProtectionEnabled": protection}
        scope.call("UpdateTable", params, region=region)
        _until_active(scope, change.id, region)
    if wanted.get("propagateTags") and not old.get("propagateTags"):
        described = scope.call("DescribeTable", {"TableName": change.id}, region=region)
        tags = merge_tags(change.new, dict(scope.default_tags))
        _tag(scope, region, described["Table"]["TableArn"], tags, [])


def _tag(scope: OperationContext, region: str, arn: str, tags: Properties, gone: list[str]) -> None:
    if gone:
        scope.call("UntagResource", {"ResourceArn": arn, "TagKeys": gone}, region=region)
    if tags:
        scope.call("TagResource", {"ResourceArn": arn, "Tags": to_tag_pairs(tags)}, region=region)


def _arn(table: Properties, region: str) -> str:
    parts = str(table["arn"]).split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def _replica(found: DescribedResource, listed: Properties, recorded: Properties) -> Properties:
    region = listed["RegionName"]
    table = {"TableName": found.id}
    described = found.scope.call("DescribeTable", table, region=region)["Table"]
    backups = found.scope.call("DescribeContinuousBackups", table, region=region)
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
