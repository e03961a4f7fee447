"""Routes without a destination, or without a target that is there."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

ANYWHERE = {"DestinationCidrBlock": "0.0.0.0/0"}


def make_table(ec2: Any) -> str:  # noqa: ANN401 - boto3's clients have no types
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


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
