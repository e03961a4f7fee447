"""DynamoDB: tables, with replicas inline."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.provider.resources import dynamodb_indexes as indexes
from twin.provider.resources.dynamodb_replicas import (
    REPLICAS,
    WITNESS,
    Replicas,
    ReplicaTags,
    remove_all,
)
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceType,
    block,
    block_set,
    flag,
    output,
    text,
    whole,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_DESCRIBE = AwsOperation(operation="DescribeTable", by="TableName", result="Table")


# -- the creating call


def _creation(_: OperationContext, new: Properties) -> Properties:
    params: Properties = {
        "KeySchema": indexes.key_schema(new["hashKey"], new.get("rangeKey")),
        "AttributeDefinitions": indexes.definitions(new),
        **indexes.throughput(new, new["billingMode"]),
        **indexes.for_creation(new),
    }
    if new.get("streamEnabled"):
        params |= _stream(new)
    if new.get("serverSideEncryption"):
        params |= _encryption(new)
    return params


def _stream(new: Properties) -> Properties:
    if not new.get("streamEnabled"):
        return {"StreamSpecification": {"StreamEnabled": False}}
    view = new.get("streamViewType") or "NEW_AND_OLD_IMAGES"
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


def _encryption(new: Properties) -> Properties:
    wanted = new.get("serverSideEncryption") or {"enabled": False}
    specification: Properties = {"Enabled": wanted["enabled"]}
    if wanted["enabled"]:
        specification["SSEType"] = "KMS"
    if wanted.get("kmsKeyArn"):
        specification["KMSMasterKeyId"] = wanted["kmsKeyArn"]
    return {"SSESpecification": specification}


# -- changes by UpdateTable, one subject at a time


def _billing(new: Properties) -> Properties:
    return {"BillingMode": new["billingMode"], **indexes.throughput(new, new["billingMode"])}


def _protection(new: Properties) -> Properties:
    return {"DeletionProtectionEnabled": bool(new.get("deletionProtectionEnabled"))}


def _class(new: Properties) -> Properties:
    return {"TableClass": new.get("tableClass") or "STANDARD"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A subject of UpdateTable: AWS takes one at a time.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """

    names: frozenset[str]
    params: Callable[[Properties], Properties]
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """The creating call took the first one."""
        scope.call("UpdateTable", {"TableName": change.id, **self.params(change.new)})

        def look() -> tuple[bool, str]:
            table = scope.call("DescribeTable", {"TableName": change.id})["Table"]
            return table["TableStatus"] == "ACTIVE", table["TableStatus"]

        scope.patience.until(f"table {change.id} to be ACTIVE", look)

    def read(self, found: DescribedResource) -> Properties:
        """Nothing more."""
        return {}


