"""Amazon EC2.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from collections.abc import Iterable

from twin.iam.requirements.model import (
    CallScope,
    Keys,
    Parameters,
    Requirement,
    expand_resources,
    operations_table,
    read_path,
)


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{{region}}:{{account}}:{kind}/{name}"


_VPC = _arn("vpc", "{VpcId}")
_SUBNET = _arn("subnet", "{SubnetId}")
_ROUTES = _arn("route-table", "{RouteTableId}")
_GROUP = _arn("security-group", "{GroupId}")
_GATEWAY = _arn("internet-gateway", "{InternetGatewayId}")
_ACL = _arn("network-acl", "{NetworkAclId}")
_ADDRESS = _arn("elastic-ip", "{AllocationId}")
_ENDPOINT_PARTS = " ".join(
    (
        _arn("route-table", "{RouteTableIds}"),
        _arn("security-group", "{SecurityGroupIds}"),
        _arn("subnet", "{SubnetIds}"),
    )
)
_ENDPOINT_CHANGES = " ".join(
    (
        _arn("vpc-endpoint", "{VpcEndpointId}"),
        _arn("route-table", "{AddRouteTableIds}"),
        _arn("security-group", "{AddSecurityGroupIds}"),
        _arn("subnet", "{AddSubnetIds}"),
    )
)

NETWORKS = operations_table(
    (_arn("elastic-ip", "*"), "AllocateAddress"),
    (f"{_ROUTES} {_SUBNET} {_arn('internet-gateway', '{GatewayId}')}", "AssociateRouteTable"),
    (_VPC, "AssociateVpcCidrBlock DeleteVpc DescribeVpcAttribute ModifyVpcAttribute"),
    (f"{_GATEWAY} {_VPC}", "AttachInternetGateway DetachInternetGateway"),
    (_GROUP, "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup"),
    (_GROUP, "RevokeSecurityGroupEgress RevokeSecurityGroupIngress"),
    (_GROUP, "UpdateSecurityGroupRuleDescriptionsEgress"),
    (_GROUP, "UpdateSecurityGroupRuleDescriptionsIngress"),
    (_arn("internet-gateway", "*"), "CreateInternetGateway"),
    (f"{_arn('network-acl', '*')} {_VPC}", "CreateNetworkAcl"),
    (_ACL, "CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry"),
    (_ROUTES, "CreateRoute DeleteRoute DeleteRouteTable ReplaceRoute"),
    (f"{_arn('route-table', '*')} {_VPC}", "CreateRouteTable"),
    (f"{_arn('security-group', '*')} {_VPC}", "CreateSecurityGroup"),
    (f"{_arn('subnet', '*')} {_VPC}", "CreateSubnet"),
    ("{Resources}", "CreateTags DeleteTags"),
    (_arn("vpc", "*"), "CreateVpc"),
    (f"{_VPC} {_arn('vpc-endpoint', '*')} {_ENDPOINT_PARTS}", "CreateVpcEndpoint"),
    (_GATEWAY, "DeleteInternetGateway"),
    (_SUBNET, "AssociateSubnetCidrBlock DeleteSubnet ModifySubnetAttribute"),
    (_arn("vpc-endpoint", "{VpcEndpointIds}"), "DeleteVpcEndpoints"),
    (_ENDPOINT_CHANGES, "ModifyVpcEndpoint"),
    (
        f"{_GROUP} {_arn('security-group-rule', '{SecurityGroupRules.SecurityGroupRuleId}')}",
        "ModifySecurityGroupRules",
    ),
    (_arn("prefix-list", "{PrefixListId}"), "GetManagedPrefixListEntries"),
    (_ADDRESS, "ReleaseAddress"),
    # These name an association; the twin does not look up what it associates.
    (_arn("route-table", "*"), "DisassociateRouteTable"),
    (_arn("subnet", "*"), "DisassociateSubnetCidrBlock"),
    (_arn("vpc", "*"), "DisassociateVpcCidrBlock"),
    (f"{_ACL} {_arn('subnet', '*')}", "ReplaceNetworkAclAssociation"),
    (f"{_ROUTES} {_arn('subnet', '*')}", "ReplaceRouteTableAssociation"),
    ("", "DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute"),
    ("", "DescribeAvailabilityZones"),
    ("", "DescribeDhcpOptions DescribeInternetGateways DescribeManagedPrefixLists"),
    ("", "DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRegions"),
    ("", "DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups"),
    ("", "DescribeSubnets DescribeTags DescribeVpcClassicLink DescribeVpcs"),
    ("", "DescribeVpcClassicLinkDnsSupport DescribeVpcEndpoints"),
)
_KINDS = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "igw": "internet-gateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""Prefix of an id -> type of the resource."""
_ID_KEYS = {
    "vpc": "ec2:vpcid",
    "subnet": "ec2:subnetid",
    "route-table": "ec2:routetableid",
    "security-group": "ec2:securitygroupid",
    "internet-gateway": "ec2:internetgatewayid",
    "network-acl": "ec2:networkaclid",
    "elastic-ip": "ec2:allocationid",
}
"""Type of a resource -> the condition key that has its id."""


def read_networks(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    action = f"ec2:{operation}"
    for name in expand_resources(NETWORKS[operation], parameters, scope):
        arn = _tagged_arn(name, scope) if operation in ("CreateTags", "DeleteTags") else name
        yield Requirement(action=action, resource=arn, keys=_keys(arn, parameters, scope))
    yield from _tags_on_creation(operation, parameters, scope)


def _tagged_arn(name: str, scope: CallScope) -> str:
    if name == "*" or name.startswith("arn:"):
        return name
    kind = _KINDS.get(name.partition("-")[0], "*")
    return f"arn:aws:ec2:{scope.region}:{scope.account}:{kind}/{name}"


def _keys(arn: str, parameters: Parameters, scope: CallScope) -> Keys:
    keys = {"ec2:region": (scope.region,)}
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if name and name != "*" and kind in _ID_KEYS:
        keys[_ID_KEYS[kind]] = (name,)
    if parameters.get("VpcId") and kind != "vpc":
        vpc = f"arn:aws:ec2:{scope.region}:{scope.account}:vpc/{parameters['VpcId']}"
        keys["ec2:vpc"] = (vpc,)
    return keys


def _tags_on_creation(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"""
    for kind in dict.fromkeys(read_path(parameters, ["TagSpecifications", "ResourceType"])):
        yield Requirement(
            action="ec2:CreateTags",
            resource=f"arn:aws:ec2:{scope.region}:{scope.account}:{kind}/*",
            keys={"ec2:createaction": (operation,), "ec2:region": (scope.region,)},
        )
