"""Elastic Load Balancing v2: load balancers and listeners."""

from twin.core.alb.response import INSERTED_HEADERS, SERVER_ATTRIBUTE
from twin.provider.resources.lb.target_group import TAGS, arn_suffix
from twin.provider.schema.aspects import ElbAttributesAspect, ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    OperationContext,
    ResourceType,
    block,
    block_list,
    boolean,
    integer,
    output,
    string,
    string_set,
)
from twin.provider.values import Properties

# -- load balancer

_DESCRIBE_LOAD_BALANCER = AwsOperation(
    operation="DescribeLoadBalancers", id_param="LoadBalancerArns[]", result="LoadBalancers[0]"
)
_NETWORK_ATTRIBUTES = frozenset({"accessLogs", "enableDeletionProtection"})


def _scheme_params(_: OperationContext, new: Properties) -> Properties:
    if "internal" not in new:
        return {}
    return {"Scheme": "internal" if new["internal"] else "internet-facing"}


def _applicable_attributes(values: Properties) -> frozenset[str]:
    """The attributes of a type; an ALB always balances across its zones:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/disable-cross-zone.html
    """
    cross_zone = frozenset({"enableCrossZoneLoadBalancing"})
    if values.get("loadBalancerType", "application") == "application":
        return frozenset(prop.name for prop in _LOAD_BALANCER_ATTRIBUTES) - cross_zone
    return _NETWORK_ATTRIBUTES | cross_zone


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
        string("bucket", required=True),
        boolean("enabled", default=False),
        string("prefix"),
        local=True,
    ),
    integer("clientKeepAlive", default=3600, between=(60, 604800)),
    string(
        "desyncMitigationMode",
        default="defensive",
        choices=("monitor", "defensive", "strictest"),
    ),
    boolean("dropInvalidHeaderFields", default=False),
    boolean("enableCrossZoneLoadBalancing", default=False, local=True),
    boolean("enableDeletionProtection", default=False),
    boolean("enableHttp2", default=True),
    boolean("enableTlsVersionAndCipherSuiteHeaders", default=False),
    boolean("enableWafFailOpen", default=False),
    boolean("enableXffClientPort", default=False),
    integer("idleTimeout", default=60, between=(1, 4000)),
    boolean("preserveHostHeader", default=False),
    string(
        "xffHeaderProcessingMode",
        default="append",
        choices=("append", "preserve", "remove"),
    ),
)

_SECURITY_GROUPS = string_set("securityGroups", computed=True)
_SUBNETS = string_set("subnets", computed=True, path="AvailabilityZones[].SubnetId")

LOAD_BALANCER = ResourceType(
    name="aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    properties=(
        string("name", path="LoadBalancerName", replaces=True),
        boolean("internal", computed=True, replaces=True, path="Scheme == 'internal'"),
        string(
            "loadBalancerType",
            aws="Type",
            default="application",
            choices=("application", "network", "gateway"),
            replaces=True,
        ),
        string("ipAddressType", computed=True),
        _SECURITY_GROUPS,
        _SUBNETS,
        *_LOAD_BALANCER_ATTRIBUTES,
        output("arn", "LoadBalancerArn"),
        arn_suffix("loadbalancer/"),
        output("dnsName", "DNSName"),
        output("vpcId", "VpcId"),
        output("zoneId", "CanonicalHostedZoneId"),
    ),
    create=AwsOperation(
        operation="CreateLoadBalancer", result="LoadBalancers[0]", extra_params=_scheme_params
    ),
    read=_DESCRIBE_LOAD_BALANCER,
    delete=AwsOperation(operation="DeleteLoadBalancer", id_param="LoadBalancerArn"),
    resource_id="LoadBalancerArn",
    not_found_codes=frozenset({"LoadBalancerNotFound"}),
    autoname=Autoname(longest=32, prefix="namePrefix"),
    only_false=frozenset({"enableZonalShift"}),
    ready=AwaitedState(
        call=_DESCRIBE_LOAD_BALANCER,
        state="State.Code",
        wanted=frozenset({"active", "active_impaired"}),
        failed=frozenset({"failed"}),
        failure_reason="State.Reason",
    ),
    aspects=(
        ElbAttributesAspect(
            modify="ModifyLoadBalancerAttributes",
            describe="DescribeLoadBalancerAttributes",
            id_param="LoadBalancerArn",
            keys=_LOAD_BALANCER_KEYS,
            properties=_LOAD_BALANCER_ATTRIBUTES,
            applicable=_applicable_attributes,
        ),
        ModifyAspect(
            operation="SetSecurityGroups",
            id_param="LoadBalancerArn",
            properties=(_SECURITY_GROUPS,),
        ),
        ModifyAspect(operation="SetSubnets", id_param="LoadBalancerArn", properties=(_SUBNETS,)),
        ModifyAspect(
            operation="SetIpAddressType",
            id_param="LoadBalancerArn",
            properties=(string("ipAddressType"),),
        ),
    ),
    tagging=TAGS,
)