# -- settings with calls of their own


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """The attribute that says when an item expires."""

    names: frozenset[str] = frozenset({"ttl"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """AWS refuses to switch off what is off, so a change says what it is now."""
        wanted, old = change.new.get("ttl") or {}, change.old.get("ttl") or {}
        if wanted.get("enabled"):
            self._set(scope, change.id, wanted["attributeName"], enabled=True)
        elif old.get("enabled"):
            self._set(scope, change.id, old["attributeName"], enabled=False)

    def read(self, found: DescribedResource) -> Properties:
        """A call of its own."""
        answer = found.scope.call("DescribeTimeToLive", {"TableName": found.id})
        told = answer.get("TimeToLiveDescription", {})
        enabled = told.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        recorded = found.recorded.get("ttl") or {}
        attribute = told.get("AttributeName") or recorded.get("attributeName")
        if not (enabled or recorded):
            return {}
        return {"ttl": {"attributeName": attribute, "enabled": enabled}}

    def _set(self, scope: OperationContext, table: str, attribute: str, *, enabled: bool) -> None:
        specification = {"AttributeName": attribute, "Enabled": enabled}
        params = {"TableName": table, "TimeToLiveSpecification": specification}
        scope.call("UpdateTimeToLive", params)


@dataclass(frozen=True, slots=True)
class PointInTimeRecovery:
    """Continuous backups."""

    names: frozenset[str] = frozenset({"pointInTimeRecovery"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """A new table has none."""
        wanted = change.new.get("pointInTimeRecovery") or {}
        if change.creating and not wanted.get("enabled"):
            return
        enabled = bool(wanted.get("enabled"))
        specification: Properties = {"PointInTimeRecoveryEnabled": enabled}
        if wanted.get("recoveryPeriodInDays"):
            specification["RecoveryPeriodInDays"] = wanted["recoveryPeriodInDays"]
        params = {"TableName": change.id, "PointInTimeRecoverySpecification": specification}
        scope.call("UpdateContinuousBackups", params)

    def read(self, found: DescribedResource) -> Properties:
        """A call of its own."""
        answer = found.scope.call("DescribeContinuousBackups", {"TableName": found.id})
        told = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        enabled = told.get("PointInTimeRecoveryStatus") == "ENABLED"
        days = told.get("RecoveryPeriodInDays") if enabled else None
        period = {"recoveryPeriodInDays": days} if days else {}
        return {"pointInTimeRecovery": {"enabled": enabled, **period}}


def _rules(inputs: Properties) -> list[tuple[str, str]]:
    """Attributes are declared for keys only, each of them:
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    """
    declared = {a["name"] for a in inputs.get("attributes") or [] if isinstance(a, dict)}
    used = indexes.used_attributes(inputs)
    found = [
        ("attributes", f"'{name}' is a key, but attributes do not declare its type")
        for name in sorted(used - declared)
    ]
    found += [
        ("attributes", f"'{name}' is declared, but no key uses it")
        for name in sorted(declared - used)
        if isinstance(name, str)
    ]
    regions = [r.get("regionName") for r in inputs.get("replicas") or [] if isinstance(r, dict)]
    if inputs.get("region") in regions:
        found.append(("replicas", f"{inputs['region']} is the table's own Region"))
    return found


def _key(name: str) -> Callable[[DescribedResource], Value]:
    return lambda found: indexes.keys(found.description).get(name)


TABLE = ResourceType(
    name="aws:dynamodb/table:Table",
    service="dynamodb",
    properties=(
        text("name", aws="TableName", replaces=True),
        text("hashKey", required=True, replaces=True, derive=_key("hashKey")),
        text("rangeKey", replaces=True, derive=_key("rangeKey")),
        block_set(
            "attributes",
            text("name", aws="AttributeName", required=True),
            text("type", aws="AttributeType", required=True, choices=("S", "N", "B")),
            aws="AttributeDefinitions",
            computed=True,
        ),
        text(
            "billingMode",
            path="BillingModeSummary.BillingMode",
            default="PROVISIONED",
            choices=("PROVISIONED", "PAY_PER_REQUEST"),
        ),
        whole("readCapacity", path="ProvisionedThroughput.ReadCapacityUnits", computed=True),
        whole("writeCapacity", path="ProvisionedThroughput.WriteCapacityUnits", computed=True),
        flag("streamEnabled", path="StreamSpecification.StreamEnabled"),
        text(
            "streamViewType",
            path="StreamSpecification.StreamViewType",
            computed=True,
            choices=("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
        ),
        indexes.GLOBAL,
        indexes.LOCAL,
        REPLICAS,
        WITNESS,
        block(
            "ttl",
            text("attributeName"),
            flag("enabled", default=False),
            computed=True,
            local=True,
        ),
        block(
            "pointInTimeRecovery",
            flag("enabled", required=True),
            whole("recoveryPeriodInDays", computed=True, between=(1, 35)),
            computed=True,
            local=True,
        ),
        block(
            "serverSideEncryption",
            flag("enabled", required=True),
            text("kmsKeyArn", computed=True),
            computed=True,
            local=True,
        ),
        text(
            "tableClass",
            path="TableClassSummary.TableClass",
            default="STANDARD",
            choices=("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
        ),
        flag("deletionProtectionEnabled"),
        output("arn", "TableArn"),
        output("streamArn", "LatestStreamArn", changes_with=("streamEnabled", "streamViewType")),
        output(
            "streamLabel", "LatestStreamLabel", changes_with=("streamEnabled", "streamViewType")
        ),
    ),
    create=AwsOperation(operation="CreateTable", result="TableDescription", adds=_creation),
    read=_DESCRIBE,
    delete=AwsOperation(operation="DeleteTable", by="TableName"),
    identity="TableName",
    missing=frozenset({"ResourceNotFoundException"}),
    autoname=Autoname(),
    settled=AwaitedState(call=_DESCRIBE, state="TableStatus", wanted=frozenset({"ACTIVE"})),
    facets=(
        Setting(frozenset({"billingMode", "readCapacity", "writeCapacity"}), _billing),
        Setting(frozenset({"streamEnabled", "streamViewType"}), _stream),
        Setting(frozenset({"serverSideEncryption"}), _encryption),
        Setting(frozenset({"tableClass"}), _class),
        Setting(frozenset({"deletionProtectionEnabled"}), _protection),
        indexes.Indexes(),
        TimeToLive(),
        PointInTimeRecovery(),
        Replicas(),
        ReplicaTags(),
    ),
    before_delete=remove_all,
    gone=True,
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsOfResource",
        by=lambda ref: {"ResourceArn": ref.properties["arn"]},
    ),
    rules=_rules,
)

TYPES = (TABLE,)
