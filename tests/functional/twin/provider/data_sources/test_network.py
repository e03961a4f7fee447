"""Networks that exist already, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver


def test_the_default_network_is_found(driver: Driver) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html"""
    vpc = driver.invoke("aws:ec2/getVpc:getVpc", {"default": True})
    filters = [{"name": "vpc-id", "values": [vpc["id"]]}]
    subnets = driver.invoke("aws:ec2/getSubnets:getSubnets", {"filters": filters})
    subnet = driver.invoke("aws:ec2/getSubnet:getSubnet", {"id": subnets["ids"][0]})
    group = driver.invoke(
        "aws:ec2/getSecurityGroup:getSecurityGroup", {"name": "default", "vpcId": vpc["id"]}
    )

    assert vpc["default"] is True
    assert vpc["arn"].endswith(f":vpc/{vpc['id']}")
    assert len(subnets["ids"]) >= 2
    assert (subnet["vpcId"], subnet["defaultForAz"]) == (vpc["id"], True)
    assert group["vpcId"] == vpc["id"]


def test_no_match_and_several_are_told(driver: Driver) -> None:
    with pytest.raises(grpc.RpcError, match=r"expected one match for .*, found none"):
        driver.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "missing"}})
    with pytest.raises(grpc.RpcError, match=r"expected one match for .*, found \d"):
        driver.invoke("aws:ec2/getSubnet:getSubnet", {"state": "available"})