# -- listener

_FORWARD = block(
    "forward",
    block_list(
        "targetGroups",
        string("arn", aws="TargetGroupArn", required=True),
        integer("weight", computed=True, between=(0, 999)),
    ),
    block(
        "stickiness",
        integer("duration", aws="DurationSeconds", computed=True),
        boolean("enabled", default=False),
        aws="TargetGroupStickinessConfig",
        computed=True,
    ),
    aws="ForwardConfig",
    computed=True,
)
ACTIONS = block_list(
    "defaultActions",
    string("type", required=True),
    integer("order", computed=True),
    string("targetGroupArn", computed=True),
    _FORWARD,
    block(
        "fixedResponse",
        string("contentType", required=True),
        string("messageBody"),
        string("statusCode", computed=True),
        aws="FixedResponseConfig",
    ),
    block(
        "redirect",
        string("host", default="#{host}"),
        string("path", default="/#{path}"),
        string("port", default="#{port}"),
        string("protocol", default="#{protocol}"),
        string("query", default="#{query}"),
        string("statusCode", required=True),
        aws="RedirectConfig",
    ),
    required=True,
)
_SERVER = "routingHttpResponseServerEnabled"
_LISTENER_KEYS = {
    _SERVER: SERVER_ATTRIBUTE,
    **{
        f"routingHttpResponse{header.replace('-', '')}HeaderValue": attribute
        for attribute, header in INSERTED_HEADERS.items()
    },
}
_LISTENER_ATTRIBUTES = tuple(
    boolean(name, computed=True) if name == _SERVER else string(name, computed=True)
    for name in _LISTENER_KEYS
)


def _listener_attributes(values: Properties) -> frozenset[str]:
    """Only an Application Load Balancer's listeners have them."""
    protocol = values.get("protocol", "HTTP")
    return frozenset(_LISTENER_KEYS) if protocol in ("HTTP", "HTTPS") else frozenset()


_CERTIFICATE = string("certificateArn", path="Certificates[0].CertificateArn")
_LISTENER = (
    integer("port", between=(1, 65535)),
    string("protocol", computed=True),
    string("sslPolicy", computed=True),
    _CERTIFICATE,
    ACTIONS,
)


def _listener_params(_: OperationContext, new: Properties) -> Properties:
    """The certificate in AWS's form, and the real provider's default protocol for an ALB:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_listener
    """
    found: Properties = {}
    if arn := new.get("certificateArn"):
        found["Certificates"] = [{"CertificateArn": arn}]
    if "protocol" not in new and ":loadbalancer/app/" in new["loadBalancerArn"]:
        found["Protocol"] = "HTTPS" if arn else "HTTP"
    return found


def _modified_listener_params(context: OperationContext, new: Properties) -> Properties:
    """What each update sends, beside the changed arguments."""
    always = {"Port": "port", "Protocol": "protocol", "SslPolicy": "sslPolicy"}
    given = {member: new[name] for member, name in always.items() if name in new}
    return {**given, **_listener_params(context, new)}


LISTENER = ResourceType(
    name="aws:lb/listener:Listener",
    service="elbv2",
    properties=(
        string("loadBalancerArn", required=True, replaces=True),
        *_LISTENER,
        *_LISTENER_ATTRIBUTES,
        output("arn", "ListenerArn"),
    ),
    create=AwsOperation(
        operation="CreateListener", result="Listeners[0]", extra_params=_listener_params
    ),
    read=AwsOperation(
        operation="DescribeListeners", id_param="ListenerArns[]", result="Listeners[0]"
    ),
    delete=AwsOperation(operation="DeleteListener", id_param="ListenerArn"),
    resource_id="ListenerArn",
    not_found_codes=frozenset({"ListenerNotFound"}),
    aspects=(
        ModifyAspect(
            operation="ModifyListener",
            id_param="ListenerArn",
            properties=_LISTENER,
            only_changed=True,
            extra_params=_modified_listener_params,
        ),
        ElbAttributesAspect(
            modify="ModifyListenerAttributes",
            describe="DescribeListenerAttributes",
            id_param="ListenerArn",
            keys=_LISTENER_KEYS,
            properties=_LISTENER_ATTRIBUTES,
            applicable=_listener_attributes,
        ),
    ),
    tagging=TAGS,
)

TYPES = (LOAD_BALANCER, LISTENER)
