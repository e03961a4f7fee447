"""EC2: VPCs, subnets, internet gateways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.calls import OWNER_ID, arn_property, tolerated
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    boolean,
    output,
    string,
)
from twin.provider.schema.shapes import search_path
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties, Value

# -- VPC


@dataclass(frozen=True, slots=True)
class VpcAttributesAspect:
    """Attributes of a VPC; AWS sets and returns one in each call.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
    """

    attributes: Mapping[str, str]
    """Property -> AWS's name."""
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(self.attributes)

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Set the changed ones; a new VPC already has the defaults."""
        defaults = {"enableDnsSupport": True}
        for name in sorted(self.names & change.names):
            value = change.new.get(name, defaults.get(name, False))
            if change.creating and value == defaults.get(name, False):
                continue
            params = {"VpcId": change.id, self.attributes[name]: {"Value": value}}
            context.call("ModifyVpcAttribute", params)

    def read(self, found: DescribedResource) -> Properties:
        values = {}
        for name, member in self.attributes.items():
            params = {"VpcId": found.id, "Attribute": member[0].lower() + member[1:]}
            response = found.context.call("DescribeVpcAttribute", params)
            values[name] = response.get(member, {}).get("Value", False)
        return values


def _constant_output(name: str, read: Callable[[DescribedResource], Value]) -> Value:
    """An output that never changes: read once, then taken from the record."""
    return output(name, derive=lambda found: found.recorded.get(name) or read(found))


def _search_by_vpc(
    found: DescribedResource, operation: str, result: str, *extra: Mapping[str, Value]
) -> Value:
    filters = [{"Name": "vpc-id", "Values": [found.id]}, *extra]
    return search_path(result, found.context.call(operation, {"Filters": filters}))


def _main_route_table(found: DescribedResource) -> Value:
    main = {"Name": "association.main", "Values": ["true"]}
    return _search_by_vpc(found, "DescribeRouteTables", "RouteTables[0].RouteTableId", main)


def _default_group(found: DescribedResource) -> Value:
    default = {"Name": "group-name", "Values": ["default"]}
    return _search_by_vpc(found, "DescribeSecurityGroups", "SecurityGroups[0].GroupId", default)


def _default_acl(found: DescribedResource) -> Value:
    default = {"Name": "default", "Values": ["true"]}
    return _search_by_vpc(found, "DescribeNetworkAcls", "NetworkAcls[0].NetworkAclId", default)


_DESCRIBE_VPC = AwsOperation(operation="DescribeVpcs", id_param="VpcIds[]", result="Vpcs[0]")

VPC = ResourceType(
    name="aws:ec2/vpc:Vpc",
    service="ec2",
    properties=(
        string("cidrBlock", required=True, replaces=True),
        # Simplified: the real provider changes dedicated to default without a replacement.
        string(
            "instanceTenancy",
            default="default",
            choices=("default", "dedicated"),
            replaces=True,
        ),
        boolean("enableDnsSupport", default=True),
        boolean("enableDnsHostnames", computed=True),
        OWNER_ID,
        arn_property("vpc"),
        output("dhcpOptionsId", "DhcpOptionsId"),
        _constant_output("mainRouteTableId", _main_route_table),
        _constant_output("defaultRouteTableId", lambda found: found.values.get("mainRouteTableId")),
        _constant_output("defaultSecurityGroupId", _default_group),
        _constant_output("defaultNetworkAclId", _default_acl),
    ),
    create=AwsOperation(operation="CreateVpc", result="Vpc"),
    read=_DESCRIBE_VPC,
    delete=AwsOperation(operation="DeleteVpc", id_param="VpcId"),
    resource_id="VpcId",
    not_found_codes=frozenset({"InvalidVpcID.NotFound"}),
    only_false=frozenset({"assignGeneratedIpv6CidrBlock", "enableNetworkAddressUsageMetrics"}),
    ready=AwaitedState(
        call=_DESCRIBE_VPC,
        state="State",
        wanted=frozenset({"available"}),
    ),
    aspects=(
        VpcAttributesAspect(
            {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
        ),
    ),
    tagging=Ec2Tags(resource="vpc"),
)


# -- subnet


def _public_addresses(_: OperationContext, new: Properties) -> Properties:
    return {"MapPublicIpOnLaunch": {"Value": bool(new.get("mapPublicIpOnLaunch"))}}


_DESCRIBE_SUBNET = AwsOperation(
    operation="DescribeSubnets", id_param="SubnetIds[]", result="Subnets[0]"
)

SUBNET = ResourceType(
    name="aws:ec2/subnet:Subnet",
    service="ec2",
    properties=(
        string("vpcId", required=True, replaces=True),
        string("cidrBlock", required=True, replaces=True),
        string("availabilityZone", computed=True, replaces=True),
        string("availabilityZoneId", computed=True, replaces=True),
        boolean("mapPublicIpOnLaunch", default=False),
        OWNER_ID,
        output("arn", "SubnetArn"),
    ),
    create=AwsOperation(operation="CreateSubnet", result="Subnet"),
    read=_DESCRIBE_SUBNET,
    delete=AwsOperation(operation="DeleteSubnet", id_param="SubnetId"),
    resource_id="SubnetId",
    not_found_codes=frozenset({"InvalidSubnetID.NotFound"}),
    only_false=frozenset(
        {
            "assignIpv6AddressOnCreation",
            "enableDns64",
            "enableResourceNameDnsARecordOnLaunch",
            "enableResourceNameDnsAaaaRecordOnLaunch",
            "ipv6Native",
            "mapCustomerOwnedIpOnLaunch",
        }
    ),
    ready=AwaitedState(
        call=_DESCRIBE_SUBNET,
        state="State",
        wanted=frozenset({"available"}),
    ),
    aspects=(
        ModifyAspect(
            operation="ModifySubnetAttribute",
            id_param="SubnetId",
            properties=(boolean("mapPublicIpOnLaunch", default=False, local=True),),
            at_creation=True,
            extra_params=_public_addresses,
        ),
    ),
    tagging=Ec2Tags(resource="subnet"),
)


# -- internet gateway


@dataclass(frozen=True, slots=True)
class VpcAttachmentAspect:
    """The VPC that an internet gateway is attached to."""

    names: frozenset[str] = frozenset({"vpcId"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Detach it from the old VPC, attach it to the new one."""
        _detach(context, ResourceRef(id=change.id, properties=change.old))
        if vpc := change.new.get("vpcId"):
            params = {"InternetGatewayId": change.id, "VpcId": vpc}
            context.call("AttachInternetGateway", params)

    def read(self, found: DescribedResource) -> Properties:
        vpc = search_path("Attachments[0].VpcId", found.description)
        return {"vpcId": vpc} if vpc else {}


