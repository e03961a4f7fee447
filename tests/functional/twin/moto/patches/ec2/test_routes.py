"""Routes without a destination, or without a target that is there."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

ANYWHERE = {"DestinationCidrBlock": "0.0.0.0/0"}


def make_table(ec2: Any) -> str:  # noqa: ANN401 - boto3's clients have no types
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def test_a_subnet_has_one_route_table(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    one, other = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    first = ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"]

    again = ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"]
    expect_aws_error(
        "Resource.AlreadyAssociated", ec2.associate_route_table, RouteTableId=other, SubnetId=subnet
    )
    ec2.disassociate_route_table(AssociationId=first)

    assert again == first
    assert ec2.associate_route_table(RouteTableId=other, SubnetId=subnet)["AssociationId"] != first


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (ANYWHERE, "MissingParameter"),
        (ANYWHERE | {"GatewayId": "igw-1", "NatGatewayId": "nat-1"}, "InvalidParameterCombination"),
        (ANYWHERE | {"GatewayId": "nat-0123456789abcdef0"}, "InvalidGatewayID.NotFound"),
        (ANYWHERE | {"NatGatewayId": "nat-0123456789abcdef0"}, "InvalidNatGatewayID.NotFound"),
        ({"GatewayId": "igw-0123456789abcdef0"}, "MissingParameter"),
    ],
)
def test_a_route_leads_somewhere(shared: ControlProcess, route: dict[str, str], code: str) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html."""
    ec2 = shared.client("ec2", PARIS)
    table = make_table(ec2)

    expect_aws_error(code, ec2.create_route, RouteTableId=table, **route)

    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert [one["GatewayId"] for one in found["Routes"]] == ["local"]
