"""Records, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration


def test_a_record_lives(driver: Driver, moto_url: str) -> None:
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    zone = aws.call(
        "route53", "us-east-1", "CreateHostedZone", {"Name": "example.com", "CallerReference": "1"}
    )["HostedZone"]["Id"].rpartition("/")[2]
    record = check_lifecycle(
        driver,
        "aws:route53/record:Record",
        "www",
        {"zoneId": zone, "name": "www", "type": "A", "ttl": 60, "records": ["10.0.0.1"]},
        {"records": ["10.0.0.2", "10.0.0.3"], "ttl": 30},
    )
    alias = {"name": "a.example.net", "zoneId": "Z2BJ6XQ5FK7U4H", "evaluateTargetHealth": True}
    other = check_lifecycle(
        driver,
        "aws:route53/record:Record",
        "alias",
        {"zoneId": zone, "name": "api.example.com", "type": "A", "aliases": [alias]},
        {},
    )

    assert record.outputs["fqdn"] == "www.example.com"
    check_deletion(driver, record, other)
