"""Corrections of moto's network ACLs: entries are checked and kept as AWS keeps them.

moto loses the type and code of ICMP, takes any number, and makes an ACL without the entries that
deny the rest. It names a missing ACL as a route table. It deletes a VPC's default ACL, and then
can't create a subnet there.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError, InvalidNetworkAclIdError, MissingParameterError
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.responses.network_acls import NetworkACLs

from twin.moto.patches.ec2.missing import name_missing
from twin.moto.patches.patching import replace_method

RULE_NUMBERS = range(1, 32767)
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html."""
_LAST_RULE = 32767
_EVERYTHING = "-1"
_PROTOCOLS = {"icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58", "all": _EVERYTHING}
_ICMP, _WITH_PORTS = frozenset({"1", "58"}), frozenset({"6", "17"})

_Read = Callable[[str], Any]
"""Returns the value of a parameter, None if it is not given."""


def patch_network_acls() -> None:
    """Patch moto's network ACLs."""
    replace_method(NetworkAclBackend, "create_network_acl", _create_network_acl)
    replace_method(NetworkAclBackend, "delete_network_acl", _delete_network_acl)
    replace_method(NetworkAclBackend, "describe_network_acls", _describe_network_acls)
    replace_method(InvalidNetworkAclIdError, "__init__", _name_missing_acl)
    for operation in ("create_network_acl_entry", "replace_network_acl_entry"):
        replace_method(NetworkACLs, operation, _write_entry(operation))
    replace_method(NetworkACLs, "delete_network_acl_entry", _delete_network_acl_entry)


def _create_network_acl(original: Any) -> Any:
    """ "Each network ACL also includes a default inbound and outbound rule", the last ones.

    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
    """

    def create_network_acl(self: Any, vpc_id: str, tags: Any = None, default: bool = False) -> Any:
        acl = original(self, vpc_id, tags, default)
        for egress in () if default else (True, False):
            self.create_network_acl_entry(
                network_acl_id=acl.id,
                rule_number=_LAST_RULE,
                protocol=_EVERYTHING,
                rule_action="deny",
                egress=egress,
                cidr_block="0.0.0.0/0",
                icmp_code=None,
                icmp_type=None,
                port_range_from=None,
                port_range_to=None,
                ipv6_cidr_block=None,
            )
        return acl

    return create_network_acl


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


def _describe_network_acls(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html."""

    def describe_network_acls(
        self: Any, network_acl_ids: list[str] | None = None, filters: Any = None
    ) -> list[Any]:
        for network_acl_id in network_acl_ids or ():
            self.get_network_acl(network_acl_id)
        found: list[Any] = original(self, network_acl_ids, filters)
        return found

    return describe_network_acls


# https://github.com/hashicorp/terraform-provider-aws/issues/34462
_name_missing_acl = name_missing("InvalidNetworkAclID.NotFound", "networkAcl")


def _write_entry(operation: str) -> Callable[[Any], Any]:
    def make(_: Any) -> Callable[[Any], ActionResult]:
        def write_network_acl_entry(self: Any) -> ActionResult:
            getattr(self.ec2_backend, operation)(**read_entry(self._get_param))
            return EmptyResult()

        return write_network_acl_entry

    return make


def _delete_network_acl_entry(original: Any) -> Any:
    """The last entry stays: "You can't modify or remove this rule".

    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    """

    def delete_network_acl_entry(self: Any) -> Any:
        _check_number(self._get_param("RuleNumber"))
        return original(self)

    return delete_network_acl_entry


def read_entry(read: _Read) -> dict[str, Any]:
    """An entry as moto's backend takes it. Raises EC2ClientError.

    Ports are kept for TCP and UDP alone, type and code for ICMP alone.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    protocol = _read_protocol(read("Protocol"))
    cidr_block, ipv6_cidr_block = read("CidrBlock"), read("Ipv6CidrBlock")
    if not cidr_block and not ipv6_cidr_block:
        raise MissingParameterError("cidrBlock")
    entry: dict[str, Any] = {
        "network_acl_id": read("NetworkAclId"),
        "rule_number": _check_number(read("RuleNumber")),
        "protocol": protocol,
        "rule_action": read("RuleAction"),
        "egress": read("Egress"),
        "cidr_block": cidr_block and _canonical(cidr_block, "cidrBlock", ipaddress.IPv4Network),
        "ipv6_cidr_block": ipv6_cidr_block
        and _canonical(ipv6_cidr_block, "ipv6CidrBlock", ipaddress.IPv6Network),
    }
    has_ports = protocol in _WITH_PORTS
    for name, path in (("port_range_from", "PortRange.From"), ("port_range_to", "PortRange.To")):
        entry[name] = read(path) if has_ports else None
        if has_ports and entry[name] is None:
            raise MissingParameterError("portRange")
    for name, path in (("icmp_type", "IcmpTypeCode.Type"), ("icmp_code", "IcmpTypeCode.Code")):
        entry[name] = read(path) if protocol in _ICMP else None
    if protocol == _PROTOCOLS["icmp"] and entry["icmp_type"] is None:
        raise MissingParameterError("icmpTypeCode.type")
    return entry


def _check_number(number: int) -> int:
    if number not in RULE_NUMBERS:
        raise _invalid("ruleNumber", number, "It must be from 1 to 32766.")
    return number


def _read_protocol(given: str) -> str:
    protocol = _PROTOCOLS.get(given.lower(), given)
    if protocol != _EVERYTHING and not (protocol.isdecimal() and int(protocol) <= 255):
        raise _invalid("protocol", given, "Unknown protocol.")
    return protocol


def _canonical(
    given: str, name: str, network: type[ipaddress.IPv4Network] | type[ipaddress.IPv6Network]
) -> str:
    try:
        return str(network(given, strict=False))
    except ValueError as exc:
        raise _invalid(name, given, "This is not a valid CIDR block.") from exc


def _invalid(name: str, value: object, why: str) -> EC2ClientError:
    return EC2ClientError(
        "InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. {why}"
    )
