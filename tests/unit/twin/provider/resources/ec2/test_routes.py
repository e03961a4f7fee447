"""Routes and rules on their own: what an update changes in its place.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route.go
https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_security_group_rule.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.values import Properties

ROUTE: Properties = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}


class FakeNetwork(FakeAws):
    """A route table and a security group, which take what they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.route: Properties = {}
        self.permission: Properties = {}
        self.handlers = {
            "CreateRoute": self._set_route,
            "ReplaceRoute": self._set_route,
            "DescribeRouteTables": lambda *_: {"RouteTables": [{"Routes": [self.route]}]},
            "DescribeSecurityGroups": lambda *_: {"SecurityGroups": [self._group()]},
        }
        for direction in ("Ingress", "Egress"):
            self.handlers[f"AuthorizeSecurityGroup{direction}"] = self._set_permission
            update = f"UpdateSecurityGroupRuleDescriptions{direction}"
            self.handlers[update] = self._set_permission

    def _set_route(self, _: str, params: Properties) -> Properties:
        self.route = {name: value for name, value in params.items() if name != "RouteTableId"}
        return {}

    def _set_permission(self, _: str, params: Properties) -> Properties:
        (self.permission,) = params["IpPermissions"]
        return {}

    def _group(self) -> Properties:
        return {"IpPermissions": [self.permission], "IpPermissionsEgress": [self.permission]}


def test_a_route_gets_another_target_in_its_place() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html"""
    aws = FakeNetwork()
    program = Program(aws, "aws:ec2/route:Route")
    program.up({**ROUTE, "gatewayId": "igw-1"})

    program.up({**ROUTE, "gatewayId": "igw-2"})
    program.up({**ROUTE, "vpcEndpointId": "vpce-1"})

    destination = {"DestinationCidrBlock": "0.0.0.0/0"}
    assert aws.calls_of("ReplaceRoute") == [
        {"RouteTableId": "rtb-1", **destination, "GatewayId": "igw-2"},
        {"RouteTableId": "rtb-1", **destination, "VpcEndpointId": "vpce-1"},
    ]
    assert program.refresh()
    assert program.up({**ROUTE, "vpcEndpointId": "vpce-1"}) == []


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_a_rule_gets_another_description_in_its_place(direction: str) -> None:
    aws = FakeNetwork()
    program = Program(aws, "aws:ec2/securityGroupRule:SecurityGroupRule")
    rule: Properties = {
        "type": direction.lower(),
        "securityGroupId": "sg-1",
        "protocol": "tcp",
        "fromPort": 80,
        "toPort": 80,
        "cidrBlocks": ["10.0.0.0/8"],
    }
    program.up({**rule, "description": "one"})

    program.up({**rule, "description": "two"})
    program.up(rule)

    updates = aws.calls_of(f"UpdateSecurityGroupRuleDescriptions{direction}")
    ranges = [permission["IpRanges"] for call in updates for permission in call["IpPermissions"]]
    assert ranges == [
        [{"CidrIp": "10.0.0.0/8", "Description": "two"}],
        [{"CidrIp": "10.0.0.0/8"}],
    ]
    assert program.up(rule) == []
