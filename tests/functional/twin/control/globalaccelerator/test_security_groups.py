"""The security group that Global Accelerator leaves in a load balancer's VPC, over boto3."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import (
    NetworkIds,
    create_load_balancer,
    create_network,
)


@pytest.fixture
def network(shared: ControlProcess) -> NetworkIds:
    return create_network(shared, PARIS)


def enter(
    shared: ControlProcess, listener: str, network: NetworkIds, name: str, scheme: str = "internal"
) -> dict[str, Any]:
    """An endpoint group with a load balancer in the network."""
    arn = create_load_balancer(shared, PARIS, network, name, scheme)["LoadBalancerArn"]
    client = shared.client("globalaccelerator", "us-west-2")
    created: dict[str, Any] = client.create_endpoint_group(
        ListenerArn=listener,
        EndpointGroupRegion=PARIS,
        EndpointConfigurations=[
            {"EndpointId": arn, "ClientIPPreservationEnabled": scheme == "internal"}
        ],
    )["EndpointGroup"]
    return created


def groups_of(shared: ControlProcess, network: NetworkIds) -> dict[str, str]:
    """Name -> id of each security group of the VPC."""
    filters = [{"Name": "vpc-id", "Values": [network.vpc]}]
    found = shared.client("ec2", PARIS).describe_security_groups(Filters=filters)
    return {group["GroupName"]: group["GroupId"] for group in found["SecurityGroups"]}


def test_an_endpoint_that_preserves_addresses_gets_a_group_that_stays(
    shared: ControlProcess, client: Client, listener: str, network: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.how-to-enable-preservation.html"""
    arn = enter(shared, listener, network, "entered")["EndpointGroupArn"]
    made = groups_of(shared, network)["GlobalAccelerator"]

    client.update_endpoint_group(EndpointGroupArn=arn, TrafficDialPercentage=10)
    client.delete_endpoint_group(EndpointGroupArn=arn)

    assert groups_of(shared, network)["GlobalAccelerator"] == made


def test_an_endpoint_that_hides_addresses_gets_none(
    shared: ControlProcess, listener: str, network: NetworkIds
) -> None:
    enter(shared, listener, network, "hidden", "internet-facing")

    assert "GlobalAccelerator" not in groups_of(shared, network)


def test_a_vpc_with_a_group_beside_the_default_one_can_t_be_deleted(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html"""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="GlobalAccelerator", Description="left", VpcId=vpc)[
        "GroupId"
    ]

    expect_aws_error("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
