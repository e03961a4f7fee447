"""The DHCP options of a Region that AWS makes, and each VPC has.

moto has none: a VPC names its options `default`, and nobody finds them.
"""

import hashlib
from typing import Any

from moto.ec2.models.dhcp_options import DHCPOptionsSet, DHCPOptionsSetBackend
from moto.ec2.models.vpcs import VPC

from twin.moto.patches.patching import replace_method


def patch_dhcp_options() -> None:
    """Patch moto's EC2."""
    replace_method(DHCPOptionsSetBackend, "describe_dhcp_options", _describe_dhcp_options)
    replace_method(VPC, "dhcp_options_id", _dhcp_options_id)
    replace_method(VPC, "get_filter_value", _get_filter_value)


class _DefaultDhcpOptions(DHCPOptionsSet):
    """Made for each answer: it has no state, only its tags, which moto keeps by its id.

    https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
    """

    def __init__(self, ec2_backend: Any) -> None:
        region = ec2_backend.region_name
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        self.ec2_backend = ec2_backend
        self._options = {"domain-name": [domain], "domain-name-servers": ["AmazonProvidedDNS"]}
        self.id = default_dhcp_options_id(ec2_backend.account_id, region)
        self.owner_id = ec2_backend.account_id
        self.vpc = None


def default_dhcp_options_id(account: str, region: str) -> str:
    """Of an account in a Region; the same after a restart."""
    digest = hashlib.sha256(f"{account} {region}".encode()).hexdigest()
    return f"dopt-{digest[:17]}"


def _describe_dhcp_options(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html."""

    def describe_dhcp_options(
        self: Any, dhcp_options_ids: list[str] | None = None, filters: Any = None
    ) -> Any:
        options = _DefaultDhcpOptions(self)
        self.dhcp_options_sets[options.id] = options
        try:
            return original(self, dhcp_options_ids, filters)
        finally:
            del self.dhcp_options_sets[options.id]

    return describe_dhcp_options


def _dhcp_options_id(_: Any) -> property:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html."""

    def dhcp_options_id(self: Any) -> str:
        backend = self.ec2_backend
        return default_dhcp_options_id(backend.account_id, backend.region_name)

    return property(dhcp_options_id)


def _get_filter_value(original: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html."""

    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "dhcp-options-id":
            return self.dhcp_options_id
        return original(self, filter_name, method_name)

    return get_filter_value
