"""The security group that Global Accelerator makes in the VPC of a load balancer.

It makes one in the VPC of each endpoint that preserves the clients' addresses, named
GlobalAccelerator, and never deletes it. So the VPC can't be deleted before that group is:
https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.how-to-enable-preservation.html
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/globalaccelerator_endpoint_group

Simplified: the twin has no network interfaces of an accelerator, so the group can be deleted while
it is in use, which AWS refuses.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from twin.control.globalaccelerator.model import ServiceState
from twin.moto.calls.aws_call import AwsCall, call_between_services

GROUP_NAME = "GlobalAccelerator"
DESCRIPTION = "GlobalAccelerator configured SecurityGroup"


class Vpc(NamedTuple):
    """A VPC by its id."""

    region: str
    vpc_id: str


def find_entered_vpcs(state: ServiceState, balancers: Mapping[str, Vpc]) -> frozenset[Vpc]:
    """The VPCs in which accelerators reach load balancers with the clients' addresses.

    `balancers`: the VPC of each load balancer, by ARN.
    """
    return frozenset(
        balancers[endpoint.id]
        for accelerator in state.accelerators
        for listener in accelerator.listeners
        for group in listener.groups
        for endpoint in group.endpoints
        if endpoint.client_ip_preservation and endpoint.id in balancers
    )


def create_security_group_call(vpc: Vpc) -> AwsCall:
    """The call of EC2 that makes the group."""
    parameters = {
        "Action": "CreateSecurityGroup",
        "Version": "2016-11-15",
        "GroupName": GROUP_NAME,
        "GroupDescription": DESCRIPTION,
        "VpcId": vpc.vpc_id,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode(parameters).encode()
    return call_between_services("accelerator", "ec2", vpc.region, headers, body)
