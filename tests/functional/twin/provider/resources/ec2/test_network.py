"""VPC, subnet and internet gateway, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_network_lives(driver: Driver) -> None:
    vpc = check_lifecycle(
        driver,
        "aws:ec2/vpc:Vpc",
        "net",
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "n"}},
        {"enableDnsHostnames": False, "tags": {"Name": "m", "x": "y"}},
    )
    subnet = check_lifecycle(
        driver,
        "aws:ec2/subnet:Subnet",
        "a",
        {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-central-1a"},
        {"mapPublicIpOnLaunch": True},
    )
    gateway = check_lifecycle(
        driver, "aws:ec2/internetGateway:InternetGateway", "gate", {"vpcId": vpc.id}, {}
    )

    assert vpc.outputs["arn"].endswith(f":vpc/{vpc.id}")
    assert vpc.outputs["mainRouteTableId"].startswith("rtb-")
    assert vpc.outputs["defaultSecurityGroupId"].startswith("sg-")
    check_deletion(driver, gateway, subnet, vpc)
