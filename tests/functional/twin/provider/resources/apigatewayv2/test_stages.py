"""Deployments and stages of HTTP APIs.

https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from tests.functional.twin.provider.resources.apigatewayv2.http_apis import (
    ACCOUNT,
    PREFIX,
    make_route,
)
from twin.provider.values import Properties

LOG_GROUP = f"arn:aws:logs:{FRANKFURT}:{ACCOUNT}:log-group:/aws/api"


def test_a_stage_lives(driver: Driver, api: Resource) -> None:
    made = [*make_route(driver, api, "GET /a"), *make_route(driver, api, "GET /b")]
    settings: Properties = {
        "apiId": api.id,
        "name": "$default",
        "autoDeploy": True,
        "stageVariables": {"a": "1", "b": "2"},
        "defaultRouteSettings": {"throttlingBurstLimit": 10, "throttlingRateLimit": 5.5},
        "routeSettings": [
            {"routeKey": "GET /a", "throttlingBurstLimit": 1, "throttlingRateLimit": 1}
        ],
        "tags": {"a": "b"},
    }
    stage = check_lifecycle(
        driver,
        f"{PREFIX}stage:Stage",
        "live",
        settings,
        {
            "stageVariables": {"b": "3"},
            "routeSettings": [
                {"routeKey": "GET /b", "throttlingBurstLimit": 2, "throttlingRateLimit": 2}
            ],
            "accessLogSettings": {"destinationArn": LOG_GROUP, "format": "$context.requestId"},
        },
    )

    host = f"{api.id}.execute-api.{FRANKFURT}.amazonaws.com"
    assert stage.outputs["invokeUrl"] == f"https://{host}/"
    assert stage.outputs["executionArn"].endswith(f":{api.id}/$default")
    assert stage.outputs["stageVariables"] == {"b": "3"}
    assert [one["routeKey"] for one in stage.outputs["routeSettings"]] == ["GET /b"]
    check_deletion(driver, stage, *reversed(made))


def test_a_plain_stage_serves_a_deployment(driver: Driver, api: Resource) -> None:
    made = make_route(driver, api, "GET /a")
    deployment = check_lifecycle(
        driver,
        f"{PREFIX}deployment:Deployment",
        "first",
        {"apiId": api.id, "triggers": {"routes": "1"}},
        {"description": "d"},
    )
    stage = check_lifecycle(
        driver,
        f"{PREFIX}stage:Stage",
        "prod",
        {"apiId": api.id, "name": "prod", "deploymentId": deployment.id},
        {"description": "d"},
    )

    assert stage.outputs["invokeUrl"].endswith(".amazonaws.com/prod")
    check_deletion(driver, stage, deployment, *reversed(made))
