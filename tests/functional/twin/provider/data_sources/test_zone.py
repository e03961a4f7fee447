"""Hosted zones that exist already, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver


def test_a_zone_is_found_by_its_name_or_id(driver: Driver) -> None:
    made = driver.create("aws:route53/zone:Zone", "found", {"name": "found.example"})

    by_name = driver.invoke("aws:route53/getZone:getZone", {"name": "found.example."})
    by_id = driver.invoke("aws:route53/getZone:getZone", {"zoneId": made.id})

    assert by_name == by_id
    assert by_name["zoneId"] == made.id
    assert by_name["nameServers"] == made.outputs["nameServers"]


def test_a_zone_that_is_not_there_is_told(driver: Driver) -> None:
    with pytest.raises(grpc.RpcError, match=r"one hosted zone for none\.example, found 0"):
        driver.invoke("aws:route53/getZone:getZone", {"name": "none.example"})