def _detach(context: OperationContext, ref: ResourceRef) -> None:
    """Wait for public load balancers in the VPC, which the engine may delete meanwhile."""
    vpc = ref.properties.get("vpcId")
    if not vpc:
        return

    def try_to_detach() -> tuple[bool, str]:
        try:
            with tolerated("Gateway.NotAttached"):
                params = {"InternetGatewayId": ref.id, "VpcId": vpc}
                context.call("DetachInternetGateway", params)
        except AwsCallFailed as exc:
            if exc.code != "DependencyViolation":
                raise
            return False, f"in use ({exc})"
        return True, "detached"

    context.waiter.wait(f"{ref.id} to be detached", try_to_detach)


INTERNET_GATEWAY = ResourceType(
    name="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    properties=(
        string("vpcId", computed=True),
        OWNER_ID,
        arn_property("internet-gateway"),
    ),
    create=AwsOperation(operation="CreateInternetGateway", result="InternetGateway"),
    read=AwsOperation(
        operation="DescribeInternetGateways",
        id_param="InternetGatewayIds[]",
        result="InternetGateways[0]",
    ),
    delete=AwsOperation(operation="DeleteInternetGateway", id_param="InternetGatewayId"),
    resource_id="InternetGatewayId",
    not_found_codes=frozenset({"InvalidInternetGatewayID.NotFound"}),
    aspects=(VpcAttachmentAspect(),),
    before_delete=_detach,
    tagging=Ec2Tags(resource="internet-gateway"),
)

TYPES = (VPC, SUBNET, INTERNET_GATEWAY)
