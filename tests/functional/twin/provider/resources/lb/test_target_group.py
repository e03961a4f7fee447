"""Target groups and the registration of a function, on moto."""

from tests.functional.twin.provider.deployments import Function
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_target_group_with_a_function_lives(driver: Driver) -> None:
    args = Function(driver, "target").args
    function = driver.create("aws:lambda/function:Function", "target", args)
    alias = driver.create(
        "aws:lambda/alias:Alias",
        "target-live",
        {"name": "live", "functionName": "target", "functionVersion": "1"},
    )
    check = {"path": "/health", "interval": 10, "timeout": 5, "matcher": "200"}
    group = check_lifecycle(
        driver,
        "aws:lb/targetGroup:TargetGroup",
        "target",
        {"targetType": "lambda", "healthCheck": check},
        {"healthCheck": {**check, "interval": 20, "unhealthyThreshold": 2}},
    )
    attachment = check_lifecycle(
        driver,
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "target",
        {"targetGroupArn": group.id, "targetId": alias.id},
        {},
    )

    assert group.outputs["arnSuffix"].startswith("targetgroup/target-")
    check_deletion(driver, attachment, group, alias, function)
