"""Networks that exist already, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver
from twin.provider.values import Properties


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


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"filters": [{}]}, r"filters\[0\].name: expected text"),
        ({"filters": [{"name": "x", "value": ["y"]}]}, r"filters\[0\].values: expected a list"),
        ({"filters": "x"}, "filters: expected a list of objects"),
        ({"tags": ["x"]}, "tags: expected an object of texts"),
    ],
)
def test_what_is_no_filter_is_refused(driver: Driver, args: Properties, reason: str) -> None:
    with pytest.raises(grpc.RpcError, match=reason):
        driver.invoke("aws:ec2/getVpc:getVpc", args)


def test_no_match_and_several_are_told(driver: Driver) -> None:
    with pytest.raises(grpc.RpcError, match=r"expected one match for .*, found none"):
        driver.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "missing"}})
    with pytest.raises(grpc.RpcError, match=r"expected one match for .*, found \d"):
        driver.invoke("aws:ec2/getSubnet:getSubnet", {"state": "available"})
