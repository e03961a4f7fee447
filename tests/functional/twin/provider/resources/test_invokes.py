"""Data sources, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver, Failed


def test_data_sources_answer(driver: Driver) -> None:
    zones = driver.invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {"region": "us-west-2", "state": "available"},
    )
    who = driver.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    region = driver.invoke("aws:index/getRegion:getRegion", {})

    assert zones["names"][:2] == ["us-west-2a", "us-west-2b"]
    assert who["accountId"] == "123456789012"
    assert region["region"] == "eu-central-1"


def test_a_data_source_takes_no_argument_that_it_does_not_know(driver: Driver) -> None:
    with pytest.raises(Failed, match="does not know the argument 'colour'"):
        driver.invoke("aws:index/getRegion:getRegion", {"colour": "red"})
    with pytest.raises(grpc.RpcError, match=r"twin/provider/resources/invokes\.py"):
        driver.invoke("aws:index/getPartition:getPartition", {})
