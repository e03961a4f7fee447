"""Of several ids the one that does not exist is named."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


@pytest.mark.parametrize(
    ("operation", "parameter", "listed", "missing", "code"),
    [
        ("subnets", "SubnetId", "Subnets", "subnet-0123456789abcdef0", "InvalidSubnetID.NotFound"),
        ("security_groups", "GroupId", "SecurityGroups", "sg-0123", "InvalidGroup.NotFound"),
        (
            "addresses",
            "AllocationId",
            "Addresses",
            "eipalloc-0123456789abcdef0",
            "InvalidAllocationID.NotFound",
        ),
        (
            "managed_prefix_lists",
            "PrefixListId",
            "PrefixLists",
            "pl-0123456789abcdef0",
            "InvalidPrefixListID.NotFound",
        ),
        ("availability_zones", "ZoneName", "AvailabilityZones", "eu-1z", "InvalidParameterValue"),
        ("availability_zones", "ZoneId", "AvailabilityZones", "az9", "InvalidParameterValue"),
    ],
)
def test_the_missing_one_is_named(
    shared: ControlProcess, operation: str, parameter: str, listed: str, missing: str, code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    ec2: Any = shared.client("ec2", PARIS)
    ec2.allocate_address(Domain="vpc")
    describe = getattr(ec2, f"describe_{operation}")
    there = describe()[listed][0][parameter]

    error = expect_aws_error(code, describe, **{f"{parameter}s": [there, missing]})

    assert missing in error_message(error)
    assert there not in error_message(error)
    assert "{" not in error_message(error)


def test_a_missing_association_of_a_vpcs_addresses_is_named(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html."""
    expect_aws_error(
        "InvalidVpcCidrBlockAssociationID.NotFound",
        shared.client("ec2", PARIS).disassociate_vpc_cidr_block,
        AssociationId="vpc-cidr-assoc-0123456789abcdef0",
    )
