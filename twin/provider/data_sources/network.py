"""EC2: VPCs, subnets and security groups that exist already, the default ones among them."""

from collections.abc import Callable, Mapping

from twin.provider.errors import ProviderError
from twin.provider.schema.invoke_arguments import given_filters
from twin.provider.schema.resource_type import DataSource, OperationContext
from twin.provider.schema.tags import from_tag_pairs, without_aws_tags
from twin.provider.values import Properties, Value

_FILTERS = frozenset({"filters", "region", "tags"})


def _filters(args: Properties, names: Mapping[str, str]) -> list[Properties]:
    """EC2's filters: those of the arguments in `names`, of tags, and the given ones."""
    found = [
        {"Name": filter_name, "Values": [_to_text(args[argument])]}
        for argument, filter_name in names.items()
        if args.get(argument) not in (None, "")
    ]
    tags = args.get("tags") or {}
    if not isinstance(tags, dict):
        raise ProviderError(f"tags: expected an object of texts, got {tags!r}")
    found += [{"Name": f"tag:{key}", "Values": [_to_text(value)]} for key, value in tags.items()]
    return found + given_filters(args)


def _to_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _find_one(
    context: OperationContext, operation: str, result: str, args: Properties, params: Properties
) -> Properties:
    """The one match. Raises ProviderError for none and for several."""
    listed = context.call(operation, {name: value for name, value in params.items() if value})
    found: list[Properties] = listed[result]
    if len(found) != 1:
        wanted = {name: value for name, value in args.items() if value is not None}
        count = "none" if not found else f"{len(found)}"
        raise ProviderError(
            f"{operation} in {context.region}: expected one match for {wanted}, found {count}"
        )
    return found[0]


def _arn(context: OperationContext, described: Properties, resource: str) -> str:
    return f"arn:aws:ec2:{context.region}:{described['OwnerId']}:{resource}"


def _tags(described: Properties) -> dict[str, str]:
    return without_aws_tags(from_tag_pairs(described.get("Tags")))


_VPC_FILTERS = {
    "cidrBlock": "cidr",
    "default": "isDefault",
    "dhcpOptionsId": "dhcp-options-id",
    "state": "state",
}


def _read_vpc(context: OperationContext, args: Properties) -> Properties:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html"""
    wanted = {**args, "default": args.get("default") or None}
    params: Properties = {"Filters": _filters(wanted, _VPC_FILTERS)}
    if args.get("id"):
        params["VpcIds"] = [args["id"]]
    vpc = _find_one(context, "DescribeVpcs", "Vpcs", args, params)
    identity = vpc["VpcId"]
    return {
        **_network_values(context, args, vpc, f"vpc/{identity}"),
        "id": identity,
        "cidrBlock": vpc["CidrBlock"],
        "cidrBlockAssociations": [
            {
                "associationId": each["AssociationId"],
                "cidrBlock": each["CidrBlock"],
                "state": each["CidrBlockState"]["State"],
            }
            for each in vpc.get("CidrBlockAssociationSet", [])
        ],
        "default": bool(vpc.get("IsDefault")),
        "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
        "enableDnsHostnames": _vpc_attribute(context, identity, "enableDnsHostnames"),
        "enableDnsSupport": _vpc_attribute(context, identity, "enableDnsSupport"),
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociations": [],
        "mainRouteTableId": _main_route_table(context, identity),
    }


def _network_values(
    context: OperationContext, args: Properties, described: Properties, resource: str
) -> Properties:
    return {
        "arn": _arn(context, described, resource),
        "filters": args.get("filters"),
        "ownerId": described["OwnerId"],
        "region": context.region,
        "state": described["State"],
        "tags": _tags(described),
    }


def _vpc_attribute(context: OperationContext, vpc: str, name: str) -> bool:
    response = context.call("DescribeVpcAttribute", {"VpcId": vpc, "Attribute": name})
    return bool(response[name[0].upper() + name[1:]]["Value"])


def _main_route_table(context: OperationContext, vpc: str) -> str:
    filters = [
        {"Name": "association.main", "Values": ["true"]},
        {"Name": "vpc-id", "Values": [vpc]},
    ]
    tables = context.call("DescribeRouteTables", {"Filters": filters})["RouteTables"]
    return str(tables[0]["RouteTableId"]) if tables else ""


def _read_subnets(context: OperationContext, args: Properties) -> Properties:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html"""
    filters = _filters(args, {})
    found = context.call("DescribeSubnets", {"Filters": filters} if filters else {})["Subnets"]
    return {
        "id": context.region,
        "ids": [subnet["SubnetId"] for subnet in found],
        "filters": args.get("filters"),
        "region": context.region,
        "tags": args.get("tags") or {},
    }


