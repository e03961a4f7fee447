"""CloudWatch Logs: log groups."""

from twin.core.cloudwatch.log_events import RETENTION_DAYS
from twin.provider.schema.aspects import PutOrDeleteAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    ResourceRef,
    ResourceType,
    boolean,
    integer,
    output,
    string,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_RETENTIONS = RETENTION_DAYS | {0}


_RETENTION = integer("retentionInDays", default=0)


def _read_retention(found: DescribedResource) -> Properties:
    """0, for ever, is the absence of a policy."""
    return {"retentionInDays": found.description.get("retentionInDays") or 0}


def _group_arn(found: DescribedResource) -> Value:
    """The ARN without the `:*` at its end, which means the log streams."""
    return str(found.description.get("arn", "")).removesuffix(":*") or None


def _find_group(ref: ResourceRef, response: Properties) -> Value:
    """The group of exactly this name; the prefix may match others."""
    return next((g for g in response["logGroups"] if g["logGroupName"] == ref.id), None)


def _validate(inputs: Properties) -> list[tuple[str, str]]:
    days = inputs.get("retentionInDays")
    if isinstance(days, int) and days not in _RETENTIONS:
        listed = ", ".join(map(str, sorted(_RETENTIONS)))
        return [("retentionInDays", f"expected one of {listed}; got {days}")]
    return []


LOG_GROUP = ResourceType(
    name="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    properties=(
        string("name", aws="logGroupName", replaces=True),
        _RETENTION,
        string("logGroupClass", computed=True, replaces=True),
        boolean("skipDestroy", default=False, local=True),
        output("arn", derive=_group_arn),
    ),
    create=AwsOperation(operation="CreateLogGroup"),
    read=AwsOperation(
        operation="DescribeLogGroups",
        id_param=lambda ref: {"logGroupNamePrefix": ref.id, "limit": 50},
        result=_find_group,
    ),
    delete=AwsOperation(operation="DeleteLogGroup", id_param="logGroupName"),
    resource_id=lambda _, new: str(new["name"]),
    not_found_codes=frozenset({"ResourceNotFoundException"}),
    autoname=Autoname(longest=512, prefix="namePrefix"),
    only_false=frozenset({"deletionProtectionEnabled"}),
    aspects=(
        PutOrDeleteAspect(
            setting=_RETENTION,
            put="PutRetentionPolicy",
            delete="DeleteRetentionPolicy",
            id_param="logGroupName",
            at_creation=True,
            reader=_read_retention,
        ),
    ),
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsForResource",
        id_param=lambda ref: {"resourceArn": ref.properties["arn"]},
        as_map=True,
        keys="tagKeys",
        result="tags",
    ),
    skip_deletion=lambda properties: bool(properties.get("skipDestroy")),
    validate=_validate,
)

TYPES = (LOG_GROUP,)
