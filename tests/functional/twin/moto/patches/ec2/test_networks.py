"""Calls that moto accepts and that make its later calls fail."""

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from twin import geography


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        ({}, "MissingParameter"),
        ({"CidrBlock": "x"}, "InvalidParameterValue"),
        ({"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"),
    ],
)
def test_a_vpc_takes_only_networks_as_further_addresses(
    shared: ControlProcess, addresses: dict[str, str], code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    expect_aws_error(code, ec2.associate_vpc_cidr_block, VpcId=vpc, **addresses)

    (described,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert [block["CidrBlock"] for block in described["CidrBlockAssociationSet"]] == ["10.0.0.0/16"]


def test_an_endpoint_is_a_gateway_by_default_and_can_be_deleted(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-west-3.dynamodb")

    endpoint = made["VpcEndpoint"]
    assert endpoint["VpcEndpointType"] == "Gateway"
    deleted = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    assert not deleted.get("Unsuccessful")


def test_an_endpoint_that_is_missing_is_named_and_the_others_are_deleted(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.eu-west-3.dynamodb")
    endpoint, missing = made["VpcEndpoint"]["VpcEndpointId"], "vpce-0123456789abcdef0"

    deleted = ec2.delete_vpc_endpoints(VpcEndpointIds=[missing, endpoint])
    again = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])

    assert deleted["Unsuccessful"] == [
        {
            "ResourceId": missing,
            "Error": {
                "Code": "InvalidVpcEndpointId.NotFound",
                "Message": f"The VpcEndPoint ID '{missing}' does not exist",
            },
        }
    ]
    assert [each["ResourceId"] for each in again["Unsuccessful"]] == [endpoint]


def test_a_missing_vpc_is_named_as_aws_names_it(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    missing = "vpc-0123456789abcdef0"

    error = expect_aws_error("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[vpc, missing])

    assert error_message(error) == f"The vpc ID '{missing}' does not exist"


@pytest.mark.parametrize("zone", ["eu-west-3x", "eu-central-1a"])
def test_a_subnet_is_in_a_zone_of_its_region(shared: ControlProcess, zone: str) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    error = expect_aws_error(
        "InvalidParameterValue",
        ec2.create_subnet,
        VpcId=vpc,
        CidrBlock="10.0.1.0/24",
        AvailabilityZone=zone,
    )

    assert error_message(error).endswith("zones: eu-west-3a, eu-west-3b, eu-west-3c.")


def test_all_regions_that_are_listed_can_be_called(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html."""
    ec2 = shared.client("ec2", PARIS)

    listed = {region["RegionName"] for region in ec2.describe_regions(AllRegions=True)["Regions"]}

    assert "eu-west-3" in listed
    assert listed <= {location.name for location in geography.REGIONS}
    expect_aws_error("InvalidParameterValue", ec2.describe_regions, RegionNames=["mars-1"])


@pytest.mark.parametrize(
    ("addresses", "code", "message"),
    [
        ("10.0.0.0/29", "InvalidSubnet.Range", "The CIDR '10.0.0.0/29' is invalid."),
        ("10.0.0.0/32", "InvalidSubnet.Range", "The CIDR '10.0.0.0/32' is invalid."),
        ("10.0.0.0/15", "InvalidSubnet.Range", "The CIDR '10.0.0.0/15' is invalid."),
        ("10.1.0.0/24", "InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid."),
        (
            "10.0.9.0/26",
            "InvalidSubnet.Conflict",
            "The CIDR '10.0.9.0/26' conflicts with another subnet",
        ),
        (
            "10.0.0.0",
            "InvalidParameterValue",
            "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ),
    ],
)
def test_a_subnet_is_a_free_part_of_its_vpc(
    shared: ControlProcess, addresses: str, code: str, message: str
) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")

    error = expect_aws_error(code, ec2.create_subnet, VpcId=vpc, CidrBlock=addresses)

    assert error_message(error) == message


def test_host_bits_of_networks_are_cleared(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html."""
    ec2 = shared.client("ec2", PARIS)

    vpc = ec2.create_vpc(CidrBlock="100.68.0.18/18")["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="100.68.9.9/28")["Subnet"]

    assert (vpc["CidrBlock"], subnet["CidrBlock"]) == ("100.68.0.0/18", "100.68.9.0/28")


def test_a_vpc_needs_addresses(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html."""
    error = expect_aws_error("MissingParameter", shared.client("ec2", PARIS).create_vpc)

    assert error_message(error) == "The request must contain the parameter cidrBlock"


def test_the_default_network_leads_to_the_internet(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html."""
    ec2 = shared.client("ec2", PARIS)
    default = [{"Name": "is-default", "Values": ["true"]}]
    vpc = ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]

    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    (gateway,) = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "RouteTables"
    ]

    targets = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
    assert targets == {"172.31.0.0/16": "local", "0.0.0.0/0": gateway["InternetGatewayId"]}
