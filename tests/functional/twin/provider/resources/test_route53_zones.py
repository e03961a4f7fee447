"""Hosted zones and health checks, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_zone_lives_and_takes_its_records_with_it(driver: Driver) -> None:
    zone = check_lifecycle(
        driver,
        "aws:route53/zone:Zone",
        "zone",
        {"name": "zone.example", "forceDestroy": True, "tags": {"a": "b"}},
        {"comment": "changed", "tags": {"a": "c"}},
    )
    record = {"zoneId": zone.id, "name": "www", "type": "A", "ttl": 60, "records": ["10.0.0.1"]}
    driver.create("aws:route53/record:Record", "in-zone", record)

    assert len(zone.outputs["nameServers"]) == 4
    assert zone.outputs["zoneId"] == zone.id
    check_deletion(driver, zone)


def test_a_health_check_lives(driver: Driver) -> None:
    check = check_lifecycle(
        driver,
        "aws:route53/healthCheck:HealthCheck",
        "check",
        {
            "type": "HTTP",
            "fqdn": "www.example.com",
            "port": 80,
            "resourcePath": "/health",
            "failureThreshold": 3,
            "requestInterval": 30,
            "tags": {"Name": "check"},
        },
        {"resourcePath": "/other", "failureThreshold": 2},
    )

    check_deletion(driver, check)
