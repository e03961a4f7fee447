"""Corrections of moto's EC2: values are checked before they can make a later call fail, and errors
and lists tell of one Region of AWS, not of all partitions.

moto associates anything with a VPC as its addresses, and then can't describe any VPC; and it
creates an endpoint without a type, and then can't delete it. It keeps the host bits of addresses.
Its default VPC has no internet gateway, and it detaches one that is in use. The modules beside this
one have the rest of EC2.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidAvailabilityZoneError,
    InvalidCIDRBlockParameterError,
    InvalidSubnetRangeError,
    InvalidVpcEndPointIdError,
    InvalidVPCIdError,
    InvalidVPCRangeError,
    MissingParameterError,
)
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.vpcs import VPCs

from twin import geography
from twin.moto.loaded_backends import loaded_backends
from twin.moto.patches.ec2.ipv6 import check_subnet_ipv6
from twin.moto.patches.ec2.missing import name_missing
from twin.moto.patches.patching import replace_method

PREFIX_LENGTHS = range(16, 29)
"""Of a VPC and of a subnet.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""


def patch_ec2() -> None:
    """Patch moto's EC2."""
    replace_method(VPCBackend, "create_vpc", _create_vpc)
    replace_method(VPCBackend, "create_default_vpc", _create_default_vpc)
    replace_method(VPCBackend, "delete_vpc", _delete_vpc)
    replace_method(VPCBackend, "associate_vpc_cidr_block", _associate_vpc_cidr_block)
    replace_method(VPCBackend, "create_vpc_endpoint", _create_vpc_endpoint)
    replace_method(VPCs, "delete_vpc_endpoints", _delete_vpc_endpoints)
    replace_method(VPCBackend, "describe_vpcs", _describe_vpcs)
    replace_method(InvalidVPCIdError, "__init__", _name_missing_vpc)
    replace_method(SubnetBackend, "create_subnet", _create_subnet)
    replace_method(RegionsAndZonesBackend, "describe_regions", _describe_regions)
    replace_method(InternetGatewayBackend, "detach_internet_gateway", _detach_gateway)


def _create_vpc(original: Any) -> Any:
    """ "If you specify 100.68.0.18/18, we modify it to 100.68.0.0/18".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
    """

    def create_vpc(self: Any, cidr_block: str | None, *args: Any, **options: Any) -> Any:
        return original(self, str(_parse_network(cidr_block)), *args, **options)

    return create_vpc


def _create_default_vpc(original: Any) -> Any:
    """It has an internet gateway, to which its main route table leads.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
    """

    def create_default_vpc(self: Any) -> Any:
        vpc = original(self)
        gateway = self.create_internet_gateway()
        self.attach_internet_gateway(gateway.id, vpc.id)
        main = next(
            table
            for table in self.route_tables.values()
            if table.vpc_id == vpc.id and table.main_association_id
        )
        self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    return create_default_vpc


def _delete_vpc(original: Any) -> Any:
    """ "You must also delete all security groups associated with the VPC (except the default one)".

    https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
    """

    def delete_vpc(self: Any, vpc_id: str) -> Any:
        if any(group.name != "default" for group in self.groups.get(vpc_id, {}).values()):
            raise DependencyViolationError(
                f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
            )
        return original(self, vpc_id)

    return delete_vpc


