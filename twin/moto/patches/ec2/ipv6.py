"""IPv6 addresses of subnets, and the entries of AWS's own prefix lists.

moto takes anything for such addresses, also a text that is none, and answers their state as the
text of a dict, so that a caller waits for `associated` in vain. A removed block stays known to it.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import (
    CidrLimitExceeded,
    EC2ClientError,
    InvalidSubnetConflictError,
    InvalidSubnetRangeError,
    MissingParameterError,
)
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend

from twin.moto.patches.ec2.missing import prefix_list_not_found
from twin.moto.patches.patching import replace_method

PREFIX_LENGTHS = range(44, 65, 4)
"""Of a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html."""


def patch_ec2_ipv6() -> None:
    """Patch moto's EC2."""
    replace_method(SubnetBackend, "associate_subnet_cidr_block", _associate_subnet_cidr_block)
    replace_method(Subnet, "detach_subnet_cidr_block", _detach_subnet_cidr_block)
    replace_method(Subnet, "ipv6_cidr_block_association_set", _ipv6_cidr_block_association_set)
    replace_method(Subnet, "get_filter_value", _get_filter_value)
    replace_method(
        ManagedPrefixListBackend, "get_managed_prefix_list_entries", _get_prefix_list_entries
    )


def check_subnet_ipv6(backend: Any, vpc_id: str, ipv6_cidr_block: str) -> str:
    """The addresses without host bits, which are a free part of the VPC's.

    Raises EC2ClientError for no network, another length, or addresses that others have.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html
    """
    network = _parse_network(ipv6_cidr_block)
    blocks = [
        ipaddress.IPv6Network(block["cidr_block"])
        for block in backend.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=True)
    ]
    if network.prefixlen not in PREFIX_LENGTHS or not any(map(network.subnet_of, blocks)):
        raise InvalidSubnetRangeError(ipv6_cidr_block)
    for subnet in backend.describe_subnets(filters={"vpc-id": vpc_id}):
        for association in subnet.ipv6_cidr_block_associations.values():
            if network.overlaps(ipaddress.IPv6Network(association["ipv6CidrBlock"])):
                raise InvalidSubnetConflictError(ipv6_cidr_block)
    return str(network)


def _parse_network(ipv6_cidr_block: str) -> ipaddress.IPv6Network:
    """Without its host bits. Raises EC2ClientError."""
    try:
        if "/" in ipv6_cidr_block:
            return ipaddress.IPv6Network(ipv6_cidr_block, strict=False)
    except ValueError:
        pass
    raise EC2ClientError(
        "InvalidParameterValue",
        f"Value ({ipv6_cidr_block}) for parameter ipv6CidrBlock is invalid. "
        "This is not a valid CIDR block.",
    )


def _associate_subnet_cidr_block(original: Any) -> Any:
    """ "You can only associate a single IPv6 CIDR block with your subnet".

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateSubnetCidrBlock.html
    """

    def associate_subnet_cidr_block(
        self: Any, subnet_id: str, ipv6_cidr_block: str | None
    ) -> dict[str, Any]:
        subnet = self.get_subnet(subnet_id)
        if not ipv6_cidr_block:
            raise MissingParameterError("ipv6CidrBlock")
        if subnet.ipv6_cidr_block_associations:
            raise CidrLimitExceeded(subnet_id, 1)
        checked = check_subnet_ipv6(self, subnet.vpc_id, ipv6_cidr_block)
        made: dict[str, Any] = original(self, subnet_id, checked)
        return made

    return associate_subnet_cidr_block


def _detach_subnet_cidr_block(original: Any) -> Any:
    """The block is free again.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateSubnetCidrBlock.html
    """

    def detach_subnet_cidr_block(self: Any, association_id: str) -> dict[str, Any]:
        removed: dict[str, Any] = original(self, association_id)
        del self.ipv6_cidr_block_associations[association_id]
        return removed

    return detach_subnet_cidr_block


def _ipv6_cidr_block_association_set(_: Any) -> property:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetCidrBlockState.html."""

    def ipv6_cidr_block_association_set(self: Any) -> list[dict[str, Any]]:
        return list(self.ipv6_cidr_block_associations.values())

    return property(ipv6_cidr_block_association_set)


_FILTERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "association-id": lambda block: block["associationId"],
    "ipv6-cidr-block": lambda block: block["ipv6CidrBlock"],
    "state": lambda block: block["ipv6CidrBlockState"]["State"],
}
"""Of DescribeSubnets; each begins with `ipv6-cidr-block-association.`"""


def _get_filter_value(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html."""

    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        kind, _, name = filter_name.partition(".")
        if kind == "ipv6-cidr-block-association" and name in _FILTERS:
            return [_FILTERS[name](block) for block in self.ipv6_cidr_block_associations.values()]
        return original(self, filter_name, method_name)

    return get_filter_value


def _get_prefix_list_entries(original: Any) -> Any:
    """A list that is not there is an error.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """

    def get_managed_prefix_list_entries(self: Any, prefix_list_id: str) -> Any:
        found = original(self, prefix_list_id)
        if found is None:
            raise prefix_list_not_found(prefix_list_id)
        return found

    return get_managed_prefix_list_entries
