"""Elastic Load Balancing v2: target groups and who is in them."""

from twin.provider.resources.lb_common import TAGS, arn_suffix
from twin.provider.schema.aspects import ElbAttributesAspect, ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    OperationContext,
    Property,
    PropertyKind,
    ResourceRef,
    ResourceType,
    block,
    flag,
    output,
    text,
    whole,
)
from twin.provider.values import Properties, Value

# -- target group

_DESCRIBE_TARGET_GROUP = AwsOperation(
    operation="DescribeTargetGroups", by="TargetGroupArns[]", result="TargetGroups[0]"
)
_HEALTH_CHECK = block(
    "healthCheck",
    flag("enabled", aws="HealthCheckEnabled", default=True),
    whole("healthyThreshold", aws="HealthyThresholdCount", default=3, between=(2, 10)),
    whole("interval", aws="HealthCheckIntervalSeconds", default=30, between=(5, 300)),
    text("matcher", path="Matcher.HttpCode", computed=True, local=True),
    text("path", aws="HealthCheckPath", computed=True),
    text("port", aws="HealthCheckPort", default="traffic-port", local=True),
    text("protocol", aws="HealthCheckProtocol", default="HTTP", local=True),
    whole("timeout", aws="HealthCheckTimeoutSeconds", computed=True, between=(2, 120)),
    whole("unhealthyThreshold", aws="UnhealthyThresholdCount", default=3, between=(2, 10)),
    computed=True,
    flat=True,
)
_TARGET_GROUP_KEYS = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds",
}


_TARGET_GROUP_ATTRIBUTES = (
    whole("deregistrationDelay", default=300, between=(0, 3600)),
    flag("lambdaMultiValueHeadersEnabled", default=False),
    text("loadBalancingAlgorithmType", computed=True),
    whole("slowStart", default=0, between=(0, 900)),
    block(
        "stickiness",
        text("type", required=True),
        flag("enabled", default=True),
        whole("cookieDuration", default=86400),
        computed=True,
    ),
)


def _attributes_of_target_type(values: Properties) -> frozenset[str]:
    """A Lambda target group has one attribute of its own, and none of the others':
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    own = frozenset({"lambdaMultiValueHeadersEnabled"})
    if values.get("targetType") == "lambda":
        return own
    return frozenset(prop.name for prop in _TARGET_GROUP_ATTRIBUTES) - own


def _health_check(_: OperationContext, new: Properties) -> Properties:
    """AWS refuses the port and protocol of a health check that calls a function:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    check = new.get("healthCheck") or {}
    found: Properties = {}
    if check.get("matcher"):
        found["Matcher"] = {"HttpCode": check["matcher"]}
    if check and new["targetType"] != "lambda":
        found["HealthCheckPort"] = check["port"]
        found["HealthCheckProtocol"] = check["protocol"]
    return found


def _target_group_rules(inputs: Properties) -> list[tuple[str, str]]:
    if inputs["targetType"] == "lambda":
        return [
            (name, f"'{name}' has no meaning for a target group of type lambda")
            for name in ("port", "protocol", "vpcId")
            if name in inputs
        ]
    return [
        (name, f"'{name}' must be given for a target group of type {inputs['targetType']}")
        for name in ("port", "protocol", "vpcId")
        if name not in inputs
    ]


TARGET_GROUP = ResourceType(
    name="aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    properties=(
        text("name", path="TargetGroupName", replaces=True),
        text(
            "targetType",
            default="instance",
            choices=("instance", "ip", "lambda", "alb"),
            replaces=True,
        ),
        whole("port", replaces=True),
        text("protocol", replaces=True),
        text("protocolVersion", computed=True, replaces=True),
        text("ipAddressType", computed=True, replaces=True),
        text("vpcId", replaces=True),
        _HEALTH_CHECK,
        *_TARGET_GROUP_ATTRIBUTES,
        output("arn", "TargetGroupArn"),
        arn_suffix(""),
        Property(
            name="loadBalancerArns", kind=PropertyKind.TEXTS, path="LoadBalancerArns", output=True
        ),
    ),
    create=AwsOperation(
        operation="CreateTargetGroup", result="TargetGroups[0]", adds=_health_check
    ),
    read=_DESCRIBE_TARGET_GROUP,
    delete=AwsOperation(operation="DeleteTargetGroup", by="TargetGroupArn"),
    identity="TargetGroupArn",
    missing=frozenset({"TargetGroupNotFound"}),
    autoname=Autoname(longest=32),
    facets=(
        ModifyAspect(
            operation="ModifyTargetGroup",
            by="TargetGroupArn",
            sets=(_HEALTH_CHECK,),
            adds=_health_check,
        ),
        ElbAttributesAspect(
            modify="ModifyTargetGroupAttributes",
            describe="DescribeTargetGroupAttributes",
            by="TargetGroupArn",
            keys=_TARGET_GROUP_KEYS,
            sets=_TARGET_GROUP_ATTRIBUTES,
            applies=_attributes_of_target_type,
        ),
    ),
    tagging=TAGS,
    rules=_target_group_rules,
)


# -- attachment


def _target(ref: ResourceRef) -> Properties:
    wanted = {"Id": "targetId", "Port": "port", "AvailabilityZone": "availabilityZone"}
    target = {aws: ref.properties[name] for aws, name in wanted.items() if name in ref.properties}
    return {"TargetGroupArn": ref.properties["targetGroupArn"], "Targets": [target]}


def _registration(_: OperationContext, new: Properties) -> Properties:
    return _target(ResourceRef(id="", properties=new))


def _registered(ref: ResourceRef, answer: Properties) -> Value:
    """A target that is gone is `unused`, or no longer listed; one that drains is on its way out."""
    for health in answer.get("TargetHealthDescriptions", []):
        reason = health.get("TargetHealth", {}).get("Reason", "")
        if health["Target"]["Id"] == ref.properties.get("targetId") and reason not in (
            "Target.NotRegistered",
            "Target.DeregistrationInProgress",
        ):
            return {"TargetId": health["Target"]["Id"], "Port": health["Target"].get("Port")}
    return None


TARGET_GROUP_ATTACHMENT = ResourceType(
    name="aws:lb/targetGroupAttachment:TargetGroupAttachment",
    service="elbv2",
    properties=(
        text("targetGroupArn", required=True, replaces=True, kept=True),
        text("targetId", required=True, replaces=True),
        whole("port", replaces=True),
        text("availabilityZone", replaces=True, kept=True),
    ),
    create=AwsOperation(operation="RegisterTargets", adds=_registration),
    read=AwsOperation(operation="DescribeTargetHealth", by=_target, result=_registered),
    delete=AwsOperation(operation="DeregisterTargets", by=_target),
    identity=lambda _, new: f"{new['targetGroupArn']}-{new['targetId'].rpartition(':')[2]}",
    missing=frozenset({"TargetGroupNotFound", "InvalidTarget"}),
)
