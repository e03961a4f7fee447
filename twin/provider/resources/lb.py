"""Elastic Load Balancing v2: load balancers, target groups, attachments, listeners."""

from twin.provider.facets import Attributes, Modify
from twin.provider.resource import (
    Autoname,
    Call,
    Found,
    Kind,
    Property,
    Ref,
    ResourceType,
    Scope,
    Wait,
    block,
    blocks,
    flag,
    output,
    text,
    text_set,
    whole,
)
from twin.provider.tags import CallTags
from twin.provider.values import Properties, Value

_TAGS = CallTags(
    tag="AddTags",
    untag="RemoveTags",
    listing="DescribeTags",
    by="ResourceArns[]",
    result="TagDescriptions[0].Tags",
)


def _suffix(kind: str) -> Property:
    """The end of the ARN that CloudWatch has as a dimension (an ALB's without its first word):
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """

    def derive(found: Found) -> Value:
        return found.id.rpartition(":")[2].removeprefix(kind) or None

    return output("arnSuffix", derive=derive)


# -- load balancer

_DESCRIBE_LOAD_BALANCER = Call(
    operation="DescribeLoadBalancers", by="LoadBalancerArns[]", result="LoadBalancers[0]"
)
_NETWORK_TOO = frozenset({"accessLogs", "enableDeletionProtection"})


def _scheme(_: Scope, new: Properties) -> Properties:
    if "internal" not in new:
        return {}
    return {"Scheme": "internal" if new["internal"] else "internet-facing"}


def _attributes_of_type(values: Properties) -> frozenset[str]:
    """An ALB spreads over its zones always, so that is no attribute of one that could be set:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/disable-cross-zone.html
    """
    across = frozenset({"enableCrossZoneLoadBalancing"})
    if values.get("loadBalancerType", "application") == "application":
        return frozenset(prop.name for prop in _LOAD_BALANCER_ATTRIBUTES) - across
    return _NETWORK_TOO | across


_LOAD_BALANCER_KEYS = {
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite"
    ".enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
_LOAD_BALANCER_ATTRIBUTES = (
    block(
        "accessLogs",
        text("bucket", required=True),
        flag("enabled", default=False),
        text("prefix"),
        local=True,
    ),
    whole("clientKeepAlive", default=3600, between=(60, 604800)),
    text(
        "desyncMitigationMode",
        default="defensive",
        choices=("monitor", "defensive", "strictest"),
    ),
    flag("dropInvalidHeaderFields", default=False),
    flag("enableCrossZoneLoadBalancing", default=False, local=True),
    flag("enableDeletionProtection", default=False),
    flag("enableHttp2", default=True),
    flag("enableTlsVersionAndCipherSuiteHeaders", default=False),
    flag("enableWafFailOpen", default=False),
    flag("enableXffClientPort", default=False),
    whole("idleTimeout", default=60, between=(1, 4000)),
    flag("preserveHostHeader", default=False),
    text(
        "xffHeaderProcessingMode",
        default="append",
        choices=("append", "preserve", "remove"),
    ),
)

_SECURITY_GROUPS = text_set("securityGroups", computed=True)
_SUBNETS = text_set("subnets", computed=True, path="AvailabilityZones[].SubnetId")

LOAD_BALANCER = ResourceType(
    name="aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    properties=(
        text("name", path="LoadBalancerName", replaces=True),
        flag("internal", computed=True, replaces=True, path="Scheme == 'internal'"),
        text(
            "loadBalancerType",
            aws="Type",
            default="application",
            choices=("application", "network", "gateway"),
            replaces=True,
        ),
        text("ipAddressType", computed=True),
        _SECURITY_GROUPS,
        _SUBNETS,
        *_LOAD_BALANCER_ATTRIBUTES,
        output("arn", "LoadBalancerArn"),
        _suffix("loadbalancer/"),
        output("dnsName", "DNSName"),
        output("vpcId", "VpcId"),
        output("zoneId", "CanonicalHostedZoneId"),
    ),
    create=Call(operation="CreateLoadBalancer", result="LoadBalancers[0]", adds=_scheme),
    read=_DESCRIBE_LOAD_BALANCER,
    delete=Call(operation="DeleteLoadBalancer", by="LoadBalancerArn"),
    identity="LoadBalancerArn",
    missing=frozenset({"LoadBalancerNotFound"}),
    autoname=Autoname(longest=32),
    settled=Wait(
        call=_DESCRIBE_LOAD_BALANCER,
        state="State.Code",
        wanted=frozenset({"active", "active_impaired"}),
        failed=frozenset({"failed"}),
    ),
    facets=(
        Attributes(
            modify="ModifyLoadBalancerAttributes",
            describe="DescribeLoadBalancerAttributes",
            by="LoadBalancerArn",
            keys=_LOAD_BALANCER_KEYS,
            sets=_LOAD_BALANCER_ATTRIBUTES,
            applies=_attributes_of_type,
        ),
        Modify(operation="SetSecurityGroups", by="LoadBalancerArn", sets=(_SECURITY_GROUPS,)),
        Modify(operation="SetSubnets", by="LoadBalancerArn", sets=(_SUBNETS,)),
        Modify(operation="SetIpAddressType", by="LoadBalancerArn", sets=(text("ipAddressType"),)),
    ),
    tagging=_TAGS,
)


