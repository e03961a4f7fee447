"""Corrections of moto's EC2: values are checked before they can make a later call fail.

moto associates anything with a VPC as its addresses, and then can't describe any VPC; it creates an
endpoint without a type, and then can't delete it; and it deletes a VPC's default ACL, and then
can't create a subnet there.
"""

import ipaddress
from typing import Any

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidCIDRBlockParameterError,
    InvalidVPCRangeError,
    MissingParameterError,
)
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.vpcs import VPCBackend

from twin.moto.patches.patching import replace_method

VPC_PREFIX_LENGTHS = range(16, 29)
"""https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""


def patch_ec2() -> None:
    """Patch moto's EC2."""
    replace_method(VPCBackend, "associate_vpc_cidr_block", _associate_vpc_cidr_block)
    replace_method(VPCBackend, "create_vpc_endpoint", _create_vpc_endpoint)
    replace_method(NetworkAclBackend, "delete_network_acl", _delete_network_acl)


def _associate_vpc_cidr_block(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html."""

    def associate_vpc_cidr_block(
        self: Any,
        vpc_id: str,
        cidr_block: str | None,
        amazon_provided_ipv6_cidr_block: bool = False,
    ) -> Any:
        if not amazon_provided_ipv6_cidr_block:
            _check_vpc_addresses(cidr_block)
        return original(self, vpc_id, cidr_block, amazon_provided_ipv6_cidr_block)

    return associate_vpc_cidr_block


def _check_vpc_addresses(cidr_block: str | None) -> None:
    if cidr_block is None:
        raise MissingParameterError("cidrBlock")
    try:
        network = ipaddress.IPv4Network(cidr_block, strict=False)
    except ValueError as exc:
        raise InvalidCIDRBlockParameterError(cidr_block) from exc
    if network.prefixlen not in VPC_PREFIX_LENGTHS:
        raise InvalidVPCRangeError(cidr_block)


def _create_vpc_endpoint(original: Any) -> Any:
    """ "Default: Gateway".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """

    def create_vpc_endpoint(
        self: Any, *args: Any, endpoint_type: str | None = None, **kwargs: Any
    ) -> Any:
        return original(self, *args, endpoint_type=endpoint_type or "Gateway", **kwargs)

    return create_vpc_endpoint


def _delete_network_acl(original: Any) -> Any:
    """ "You can't delete the default network ACL for the VPC".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html
    """

    def delete_network_acl(self: Any, network_acl_id: str) -> Any:
        acl = self.network_acls.get(network_acl_id)
        if acl is not None and _is_default(acl):
            raise EC2ClientError(
                "InvalidParameterValue", f"cannot delete default network ACL {network_acl_id}"
            )
        return original(self, network_acl_id)

    return delete_network_acl


def _is_default(acl: Any) -> bool:
    return str(acl.default).lower() == "true"
