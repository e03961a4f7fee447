"""Routes and rules on their own, on moto."""

import pytest

from tests.functional.twin.provider.deployments import Network
from tests.functional.twin.provider.driver import Driver, Failed
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_route_lives(driver: Driver) -> None:
    network = Network(driver, "routed")
    gateway = driver.create(
        "aws:ec2/internetGateway:InternetGateway", "routed", {"vpcId": network.vpc.id}
    )
    table = driver.create("aws:ec2/routeTable:RouteTable", "routed", {"vpcId": network.vpc.id})
    args = {
        "routeTableId": table.id,
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": gateway.id,
    }
    route = check_lifecycle(driver, "aws:ec2/route:Route", "out", args, {})

    assert route.outputs["state"] == "active"
    assert route.id.startswith(f"r-{table.id}")
    check_deletion(driver, route)


def test_a_route_has_one_destination(driver: Driver) -> None:
    with pytest.raises(Failed, match="exactly one of"):
        driver.check("aws:ec2/route:Route", "none", {"routeTableId": "rtb-1"})


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_rule_of_a_security_group_lives(driver: Driver, direction: str) -> None:
    network = Network(driver, f"ruled-{direction}")
    rule = check_lifecycle(
        driver,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "web",
        {
            "type": direction,
            "securityGroupId": network.group.id,
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 444,
            "cidrBlocks": ["10.0.0.0/8", "192.168.0.0/16"],
            "description": "web",
        },
        {},
    )

    check_deletion(driver, rule)
