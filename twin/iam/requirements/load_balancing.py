"""Elastic Load Balancing and Global Accelerator.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglobalaccelerator.html
"""

from collections.abc import Iterable

from twin.iam.requirements.model import (
    CallScope,
    Keys,
    Parameters,
    Requirement,
    operations_table,
    read_path,
    read_tags,
    service_linked_role,
    table_reader,
)

_ELB = "arn:aws:elasticloadbalancing:{region}:{account}"
_TYPES = {"application": "app", "network": "net", "gateway": "gwy"}

BALANCING = operations_table(
    ("{LoadBalancerArn}", "CreateListener DeleteLoadBalancer ModifyLoadBalancerAttributes"),
    ("{LoadBalancerArn}", "SetIpAddressType SetSecurityGroups SetSubnets"),
    (_ELB + ":targetgroup/{Name}/*", "CreateTargetGroup"),
    ("{ListenerArn}", "AddListenerCertificates CreateRule DeleteListener ModifyListener"),
    ("{ListenerArn}", "ModifyListenerAttributes RemoveListenerCertificates"),
    ("{RuleArn}", "DeleteRule ModifyRule"),
    ("{RulePriorities.RuleArn}", "SetRulePriorities"),
    ("{TargetGroupArn}", "DeleteTargetGroup DeregisterTargets ModifyTargetGroup RegisterTargets"),
    ("{TargetGroupArn}", "ModifyTargetGroupAttributes"),
    ("{ResourceArns}", "AddTags RemoveTags"),
    ("", "DescribeAccountLimits DescribeCapacityReservation DescribeListenerAttributes"),
    ("", "DescribeListenerCertificates DescribeListeners DescribeLoadBalancerAttributes"),
    ("", "DescribeLoadBalancers DescribeRules DescribeSSLPolicies DescribeTags"),
    ("", "DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth"),
)
_BALANCER_SERVICE = "elasticloadbalancing.amazonaws.com"


def _created_arn(operation: str, parameters: Parameters, scope: CallScope) -> str:
    """The ARN of what is created; its id is not known yet."""
    prefix = f"arn:aws:elasticloadbalancing:{scope.region}:{scope.account}"
    match operation:
        case "CreateLoadBalancer":
            kind = _TYPES.get(str(parameters.get("Type", "application")), "app")
            return f"{prefix}:loadbalancer/{kind}/{parameters.get('Name', '*')}/*"
        case "CreateTargetGroup":
            return f"{prefix}:targetgroup/{parameters.get('Name', '*')}/*"
        case "CreateListener":
            balancer = str(parameters.get("LoadBalancerArn", "")).partition("loadbalancer/")[2]
            return f"{prefix}:listener/{balancer}/*"
    listener = str(parameters.get("ListenerArn", "")).partition("listener/")[2]
    return f"{prefix}:listener-rule/{listener}/*"


def _balancing_keys(operation: str, parameters: Parameters, _: CallScope) -> Keys:
    members = {
        "elasticloadbalancing:listenerprotocol": "Protocol" if "Listener" in operation else "",
        "elasticloadbalancing:securitypolicy": "SslPolicy",
        "elasticloadbalancing:scheme": "Scheme",
        "elasticloadbalancing:securitygroup": "SecurityGroups",
        "elasticloadbalancing:subnet": "Subnets",
    }
    return {
        key: tuple(map(str, read_path(parameters, [member])))
        for key, member in members.items()
        if member and parameters.get(member)
    }


def _tags_on_creation(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html"""
    if read_tags(parameters):
        yield Requirement(
            action="elasticloadbalancing:AddTags",
            resource=_created_arn(operation, parameters, scope),
            keys={"elasticloadbalancing:createaction": (operation,)},
        )


_read_table = table_reader(
    "elasticloadbalancing",
    BALANCING,
    extras=dict.fromkeys(("CreateTargetGroup", "CreateListener", "CreateRule"), _tags_on_creation),
    keys=_balancing_keys,
)


def read_balancing(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    if operation != "CreateLoadBalancer":
        yield from _read_table(operation, parameters, scope)
        return
    yield Requirement(
        action="elasticloadbalancing:CreateLoadBalancer",
        resource=_created_arn(operation, parameters, scope),
        keys=_balancing_keys(operation, parameters, scope),
    )
    yield from _tags_on_creation(operation, parameters, scope)
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
    yield from service_linked_role(
        _BALANCER_SERVICE, "AWSServiceRoleForElasticLoadBalancing", scope
    )


BALANCING_OPERATIONS = frozenset({*BALANCING, "CreateLoadBalancer"})

ACCELERATION = operations_table(
    ("", "CreateAccelerator ListAccelerators ListCrossAccountAttachments"),
    ("", "ListCrossAccountResourceAccounts ListCrossAccountResources"),
    ("{AcceleratorArn}", "CreateListener DeleteAccelerator DescribeAccelerator"),
    ("{AcceleratorArn}", "DescribeAcceleratorAttributes ListListeners UpdateAccelerator"),
    ("{AcceleratorArn}", "UpdateAcceleratorAttributes"),
    ("{ListenerArn}", "CreateEndpointGroup DeleteListener DescribeListener"),
    ("{ListenerArn}", "ListEndpointGroups UpdateListener"),
    ("{EndpointGroupArn}", "AddEndpoints DeleteEndpointGroup DescribeEndpointGroup"),
    ("{EndpointGroupArn}", "RemoveEndpoints UpdateEndpointGroup"),
    ("{ResourceArn}", "ListTagsForResource TagResource UntagResource"),
)


def _update_group(_: str, parameters: Parameters, __: CallScope) -> Iterable[Requirement]:
    yield Requirement(
        action="globalaccelerator:UpdateEndpointGroup",
        resource=str(parameters.get("EndpointGroupArn", "*")),
    )


def _accelerator_role(_: str, __: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/using-service-linked-roles.html"""
    return service_linked_role(
        "globalaccelerator.amazonaws.com", "AWSServiceRoleForGlobalAccelerator", scope
    )


read_acceleration = table_reader(
    "globalaccelerator",
    ACCELERATION,
    extras={
        "AddEndpoints": _update_group,
        "RemoveEndpoints": _update_group,
        "CreateAccelerator": _accelerator_role,
    },
)
