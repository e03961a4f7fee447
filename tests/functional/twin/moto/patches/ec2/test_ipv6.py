"""Subnets with IPv6 addresses, and AWS's own prefix lists."""

import ipaddress
from typing import Any

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


def make_vpc(ec2: Any) -> tuple[str, list[str]]:  # noqa: ANN401 - boto3's clients have no types
    """A VPC with IPv6 addresses: its id, and its networks of 64 bits."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = ipaddress.IPv6Network(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    return vpc["VpcId"], [str(network) for network in block.subnets(new_prefix=64)]


def test_a_subnets_ipv6_addresses_are_associated(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetCidrBlockState.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, networks = make_vpc(ec2)

    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=networks[0])
    subnet = made["Subnet"]

    (block,) = subnet["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlock"] == networks[0]
    assert block["Ipv6CidrBlockState"] == {"State": "associated"}
    (found,) = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert found["Ipv6CidrBlockAssociationSet"] == [block]


def test_subnets_are_found_by_their_ipv6_addresses(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, networks = make_vpc(ec2)
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=networks[0])
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=networks[1])
    (block,) = made["Subnet"]["Ipv6CidrBlockAssociationSet"]

    for name, value in (
        ("association-id", block["AssociationId"]),
        ("ipv6-cidr-block", networks[1]),
    ):
        asked = [{"Name": f"ipv6-cidr-block-association.{name}", "Values": [value]}]
        (found,) = ec2.describe_subnets(Filters=asked)["Subnets"]
        assert found["SubnetId"] == made["Subnet"]["SubnetId"]
    asked = [
        {"Name": "ipv6-cidr-block-association.state", "Values": ["associated"]},
        {"Name": "vpc-id", "Values": [vpc]},
    ]
    assert len(ec2.describe_subnets(Filters=asked)["Subnets"]) == 2


def test_a_subnet_gets_its_ipv6_addresses_later_and_gives_them_back(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateSubnetCidrBlock.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, networks = make_vpc(ec2)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]

    added = ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=networks[1])
    identifier = added["Ipv6CidrBlockAssociation"]["AssociationId"]
    second = {"SubnetId": subnet, "Ipv6CidrBlock": networks[2]}
    expect_aws_error("CidrLimitExceeded", ec2.associate_subnet_cidr_block, **second)
    removed = ec2.disassociate_subnet_cidr_block(AssociationId=identifier)

    assert added["SubnetId"] == removed["SubnetId"] == subnet
    assert added["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"] == {"State": "associated"}
    assert removed["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"] == {"State": "disassociated"}
    (found,) = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert found["Ipv6CidrBlockAssociationSet"] == []
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", Ipv6CidrBlock=networks[1])
    expect_aws_error(
        "InvalidSubnetCidrBlockAssociationID.NotFound",
        ec2.disassociate_subnet_cidr_block,
        AssociationId=identifier,
    )


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        ("nonsense", "InvalidParameterValue"),
        ("2001:db8::", "InvalidParameterValue"),
        ("10.0.0.0/24", "InvalidParameterValue"),
        ("2001:db8::/64", "InvalidSubnet.Range"),
    ],
)
def test_a_subnets_ipv6_addresses_are_its_vpcs(
    shared: ControlProcess, addresses: str, code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, _ = make_vpc(ec2)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]

    made = {"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": addresses}
    error = expect_aws_error(code, ec2.create_subnet, **made)
    added = {"SubnetId": subnet, "Ipv6CidrBlock": addresses}
    expect_aws_error(code, ec2.associate_subnet_cidr_block, **added)

    assert addresses in error_message(error)
    assert len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]) == 1


@pytest.mark.parametrize("length", [63, 65])
def test_a_subnets_ipv6_addresses_have_a_length_that_aws_takes(
    shared: ControlProcess, length: int
) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, networks = make_vpc(ec2)
    addresses = networks[0].replace("/64", f"/{length}")

    made = {"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": addresses}
    expect_aws_error("InvalidSubnet.Range", ec2.create_subnet, **made)


def test_two_subnets_have_no_ipv6_address_in_common(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc, networks = make_vpc(ec2)
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", Ipv6CidrBlock=networks[0])

    made = {"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": networks[0]}
    expect_aws_error("InvalidSubnet.Conflict", ec2.create_subnet, **made)


def test_the_entries_of_a_prefix_list_are_there(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html."""
    ec2 = shared.client("ec2", PARIS)
    tables = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-west-3.dynamodb"]}]
    (listed,) = ec2.describe_managed_prefix_lists(Filters=tables)["PrefixLists"]

    found = ec2.get_managed_prefix_list_entries(PrefixListId=listed["PrefixListId"])

    assert all(ipaddress.ip_network(entry["Cidr"]) for entry in found["Entries"])
    assert found["Entries"]


def test_a_missing_prefix_list_is_named(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    missing = "pl-0123456789abcdef0"

    error = expect_aws_error(
        "InvalidPrefixListID.NotFound",
        shared.client("ec2", PARIS).get_managed_prefix_list_entries,
        PrefixListId=missing,
    )

    assert error_message(error) == f"The prefix list ID '{missing}' does not exist"
