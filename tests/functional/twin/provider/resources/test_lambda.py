"""Functions and aliases, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.deployments import Function, function_code
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_function_publishes_a_version_at_each_change(driver: Driver) -> None:
    args = Function(driver, "fn").args
    made = driver.create("aws:lambda/function:Function", "fn", args)

    changed = driver.update(made, {**args, "code": function_code("def handler(e, c): return 2")})
    configured = driver.update(changed, {**changed.inputs, "environment": {"variables": {}}})

    assert [r.outputs["version"] for r in (made, changed, configured)] == ["1", "2", "3"]
    assert configured.outputs["qualifiedArn"] == configured.outputs["arn"] + ":3"
    assert changed.outputs["codeSha256"] != made.outputs["codeSha256"]
    check_deletion(driver, configured)


def test_a_function_lives(driver: Driver) -> None:
    args = Function(driver, "alive").args
    function = check_lifecycle(
        driver,
        "aws:lambda/function:Function",
        "alive",
        {**args, "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/alive"}},
        {"timeout": 5, "memorySize": 256, "reservedConcurrentExecutions": 5, "tags": {"a": "b"}},
    )
    alias = check_lifecycle(
        driver,
        "aws:lambda/alias:Alias",
        "live",
        {"name": "live", "functionName": "alive", "functionVersion": "1"},
        {"functionVersion": "2"},
    )

    assert alias.outputs["arn"] == alias.id
    check_deletion(driver, alias, function)


def test_a_permission_for_a_target_group_lives(driver: Driver) -> None:
    function = driver.create(
        "aws:lambda/function:Function", "permitted", Function(driver, "permitted").args
    )
    alias = driver.create(
        "aws:lambda/alias:Alias",
        "permitted-live",
        {"name": "live", "functionName": "permitted", "functionVersion": "1"},
    )
    permission = check_lifecycle(
        driver,
        "aws:lambda/permission:Permission",
        "permitted",
        {
            "action": "lambda:InvokeFunction",
            "function": "permitted",
            "principal": "elasticloadbalancing.amazonaws.com",
            "qualifier": "live",
            "sourceArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/1",
        },
        {},
    )

    for made, identity in ((permission, "permitted:live/STATEMENT"), (alias, "permitted/live")):
        own = identity.replace("STATEMENT", permission.id)
        found = driver.refresh(Resource(made.token, made.name, own, {}, {}))
        assert found is not None
        assert found.id == made.id
        assert driver.diff(found, made.inputs) == ([], [])
    check_deletion(driver, permission, alias, function)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("aws:lambda/permission:Permission", "expected FUNCTION/STATEMENT or FUNCTION:QUALIFIER"),
        ("aws:lambda/alias:Alias", "expected FUNCTION/ALIAS"),
        ("aws:lb/targetGroupAttachment:TargetGroupAttachment", "can't be imported"),
    ],
)
def test_an_import_by_another_id_is_refused_with_the_form(
    driver: Driver, token: str, reason: str
) -> None:
    with pytest.raises(grpc.RpcError, match=reason):
        driver.refresh(Resource(token, "x", "other", {}, {}))
