"""CloudWatch Logs: log groups."""

from dataclasses import dataclass

from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    flag,
    output,
    text,
    whole,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_RETENTIONS = frozenset(
    {0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557}
    | {2922, 3288, 3653}
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days events are kept; 0 is for ever, which is the absence of a policy."""

    names: frozenset[str] = frozenset({"retentionInDays"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Set it, or take the policy away."""
        group = {"logGroupName": change.id}
        if days := change.new.get("retentionInDays"):
            scope.call("PutRetentionPolicy", {**group, "retentionInDays": days})
        elif not change.creating:
            scope.call("DeleteRetentionPolicy", group)

    def read(self, found: DescribedResource) -> Properties:
        """From the description."""
        return {"retentionInDays": found.description.get("retentionInDays") or 0}


def _group_arn(found: DescribedResource) -> Value:
    """Without the `:*` that means its streams."""
    return str(found.description.get("arn", "")).removesuffix(":*") or None


def _exactly(ref: ResourceRef, answer: Properties) -> Value:
    """A prefix may match others too."""
    return next((g for g in answer["logGroups"] if g["logGroupName"] == ref.id), None)


def _arn_for_tags(ref: ResourceRef) -> Properties:
    return {"resourceArn": ref.properties["arn"]}


def _rules(inputs: Properties) -> list[tuple[str, str]]:
    days = inputs.get("retentionInDays")
    if isinstance(days, int) and days not in _RETENTIONS:
        listed = ", ".join(map(str, sorted(_RETENTIONS)))
        return [("retentionInDays", f"expected one of {listed}; got {days}")]
    return []


def _skipped(properties: Properties) -> bool:
    return bool(properties.get("skipDestroy"))


LOG_GROUP = ResourceType(
    name="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    properties=(
        text("name", aws="logGroupName", replaces=True),
        whole("retentionInDays", default=0),
        text("logGroupClass", computed=True, replaces=True),
        flag("skipDestroy", default=False, local=True),
        output("arn", derive=_group_arn),
    ),
    create=AwsOperation(operation="CreateLogGroup"),
    read=AwsOperation(
        operation="DescribeLogGroups",
        by=lambda ref: {"logGroupNamePrefix": ref.id, "limit": 50},
        result=_exactly,
    ),
    delete=AwsOperation(operation="DeleteLogGroup", by="logGroupName"),
    identity=lambda _, new: str(new["name"]),
    missing=frozenset({"ResourceNotFoundException"}),
    autoname=Autoname(longest=512),
    facets=(Retention(),),
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsForResource",
        by=_arn_for_tags,
        as_map=True,
        keys="tagKeys",
        result="tags",
    ),
    retained=_skipped,
    rules=_rules,
)

TYPES = (LOG_GROUP,)