def _associate_vpc_cidr_block(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html."""

    def associate_vpc_cidr_block(
        self: Any,
        vpc_id: str,
        cidr_block: str | None,
        amazon_provided_ipv6_cidr_block: bool = False,
    ) -> Any:
        if not amazon_provided_ipv6_cidr_block:
            cidr_block = _check_addresses(cidr_block, InvalidVPCRangeError)
        return original(self, vpc_id, cidr_block, amazon_provided_ipv6_cidr_block)

    return associate_vpc_cidr_block


def _check_addresses(cidr_block: str | None, error: Callable[[str], Exception]) -> str:
    """The addresses without host bits. Raises `error` for too many or too few."""
    network = _parse_network(cidr_block)
    if network.prefixlen not in PREFIX_LENGTHS:
        raise error(str(cidr_block))
    return str(network)


def _parse_network(cidr_block: str | None) -> ipaddress.IPv4Network:
    """Without its host bits. Raises MissingParameterError, InvalidCIDRBlockParameterError."""
    if cidr_block is None:
        raise MissingParameterError("cidrBlock")
    if "/" not in cidr_block:
        raise InvalidCIDRBlockParameterError(cidr_block)
    try:
        return ipaddress.IPv4Network(cidr_block, strict=False)
    except ValueError as exc:
        raise InvalidCIDRBlockParameterError(cidr_block) from exc


def _describe_vpcs(original: Any) -> Any:
    """moto's error has all ids that were asked for."""

    def describe_vpcs(
        self: Any, vpc_ids: list[str] | None = None, filters: Any = None
    ) -> list[Any]:
        for vpc_id in vpc_ids or ():
            self.get_vpc(vpc_id)
        found: list[Any] = original(self, vpc_ids, filters)
        return found

    return describe_vpcs


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_name_missing_vpc = name_missing("InvalidVpcID.NotFound", "vpc")


def _create_subnet(original: Any) -> Any:
    """Zones are the Region's: moto would take those of others. "The allowed block size is between
    a /28 netmask and /16 netmask"; host bits are cleared.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
    """

    def create_subnet(
        self: Any,
        vpc_id: str,
        cidr_block: str,
        ipv6_cidr_block: str | None = None,
        availability_zone: str | None = None,
        availability_zone_id: str | None = None,
        **options: Any,
    ) -> Any:
        zones = self.describe_availability_zones()
        for asked, known in (
            (availability_zone, [zone.name for zone in zones]),
            (availability_zone_id, [zone.zone_id for zone in zones]),
        ):
            if asked and asked not in known:
                raise InvalidAvailabilityZoneError(asked, ", ".join(known))
        self.get_vpc(vpc_id)
        return original(
            self,
            vpc_id,
            cidr_block and _check_addresses(cidr_block, InvalidSubnetRangeError),
            ipv6_cidr_block and check_subnet_ipv6(self, vpc_id, ipv6_cidr_block),
            availability_zone,
            availability_zone_id,
            **options,
        )

    return create_subnet


def _describe_regions(original: Any) -> Any:
    """Only Regions that the twin has; a name that it has not is an error.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """

    def describe_regions(self: Any, region_names: list[str] | None = None) -> list[Any]:
        known = {location.name for location in geography.REGIONS}
        if unknown := sorted(set(region_names or ()) - known):
            raise EC2ClientError(
                "InvalidParameterValue", f"Invalid region names: {', '.join(unknown)}"
            )
        return [region for region in original(self, region_names) if region.name in known]

    return describe_regions


def _create_vpc_endpoint(original: Any) -> Any:
    """ "Default: Gateway".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """

    def create_vpc_endpoint(
        self: Any, *args: Any, endpoint_type: str | None = None, **kwargs: Any
    ) -> Any:
        return original(self, *args, endpoint_type=endpoint_type or "Gateway", **kwargs)

    return create_vpc_endpoint


def _delete_vpc_endpoints(original: Any) -> Any:
    """Those that are not there are named, beside the deletion of the others.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
    """

    def delete_vpc_endpoints(self: Any) -> ActionResult:
        present = {
            endpoint.id
            for endpoint in self.ec2_backend.vpc_end_points.values()
            if endpoint.state != "deleted"
        }
        asked = self._get_param("VpcEndpointIds", [])
        original(self)
        errors = {name: InvalidVpcEndPointIdError(name) for name in asked if name not in present}
        return ActionResult(
            {
                "Unsuccessful": [
                    {
                        "ResourceId": name,
                        "Error": {"Code": error.code, "Message": error.message},
                    }
                    for name, error in errors.items()
                ]
            }
        )

    return delete_vpc_endpoints


def _detach_gateway(original: Any) -> Any:
    """Refuse it while a public load balancer is in the VPC, with AWS's text, which users report.

    https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html
    https://github.com/jenkins-x/terraform-aws-eks-jx/issues/373
    """

    def detach_internet_gateway(self: Any, internet_gateway_id: str, vpc_id: str) -> None:
        gateway = self.get_internet_gateway(internet_gateway_id)
        is_attached = gateway.vpc is not None and gateway.vpc.id == vpc_id
        balancing = loaded_backends("moto.elbv2.models", "elbv2_backends", self.account_id)
        backend = balancing.get(self.region_name)
        if is_attached and any(
            balancer.scheme == "internet-facing" and balancer.vpc_id == vpc_id
            for balancer in (backend.load_balancers.values() if backend else ())
        ):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
        original(self, internet_gateway_id, vpc_id)

    return detach_internet_gateway