_SUBNET_FILTERS = {
    "availabilityZone": "availabilityZone",
    "availabilityZoneId": "availability-zone-id",
    "cidrBlock": "cidrBlock",
    "defaultForAz": "defaultForAz",
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}


def _read_subnet(context: OperationContext, args: Properties) -> Properties:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html"""
    wanted = {**args, "defaultForAz": args.get("defaultForAz") or None}
    params: Properties = {"Filters": _filters(wanted, _SUBNET_FILTERS)}
    if args.get("id"):
        params["SubnetIds"] = [args["id"]]
    subnet = _find_one(context, "DescribeSubnets", "Subnets", args, params)
    return {
        **_network_values(context, args, subnet, f"subnet/{subnet['SubnetId']}"),
        "id": subnet["SubnetId"],
        "assignIpv6AddressOnCreation": bool(subnet.get("AssignIpv6AddressOnCreation")),
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId", ""),
        "availableIpAddressCount": subnet.get("AvailableIpAddressCount", 0),
        "cidrBlock": subnet["CidrBlock"],
        "customerOwnedIpv4Pool": "",
        "defaultForAz": bool(subnet.get("DefaultForAz")),
        "enableDns64": False,
        "enableLniAtDeviceIndex": 0,
        "enableResourceNameDnsARecordOnLaunch": False,
        "enableResourceNameDnsAaaaRecordOnLaunch": False,
        "ipv6CidrBlock": "",
        "ipv6CidrBlockAssociationId": "",
        "ipv6Native": False,
        "mapCustomerOwnedIpOnLaunch": False,
        "mapPublicIpOnLaunch": bool(subnet.get("MapPublicIpOnLaunch")),
        "outpostArn": "",
        "privateDnsHostnameTypeOnLaunch": "ip-name",
        "vpcId": subnet["VpcId"],
    }


def _read_security_group(context: OperationContext, args: Properties) -> Properties:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html"""
    names = {"name": "group-name", "vpcId": "vpc-id"}
    params: Properties = {"Filters": _filters(args, names)}
    if args.get("id"):
        params["GroupIds"] = [args["id"]]
    group = _find_one(context, "DescribeSecurityGroups", "SecurityGroups", args, params)
    return {
        "id": group["GroupId"],
        "arn": _arn(context, group, f"security-group/{group['GroupId']}"),
        "description": group["Description"],
        "filters": args.get("filters"),
        "name": group["GroupName"],
        "region": context.region,
        "tags": _tags(group),
        "vpcId": group.get("VpcId", ""),
    }


def _data_source(
    name: str,
    read: Callable[[OperationContext, Properties], Properties],
    *arguments: str,
) -> DataSource:
    return DataSource(
        name=f"aws:ec2/{name}:{name}",
        service="ec2",
        arguments=_FILTERS | frozenset(arguments),
        read=read,
    )


DATA_SOURCES = (
    _data_source("getVpc", _read_vpc, "id", *_VPC_FILTERS),
    _data_source("getSubnets", _read_subnets),
    _data_source("getSubnet", _read_subnet, "id", *_SUBNET_FILTERS),
    _data_source("getSecurityGroup", _read_security_group, "id", "name", "vpcId"),
)
