"""DynamoDB tables; indexes and replicas are part of the table's declaration."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from twin.provider.resources.dynamodb import indexes
from twin.provider.resources.dynamodb.replicas import (
    REPLICAS,
    WITNESS,
    ReplicasAspect,
    ReplicaTagsAspect,
    remove_all_replicas,
)
from twin.provider.schema.calls import wait_for_state
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceType,
    WriteOnlyAspect,
    block,
    block_set,
    boolean,
    integer,
    output,
    string,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_DESCRIBE = AwsOperation(operation="DescribeTable", id_param="TableName", result="Table")
_ACTIVE = AwaitedState(call=_DESCRIBE, state="TableStatus", wanted=frozenset({"ACTIVE"}))


# -- the creating call


def _creation_params(_: OperationContext, new: Properties) -> Properties:
    params: Properties = {
        "KeySchema": indexes.key_schema(new["hashKey"], new.get("rangeKey")),
        "AttributeDefinitions": indexes.attribute_definitions(new),
        **indexes.throughput(new, new["billingMode"]),
        **indexes.index_parameters(new),
    }
    if new.get("streamEnabled"):
        params |= _stream_params(new)
    if new.get("serverSideEncryption"):
        params |= _encryption_params(new)
    return params


def _stream_params(new: Properties) -> Properties:
    if not new.get("streamEnabled"):
        return {"StreamSpecification": {"StreamEnabled": False}}
    view = new.get("streamViewType") or "NEW_AND_OLD_IMAGES"
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


def _encryption_params(new: Properties) -> Properties:
    wanted = new.get("serverSideEncryption") or {"enabled": False}
    specification: Properties = {"Enabled": wanted["enabled"]}
    if wanted["enabled"]:
        specification["SSEType"] = "KMS"
    if wanted.get("kmsKeyArn"):
        specification["KMSMasterKeyId"] = wanted["kmsKeyArn"]
    return {"SSESpecification": specification}


# -- settings changed by UpdateTable, one at a time


def _protection_params(new: Properties) -> Properties:
    return {"DeletionProtectionEnabled": bool(new.get("deletionProtectionEnabled"))}


def _limit_params(new: Properties) -> Properties:
    """The maximum throughput. A removed block sends nothing, so AWS refuses the call: as with the
    real provider, only -1 removes a maximum."""
    limits = new.get("onDemandThroughput")
    if not limits:
        return {}
    members = {
        "MaxReadRequestUnits": limits.get("maxReadRequestUnits"),
        "MaxWriteRequestUnits": limits.get("maxWriteRequestUnits"),
    }
    return {"OnDemandThroughput": {name: units for name, units in members.items() if units}}


def _class_params(new: Properties) -> Properties:
    return {"TableClass": new.get("tableClass") or "STANDARD"}


@dataclass(frozen=True, slots=True)
class UpdateTableAspect(WriteOnlyAspect):
    """A setting that UpdateTable changes: AWS accepts one in each call.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """

    names: frozenset[str]
    params: Callable[[Properties], Properties]
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Update the table, and wait until it is ACTIVE."""
        context.call("UpdateTable", {"TableName": change.id, **self.params(change.new)})
        wait_for_state(context, _ACTIVE, change.ref, subject=f"table {change.id}")


