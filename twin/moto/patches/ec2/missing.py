"""What moto says of an id that does not exist: AWS's code, and the id that is missing.

moto names all ids that were asked for, or one that is there, or the text of a Python set; or it
answers with the rest.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from collections.abc import Callable, Collection
from typing import Any

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidAllocationIdError,
    InvalidSecurityGroupNotFoundError,
    InvalidSubnetIdError,
    InvalidVpcCidrBlockAssociationIdError,
)
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend

from twin.moto.patches.patching import replace_method

_Error = Callable[[str], Exception]


def patch_missing() -> None:
    """Patch moto's EC2."""
    replace_method(SubnetBackend, "describe_subnets", _describe_subnets)
    replace_method(SecurityGroupBackend, "describe_security_groups", _describe_security_groups)
    replace_method(ElasticAddressBackend, "describe_addresses", _describe_addresses)
    replace_method(ElasticAddressBackend, "address_by_allocation", _address_by_allocation)
    replace_method(
        ManagedPrefixListBackend, "describe_managed_prefix_lists", _describe_prefix_lists
    )
    replace_method(RegionsAndZonesBackend, "describe_availability_zones", _describe_zones)
    replace_method(InvalidVpcCidrBlockAssociationIdError, "__init__", _name_missing_association)


def prefix_list_not_found(prefix_list_id: str) -> EC2ClientError:
    return EC2ClientError(
        "InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist"
    )


def _check_known(asked: Collection[str] | None, known: Collection[Any], error: _Error) -> None:
    """Raises the error of the first that is not known."""
    for identifier in asked or ():
        if identifier not in known:
            raise error(identifier)


def _describe_subnets(original: Any) -> Any:
    def describe_subnets(
        self: Any, subnet_ids: list[str] | None = None, filters: Any = None
    ) -> Any:
        known = {name for subnets in self.subnets.values() for name in subnets}
        _check_known(subnet_ids, known, InvalidSubnetIdError)
        return original(self, subnet_ids, filters)

    return describe_subnets


def _describe_security_groups(original: Any) -> Any:
    def describe_security_groups(
        self: Any,
        group_ids: list[str] | None = None,
        groupnames: list[str] | None = None,
        filters: Any = None,
    ) -> Any:
        groups = [group for groups in self.groups.values() for group in groups.values()]
        _check_known(group_ids, {group.id for group in groups}, InvalidSecurityGroupNotFoundError)
        names = {group.name for group in groups}
        _check_known(groupnames, names, InvalidSecurityGroupNotFoundError)
        return original(self, group_ids, groupnames, filters)

    return describe_security_groups


def _describe_addresses(original: Any) -> Any:
    def describe_addresses(
        self: Any, allocation_ids: list[str] | None = None, *args: Any, **options: Any
    ) -> Any:
        known = {address.allocation_id for address in self.addresses}
        _check_known(allocation_ids, known, _allocation_not_found)
        return original(self, allocation_ids, *args, **options)

    return describe_addresses


def _address_by_allocation(original: Any) -> Any:
    def address_by_allocation(self: Any, allocation_ids: list[str]) -> Any:
        known = {address.allocation_id for address in self.addresses}
        _check_known(allocation_ids, known, _allocation_not_found)
        return original(self, allocation_ids)

    return address_by_allocation


def _allocation_not_found(allocation_id: str) -> EC2ClientError:
    return InvalidAllocationIdError(allocation_id)


def _describe_prefix_lists(original: Any) -> Any:
    def describe_managed_prefix_lists(
        self: Any, prefix_list_ids: list[str] | None = None, filters: Any = None
    ) -> Any:
        _check_known(prefix_list_ids, self.managed_prefix_lists, prefix_list_not_found)
        return original(self, prefix_list_ids, filters)

    return describe_managed_prefix_lists


def _describe_zones(original: Any) -> Any:
    def describe_availability_zones(
        self: Any,
        filters: Any = None,
        zone_names: list[str] | None = None,
        zone_ids: list[str] | None = None,
    ) -> Any:
        zones = original(self)
        _check_known(zone_names, {zone.name for zone in zones}, _zone_not_found)
        _check_known(zone_ids, {zone.zone_id for zone in zones}, _zone_not_found)
        return original(self, filters, zone_names, zone_ids)

    return describe_availability_zones


def _zone_not_found(zone: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")


def name_missing(code: str, noun: str) -> Callable[[Any], Any]:
    """What replaces the `__init__` of moto's error for an id that does not exist."""

    def make(_: Any) -> Any:
        def __init__(self: Any, identifier: Any) -> None:
            EC2ClientError.__init__(self, code, f"The {noun} ID '{identifier}' does not exist")

        return __init__

    return make


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html
_name_missing_association = name_missing(
    "InvalidVpcCidrBlockAssociationID.NotFound", "vpc CIDR block association"
)
