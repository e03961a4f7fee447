"""Creations that are repeated with the same client token."""

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

SERVICE = "com.amazonaws.eu-west-3.dynamodb"


@pytest.mark.parametrize(
    ("operation", "member", "more"),
    [
        ("create_network_acl", "NetworkAcl", {}),
        ("create_route_table", "RouteTable", {}),
        ("create_vpc_endpoint", "VpcEndpoint", {"ServiceName": SERVICE}),
    ],
)
def test_a_client_token_makes_one_resource(
    shared: ControlProcess, operation: str, member: str, more: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"""
    ec2 = shared.client("ec2", PARIS)
    vpc, other = (ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
    create = getattr(ec2, operation)

    made = [create(VpcId=vpc, ClientToken=token, **more)[member] for token in ("a", "a", "b")]

    ids = [resource[f"{member}Id"] for resource in made]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]
    expect_aws_error("IdempotentParameterMismatch", create, VpcId=other, ClientToken="a", **more)