@dataclass(frozen=True, slots=True)
class StreamAspect(UpdateTableAspect):
    """The stream: AWS changes the view of none that is enabled."""

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Disable an enabled stream before it gets another view (cycleStreamEnabled)."""
        if change.old.get("streamEnabled") and change.new.get("streamEnabled"):
            UpdateTableAspect.apply(self, context, replace(change, new={}))
        UpdateTableAspect.apply(self, context, change)


# -- settings with operations of their own


@dataclass(frozen=True, slots=True)
class TimeToLiveAspect:
    """Time to live: the attribute with an item's expiry time."""

    names: frozenset[str] = frozenset({"ttl"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Enable or disable it; AWS rejects disabling it twice."""
        wanted, old = change.new.get("ttl") or {}, change.old.get("ttl") or {}
        if wanted.get("enabled"):
            self._set(context, change.id, wanted["attributeName"], enabled=True)
        elif old.get("enabled"):
            self._set(context, change.id, old["attributeName"], enabled=False)

    def read(self, found: DescribedResource) -> Properties:
        response = found.context.call("DescribeTimeToLive", {"TableName": found.id})
        described = response.get("TimeToLiveDescription", {})
        enabled = described.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
        recorded = found.recorded.get("ttl") or {}
        attribute = described.get("AttributeName") or recorded.get("attributeName")
        if not (enabled or recorded):
            return {}
        return {"ttl": {"attributeName": attribute, "enabled": enabled}}

    def _set(self, context: OperationContext, table: str, attribute: str, *, enabled: bool) -> None:
        specification = {"AttributeName": attribute, "Enabled": enabled}
        params = {"TableName": table, "TimeToLiveSpecification": specification}
        context.call("UpdateTimeToLive", params)


@dataclass(frozen=True, slots=True)
class PointInTimeRecoveryAspect:
    """Continuous backups."""

    names: frozenset[str] = frozenset({"pointInTimeRecovery"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Enable or disable it; it is disabled in a new table."""
        wanted = change.new.get("pointInTimeRecovery") or {}
        if change.creating and not wanted.get("enabled"):
            return
        enabled = bool(wanted.get("enabled"))
        specification: Properties = {"PointInTimeRecoveryEnabled": enabled}
        if wanted.get("recoveryPeriodInDays"):
            specification["RecoveryPeriodInDays"] = wanted["recoveryPeriodInDays"]
        params = {"TableName": change.id, "PointInTimeRecoverySpecification": specification}
        context.call("UpdateContinuousBackups", params)

    def read(self, found: DescribedResource) -> Properties:
        response = found.context.call("DescribeContinuousBackups", {"TableName": found.id})
        backups = response["ContinuousBackupsDescription"]
        described = backups.get("PointInTimeRecoveryDescription", {})
        enabled = described.get("PointInTimeRecoveryStatus") == "ENABLED"
        days = described.get("RecoveryPeriodInDays") if enabled else None
        period = {"recoveryPeriodInDays": days} if days else {}
        return {"pointInTimeRecovery": {"enabled": enabled, **period}}


def _validate(inputs: Properties) -> list[tuple[str, str]]:
    """Attributes must be declared for all keys, and for keys only:
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
    ttl = inputs.get("ttl")
    if isinstance(ttl, dict) and ttl.get("enabled") and not ttl.get("attributeName"):
        found.append(("ttl.attributeName", "must be given where ttl is enabled"))
    regions = [r.get("regionName") for r in inputs.get("replicas") or [] if isinstance(r, dict)]
    if inputs.get("region") in regions:
        found.append(("replicas", f"{inputs['region']} is the table's own Region"))
    return found


def _key(name: str) -> Callable[[DescribedResource], Value]:
    return lambda found: indexes.parse_key_schema(found.description).get(name)


TABLE = ResourceType(
    name="aws:dynamodb/table:Table",
    service="dynamodb",
    properties=(
        string("name", aws="TableName", replaces=True),
        string("hashKey", required=True, replaces=True, derive=_key("hashKey")),
        string("rangeKey", replaces=True, derive=_key("rangeKey")),
        block_set(
            "attributes",
            string("name", aws="AttributeName", required=True),
            string("type", aws="AttributeType", required=True, choices=("S", "N", "B")),
            aws="AttributeDefinitions",
            computed=True,
        ),
        string(
            "billingMode",
            path="BillingModeSummary.BillingMode",
            default="PROVISIONED",
            choices=("PROVISIONED", "PAY_PER_REQUEST"),
        ),
        integer("readCapacity", path="ProvisionedThroughput.ReadCapacityUnits", computed=True),
        integer("writeCapacity", path="ProvisionedThroughput.WriteCapacityUnits", computed=True),
        block(
            "onDemandThroughput",
            integer("maxReadRequestUnits", computed=True, removing_value=-1),
            integer("maxWriteRequestUnits", computed=True, removing_value=-1),
            record_live=True,
        ),
        boolean("streamEnabled", path="StreamSpecification.StreamEnabled"),
        string(
            "streamViewType",
            path="StreamSpecification.StreamViewType",
            computed=True,
            choices=("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
        ),
        indexes.GLOBAL_INDEXES,
        indexes.LOCAL_INDEXES,
        REPLICAS,
        WITNESS,
        block(
            "ttl",
            string("attributeName"),
            boolean("enabled", default=False),
            computed=True,
            local=True,
        ),
        block(
            "pointInTimeRecovery",
            boolean("enabled", required=True),
            integer("recoveryPeriodInDays", computed=True, between=(1, 35)),
            computed=True,
            local=True,
        ),
        block(
            "serverSideEncryption",
            boolean("enabled", required=True),
            string("kmsKeyArn", computed=True),
            computed=True,
            local=True,
        ),
        string(
            "tableClass",
            path="TableClassSummary.TableClass",
            default="STANDARD",
            choices=("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
        ),
        boolean("deletionProtectionEnabled"),
        output("arn", "TableArn"),
        output("streamArn", "LatestStreamArn", changes_with=("streamEnabled", "streamViewType")),
        output(
            "streamLabel", "LatestStreamLabel", changes_with=("streamEnabled", "streamViewType")
        ),
    ),
    create=AwsOperation(
        operation="CreateTable", result="TableDescription", extra_params=_creation_params
    ),
    read=_DESCRIBE,
    delete=AwsOperation(operation="DeleteTable", id_param="TableName"),
    resource_id="TableName",
    not_found_codes=frozenset({"ResourceNotFoundException"}),
    autoname=Autoname(),
    ready=_ACTIVE,
    aspects=(
        indexes.CapacityAspect(),
        UpdateTableAspect(frozenset({"onDemandThroughput"}), _limit_params),
        StreamAspect(frozenset({"streamEnabled", "streamViewType"}), _stream_params),
        UpdateTableAspect(frozenset({"serverSideEncryption"}), _encryption_params),
        UpdateTableAspect(frozenset({"tableClass"}), _class_params),
        UpdateTableAspect(frozenset({"deletionProtectionEnabled"}), _protection_params),
        indexes.IndexesAspect(),
        TimeToLiveAspect(),
        PointInTimeRecoveryAspect(),
        ReplicasAspect(),
        ReplicaTagsAspect(),
    ),
    before_delete=remove_all_replicas,
    wait_until_gone=True,
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsOfResource",
        id_param=lambda ref: {"ResourceArn": ref.properties["arn"]},
    ),
    validate=_validate,
)

TYPES = (TABLE,)