# -- target group

_DESCRIBE_TARGET_GROUP = Call(
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


def _health_check(_: Scope, new: Properties) -> Properties:
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
        _suffix(""),
        Property(name="loadBalancerArns", kind=Kind.TEXTS, path="LoadBalancerArns", output=True),
    ),
    create=Call(operation="CreateTargetGroup", result="TargetGroups[0]", adds=_health_check),
    read=_DESCRIBE_TARGET_GROUP,
    delete=Call(operation="DeleteTargetGroup", by="TargetGroupArn"),
    identity="TargetGroupArn",
    missing=frozenset({"TargetGroupNotFound"}),
    autoname=Autoname(longest=32),
    facets=(
        Modify(
            operation="ModifyTargetGroup",
            by="TargetGroupArn",
            sets=(_HEALTH_CHECK,),
            adds=_health_check,
        ),
        Attributes(
            modify="ModifyTargetGroupAttributes",
            describe="DescribeTargetGroupAttributes",
            by="TargetGroupArn",
            keys=_TARGET_GROUP_KEYS,
            sets=_TARGET_GROUP_ATTRIBUTES,
            applies=_attributes_of_target_type,
        ),
    ),
    tagging=_TAGS,
    rules=_target_group_rules,
)


# -- attachment


def _target(ref: Ref) -> Properties:
    wanted = {"Id": "targetId", "Port": "port", "AvailabilityZone": "availabilityZone"}
    target = {aws: ref.properties[name] for aws, name in wanted.items() if name in ref.properties}
    return {"TargetGroupArn": ref.properties["targetGroupArn"], "Targets": [target]}


def _registration(_: Scope, new: Properties) -> Properties:
    return _target(Ref(id="", properties=new))


def _registered(ref: Ref, answer: Properties) -> Value:
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
    create=Call(operation="RegisterTargets", adds=_registration),
    read=Call(operation="DescribeTargetHealth", by=_target, result=_registered),
    delete=Call(operation="DeregisterTargets", by=_target),
    identity=lambda _, new: f"{new['targetGroupArn']}-{new['targetId'].rpartition(':')[2]}",
    missing=frozenset({"TargetGroupNotFound", "InvalidTarget"}),
)


# -- listener

_FORWARD = block(
    "forward",
    blocks(
        "targetGroups",
        text("arn", aws="TargetGroupArn", required=True),
        whole("weight", computed=True, between=(0, 999)),
    ),
    block(
        "stickiness",
        whole("duration", aws="DurationSeconds", computed=True),
        flag("enabled", default=False),
        aws="TargetGroupStickinessConfig",
        computed=True,
    ),
    aws="ForwardConfig",
    computed=True,
)
_DEFAULT_ACTIONS = blocks(
    "defaultActions",
    text("type", required=True),
    whole("order", computed=True),
    text("targetGroupArn", computed=True),
    _FORWARD,
    block(
        "fixedResponse",
        text("contentType", required=True),
        text("messageBody"),
        text("statusCode", computed=True),
        aws="FixedResponseConfig",
    ),
    block(
        "redirect",
        text("host", default="#{host}"),
        text("path", default="/#{path}"),
        text("port", default="#{port}"),
        text("protocol", default="#{protocol}"),
        text("query", default="#{query}"),
        text("statusCode", required=True),
        aws="RedirectConfig",
    ),
    required=True,
)
_CERTIFICATE = text("certificateArn", path="Certificates[0].CertificateArn")
_LISTENER = (
    whole("port", between=(1, 65535)),
    text("protocol", computed=True),
    text("sslPolicy", computed=True),
    _CERTIFICATE,
    _DEFAULT_ACTIONS,
)


def _beyond(_: Scope, new: Properties) -> Properties:
    """The certificate in AWS's form, and the protocol that the real provider chooses for an ALB:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_listener
    """
    found: Properties = {}
    if arn := new.get("certificateArn"):
        found["Certificates"] = [{"CertificateArn": arn}]
    if "protocol" not in new and ":loadbalancer/app/" in new["loadBalancerArn"]:
        found["Protocol"] = "HTTP"
    return found


LISTENER = ResourceType(
    name="aws:lb/listener:Listener",
    service="elbv2",
    properties=(
        text("loadBalancerArn", required=True, replaces=True),
        *_LISTENER,
        output("arn", "ListenerArn"),
    ),
    create=Call(operation="CreateListener", result="Listeners[0]", adds=_beyond),
    read=Call(operation="DescribeListeners", by="ListenerArns[]", result="Listeners[0]"),
    delete=Call(operation="DeleteListener", by="ListenerArn"),
    identity="ListenerArn",
    missing=frozenset({"ListenerNotFound"}),
    facets=(Modify(operation="ModifyListener", by="ListenerArn", sets=_LISTENER, adds=_beyond),),
    tagging=_TAGS,
)

TYPES = (LOAD_BALANCER, TARGET_GROUP, TARGET_GROUP_ATTACHMENT, LISTENER)
