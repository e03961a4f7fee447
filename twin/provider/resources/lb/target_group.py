"""Elastic Load Balancing v2: target groups and the registration of their targets.

Also the tagging and the properties that the types of Elastic Load Balancing share.
"""

from twin.provider.errors import ProviderError
from twin.provider.schema.aspects import ElbAttributesAspect, ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    Property,
    ResourceRef,
    ResourceType,
    block,
    boolean,
    integer,
    output,
    string,
    string_list,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

TAGS = TagOperations(
    tag="AddTags",
    untag="RemoveTags",
    listing="DescribeTags",
    id_param="ResourceArns[]",
    result="TagDescriptions[0].Tags",
)


def arn_suffix(kind: str) -> Property:
    """The end of the ARN, which is the dimension of CloudWatch's metrics (without `kind`):
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """

    def derive(found: DescribedResource) -> Value:
        return found.id.rpartition(":")[2].removeprefix(kind) or None

    return output("arnSuffix", derive=derive)


# -- target group

_DESCRIBE_TARGET_GROUP = AwsOperation(
    operation="DescribeTargetGroups", id_param="TargetGroupArns[]", result="TargetGroups[0]"
)
_HEALTH_CHECK = block(
    "healthCheck",
    boolean("enabled", aws="HealthCheckEnabled", default=True),
    integer("healthyThreshold", aws="HealthyThresholdCount", default=3, between=(2, 10)),
    integer("interval", aws="HealthCheckIntervalSeconds", default=30, between=(5, 300)),
    string("matcher", path="Matcher.HttpCode", computed=True, local=True),
    string("path", aws="HealthCheckPath", computed=True),
    string("port", aws="HealthCheckPort", default="traffic-port", local=True),
    string("protocol", aws="HealthCheckProtocol", default="HTTP", local=True),
    integer("timeout", aws="HealthCheckTimeoutSeconds", computed=True, between=(2, 120)),
    integer("unhealthyThreshold", aws="UnhealthyThresholdCount", default=3, between=(2, 10)),
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
    integer("deregistrationDelay", default=300, between=(0, 3600)),
    boolean("lambdaMultiValueHeadersEnabled", default=False),
    string("loadBalancingAlgorithmType", computed=True),
    integer("slowStart", default=0, between=(0, 900)),
    block(
        "stickiness",
        string("type", required=True),
        boolean("enabled", default=True),
        integer("cookieDuration", default=86400),
        computed=True,
    ),
)


def _applicable_attributes(values: Properties) -> frozenset[str]:
    """The attributes of a target type; Lambda target groups have just one:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    own = frozenset({"lambdaMultiValueHeadersEnabled"})
    if values.get("targetType") == "lambda":
        return own
    return frozenset(prop.name for prop in _TARGET_GROUP_ATTRIBUTES) - own


def _health_check_params(_: OperationContext, new: Properties) -> Properties:
    """The health check, without port and protocol for a Lambda target group:
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


def _validate_target_group(inputs: Properties) -> list[tuple[str, str]]:
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
        string("name", path="TargetGroupName", replaces=True),
        string(
            "targetType",
            default="instance",
            choices=("instance", "ip", "lambda", "alb"),
            replaces=True,
        ),
        integer("port", replaces=True),
        string("protocol", replaces=True),
        string("protocolVersion", computed=True, replaces=True),
        string("ipAddressType", computed=True, replaces=True),
        string("vpcId", replaces=True),
        _HEALTH_CHECK,
        *_TARGET_GROUP_ATTRIBUTES,
        output("arn", "TargetGroupArn"),
        arn_suffix(""),
        string_list("loadBalancerArns", path="LoadBalancerArns", output=True),
    ),
    create=AwsOperation(
        operation="CreateTargetGroup", result="TargetGroups[0]", extra_params=_health_check_params
    ),
    read=_DESCRIBE_TARGET_GROUP,
    delete=AwsOperation(operation="DeleteTargetGroup", id_param="TargetGroupArn"),
    resource_id="TargetGroupArn",
    not_found_codes=frozenset({"TargetGroupNotFound"}),
    autoname=Autoname(longest=32, prefix="namePrefix"),
    only_false=frozenset(
        {
            "connectionTermination",
            "proxyProtocolV2",
        }
    ),
    aspects=(
        ModifyAspect(
            operation="ModifyTargetGroup",
            id_param="TargetGroupArn",
            properties=(_HEALTH_CHECK,),
            extra_params=_health_check_params,
        ),
        ElbAttributesAspect(
            modify="ModifyTargetGroupAttributes",
            describe="DescribeTargetGroupAttributes",
            id_param="TargetGroupArn",
            keys=_TARGET_GROUP_KEYS,
            properties=_TARGET_GROUP_ATTRIBUTES,
            applicable=_applicable_attributes,
        ),
    ),
    tagging=TAGS,
    validate=_validate_target_group,
)


# -- attachment


def _target_params(ref: ResourceRef) -> Properties:
    wanted = {"Id": "targetId", "Port": "port", "AvailabilityZone": "availabilityZone"}
    target = {aws: ref.properties[name] for aws, name in wanted.items() if name in ref.properties}
    return {"TargetGroupArn": ref.properties["targetGroupArn"], "Targets": [target]}


def _registration_params(_: OperationContext, new: Properties) -> Properties:
    return _target_params(ResourceRef(id="", properties=new))


def _find_target(ref: ResourceRef, response: Properties) -> Value:
    """The target unless it is deregistered or draining; AWS lists an unknown one as unused."""
    for health in response.get("TargetHealthDescriptions", []):
        reason = health.get("TargetHealth", {}).get("Reason", "")
        if health["Target"]["Id"] == ref.properties.get("targetId") and reason not in (
            "Target.NotRegistered",
            "Target.DeregistrationInProgress",
        ):
            return {"TargetId": health["Target"]["Id"], "Port": health["Target"].get("Port")}
    return None


def _refuse_import(_: OperationContext, ref: ResourceRef) -> ResourceRef:
    if "targetGroupArn" not in ref.properties:
        raise ProviderError(f"'{ref.id}' can't be imported: declare the attachment anew")
    return ref


TARGET_GROUP_ATTACHMENT = ResourceType(
    name="aws:lb/targetGroupAttachment:TargetGroupAttachment",
    service="elbv2",
    properties=(
        string("targetGroupArn", required=True, replaces=True, keep_recorded=True),
        string("targetId", required=True, replaces=True),
        integer("port", replaces=True),
        string("availabilityZone", replaces=True, keep_recorded=True),
    ),
    create=AwsOperation(operation="RegisterTargets", extra_params=_registration_params),
    read=AwsOperation(
        operation="DescribeTargetHealth", id_param=_target_params, result=_find_target
    ),
    delete=AwsOperation(operation="DeregisterTargets", id_param=_target_params),
    resource_id=lambda _, new: f"{new['targetGroupArn']}-{new['targetId'].rpartition(':')[2]}",
    not_found_codes=frozenset({"TargetGroupNotFound", "InvalidTarget"}),
    find_imported=_refuse_import,
)

TYPES = (TARGET_GROUP, TARGET_GROUP_ATTACHMENT)
