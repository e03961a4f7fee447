"""EC2: VPCs, subnets, internet gateways; the registry of all of EC2's types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed
from twin.provider.resources.ec2_common import OWNER, arn
from twin.provider.resources.ec2_routing import ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION
from twin.provider.resources.ec2_security_group import SECURITY_GROUP
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    flag,
    output,
    text,
)
from twin.provider.schema.shapes import search_path
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties, Value

# -- VPC


@dataclass(frozen=True, slots=True)
class VpcAttributes:
    """Attributes of a VPC, each with a call of its own.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
    """

    attributes: Mapping[str, str]
    """Property -> AWS's name."""
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(self.attributes)

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """One call each; a new VPC only needs those that are not AWS's default."""
        defaults = {"enableDnsSupport": True}
        for name in sorted(self.names & change.names):
            value = change.new.get(name, defaults.get(name, False))
            if change.creating and value == defaults.get(name, False):
                continue
            params = {"VpcId": change.id, self.attributes[name]: {"Value": value}}
            scope.call("ModifyVpcAttribute", params)

    def read(self, found: DescribedResource) -> Properties:
        """One call each."""
        values = {}
        for name, member in self.attributes.items():
            params = {"VpcId": found.id, "Attribute": member[0].lower() + member[1:]}
            answer = found.scope.call("DescribeVpcAttribute", params)
            values[name] = answer.get(member, {}).get("Value", False)
        return values


def _once(name: str, look: Callable[[DescribedResource], Value]) -> Value:
    """An output that never changes: looked up once."""
    return output(name, derive=lambda found: found.recorded.get(name) or look(found))


def _of_vpc(
    found: DescribedResource, operation: str, result: str, *extra: Mapping[str, Value]
) -> Value:
    filters = [{"Name": "vpc-id", "Values": [found.id]}, *extra]
    return search_path(result, found.scope.call(operation, {"Filters": filters}))


def _main_route_table(found: DescribedResource) -> Value:
    main = {"Name": "association.main", "Values": ["true"]}
    return _of_vpc(found, "DescribeRouteTables", "RouteTables[0].RouteTableId", main)


def _default_group(found: DescribedResource) -> Value:
    default = {"Name": "group-name", "Values": ["default"]}
    return _of_vpc(found, "DescribeSecurityGroups", "SecurityGroups[0].GroupId", default)


def _default_acl(found: DescribedResource) -> Value:
    default = {"Name": "default", "Values": ["true"]}
    return _of_vpc(found, "DescribeNetworkAcls", "NetworkAcls[0].NetworkAclId", default)


VPC = ResourceType(
    name="aws:ec2/vpc:Vpc",
    service="ec2",
    properties=(
        text("cidrBlock", required=True, replaces=True),
        # Simplified: from dedicated to default, the real provider gets by without a new VPC.
        text(
            "instanceTenancy",
            default="default",
            choices=("default", "dedicated"),
            replaces=True,
        ),
        flag("enableDnsSupport", default=True),
        flag("enableDnsHostnames", computed=True),
        OWNER,
        arn("vpc"),
        output("dhcpOptionsId", "DhcpOptionsId"),
        _once("mainRouteTableId", _main_route_table),
        _once("defaultRouteTableId", lambda found: found.values.get("mainRouteTableId")),
        _once("defaultSecurityGroupId", _default_group),
        _once("defaultNetworkAclId", _default_acl),
    ),
    create=AwsOperation(operation="CreateVpc", result="Vpc"),
    read=AwsOperation(operation="DescribeVpcs", by="VpcIds[]", result="Vpcs[0]"),
    delete=AwsOperation(operation="DeleteVpc", by="VpcId"),
    identity="VpcId",
    missing=frozenset({"InvalidVpcID.NotFound"}),
    settled=AwaitedState(
        call=AwsOperation(operation="DescribeVpcs", by="VpcIds[]", result="Vpcs[0]"),
        state="State",
        wanted=frozenset({"available"}),
    ),
    facets=(
        VpcAttributes(
            {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
        ),
    ),
    tagging=Ec2Tags(resource="vpc"),
)


# -- subnet


def _public_addresses(_: OperationContext, new: Properties) -> Properties:
    return {"MapPublicIpOnLaunch": {"Value": bool(new.get("mapPublicIpOnLaunch"))}}


SUBNET = ResourceType(
    name="aws:ec2/subnet:Subnet",
    service="ec2",
    properties=(
        text("vpcId", required=True, replaces=True),
        text("cidrBlock", required=True, replaces=True),
        text("availabilityZone", computed=True, replaces=True),
        text("availabilityZoneId", computed=True, replaces=True),
        flag("mapPublicIpOnLaunch", default=False),
        OWNER,
        output("arn", "SubnetArn"),
    ),
    create=AwsOperation(operation="CreateSubnet", result="Subnet"),
    read=AwsOperation(operation="DescribeSubnets", by="SubnetIds[]", result="Subnets[0]"),
    delete=AwsOperation(operation="DeleteSubnet", by="SubnetId"),
    identity="SubnetId",
    missing=frozenset({"InvalidSubnetID.NotFound"}),
    settled=AwaitedState(
        call=AwsOperation(operation="DescribeSubnets", by="SubnetIds[]", result="Subnets[0]"),
        state="State",
        wanted=frozenset({"available"}),
    ),
    facets=(
        ModifyAspect(
            operation="ModifySubnetAttribute",
            by="SubnetId",
            sets=(flag("mapPublicIpOnLaunch", local=True),),
            at_creation=True,
            adds=_public_addresses,
        ),
    ),
    tagging=Ec2Tags(resource="subnet"),
)


# -- internet gateway


@dataclass(frozen=True, slots=True)
class Attachment:
    """The VPC that an internet gateway is attached to."""

    names: frozenset[str] = frozenset({"vpcId"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Detach from the old one, attach to the new one."""
        _detach(scope, ResourceRef(id=change.id, properties=change.old))
        if vpc := change.new.get("vpcId"):
            params = {"InternetGatewayId": change.id, "VpcId": vpc}
            scope.call("AttachInternetGateway", params)

    def read(self, found: DescribedResource) -> Properties:
        """The description tells it."""
        vpc = search_path("Attachments[0].VpcId", found.description)
        return {"vpcId": vpc} if vpc else {}


def _detach(scope: OperationContext, ref: ResourceRef) -> None:
    if not ref.properties.get("vpcId"):
        return
    params = {"InternetGatewayId": ref.id, "VpcId": ref.properties["vpcId"]}
    try:
        scope.call("DetachInternetGateway", params)
    except AwsCallFailed as exc:
        if exc.code != "Gateway.NotAttached":
            raise


INTERNET_GATEWAY = ResourceType(
    name="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    properties=(
        text("vpcId", computed=True),
        OWNER,
        arn("internet-gateway"),
    ),
    create=AwsOperation(operation="CreateInternetGateway", result="InternetGateway"),
    read=AwsOperation(
        operation="DescribeInternetGateways",
        by="InternetGatewayIds[]",
        result="InternetGateways[0]",
    ),
    delete=AwsOperation(operation="DeleteInternetGateway", by="InternetGatewayId"),
    identity="InternetGatewayId",
    missing=frozenset({"InvalidInternetGatewayID.NotFound"}),
    facets=(Attachment(),),
    before_delete=_detach,
    tagging=Ec2Tags(resource="internet-gateway"),
)


TYPES = (
    VPC,
    SUBNET,
    INTERNET_GATEWAY,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
)
