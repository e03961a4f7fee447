"""Log groups, on moto."""

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration
from twin.provider.values import Properties


def test_a_log_group_lives(driver: Driver) -> None:
    group = check_lifecycle(
        driver,
        "aws:cloudwatch/logGroup:LogGroup",
        "logs",
        {"name": "/aws/lambda/logs", "retentionInDays": 7},
        {"retentionInDays": 0},
    )

    assert group.id == "/aws/lambda/logs"
    assert not group.outputs["arn"].endswith("*")
    check_deletion(driver, group)


def test_a_refresh_sees_what_was_changed_by_hand(driver: Driver, moto_url: str) -> None:
    args = {"name": "/drift", "retentionInDays": 7, "tags": {"a": "b"}}
    group = driver.create("aws:cloudwatch/logGroup:LogGroup", "drift", args)
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    by_hand: Properties = {"logGroupName": "/drift", "retentionInDays": 30}
    aws.call("logs", "eu-central-1", "PutRetentionPolicy", by_hand)

    refreshed = driver.refresh(group)

    assert refreshed is not None
    assert refreshed.inputs["retentionInDays"] == 30
    assert driver.diff(refreshed, args) == (["retentionInDays"], [])
    mended = driver.update(refreshed, args)
    assert mended.outputs["retentionInDays"] == 7
    check_deletion(driver, mended)
