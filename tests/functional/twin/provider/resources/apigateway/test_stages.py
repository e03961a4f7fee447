"""Deployments, stages and method settings.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigateway
"""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigateway.rest_apis import (
    ACCOUNT,
    PREFIX,
    import_again,
    make_method,
    make_stage,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
LOG_GROUP = f"arn:aws:logs:{FRANKFURT}:{ACCOUNT}:log-group:/aws/api"


def test_a_deployment_and_a_stage_live(driver: Driver, api: Resource) -> None:
    make_method(driver, api)
    account = driver.create(f"{PREFIX}account:Account", "account", {"cloudwatchRoleArn": ROLE})
    deployment = check_lifecycle(
        driver,
        f"{PREFIX}deployment:Deployment",
        "first",
        {"restApi": api.id, "triggers": {"a": "1"}},
        {"description": "d"},
    )
    second = driver.create(f"{PREFIX}deployment:Deployment", "second", {"restApi": api.id})
    logs = {"destinationArn": LOG_GROUP, "format": "$context.requestId"}
    stage = check_lifecycle(
        driver,
        f"{PREFIX}stage:Stage",
        "live",
        {
            "restApi": api.id,
            "stageName": "live",
            "deployment": deployment.id,
            "accessLogSettings": logs,
            "variables": {"a": "1", "b": "2"},
            "tags": {"a": "b"},
        },
        {
            "deployment": second.id,
            "accessLogSettings": {**logs, "format": "$context.requestId $context.status"},
            "variables": {"b": "3"},
            "xrayTracingEnabled": True,
        },
    )

    host = f"{api.id}.execute-api.{FRANKFURT}.amazonaws.com"
    assert stage.outputs["invokeUrl"] == f"https://{host}/live"
    assert stage.outputs["arn"].endswith(f"/restapis/{api.id}/stages/live")
    assert import_again(driver, stage, f"{api.id}/live").outputs["variables"] == {"b": "3"}
    check_deletion(driver, stage, second, deployment)
    driver.delete(account)


def test_method_settings_live(driver: Driver, api: Resource) -> None:
    make_method(driver, api)
    deployment, stage = make_stage(driver, api)
    settings = check_lifecycle(
        driver,
        f"{PREFIX}methodSettings:MethodSettings",
        "all",
        {
            "restApi": api.id,
            "stageName": "live",
            "methodPath": "*/*",
            "settings": {"metricsEnabled": True, "throttlingRateLimit": 5.5},
        },
        {"settings": {"metricsEnabled": False, "throttlingBurstLimit": 7}},
    )

    assert settings.id == f"{api.id}-live-*/*"
    found = import_again(driver, settings, f"{api.id}/live/*/*")
    assert found.outputs["settings"]["throttlingBurstLimit"] == 7
    assert found.outputs["settings"]["throttlingRateLimit"] == -1
    check_deletion(driver, settings, stage, deployment)
