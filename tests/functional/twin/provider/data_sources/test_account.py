"""Data sources, on moto."""

from tests.functional.twin.provider.driver import Driver


def test_data_sources_answer(driver: Driver) -> None:
    zones = driver.invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {"region": "us-west-2", "state": "available"},
    )
    who = driver.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    region = driver.invoke("aws:index/getRegion:getRegion", {})

    partition = driver.invoke("aws:index/getPartition:getPartition", {})

    assert partition["dnsSuffix"] == "amazonaws.com"
    assert zones["names"][:2] == ["us-west-2a", "us-west-2b"]
    assert who["accountId"] == "123456789012"
    assert region["region"] == "eu-central-1"
