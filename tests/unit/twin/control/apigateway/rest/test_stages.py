"""Deployments and stages of REST APIs."""

from typing import Any

import pytest

from tests.unit.twin.control.apigateway.calls import LOG_GROUP, Gateway

ROLE = "arn:aws:iam::123456789012:role/r"
FORMAT = "$context.requestId"


def test_a_stage_moves_between_deployments(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html"""
    api, root = gateway.deployed_rest_api()
    where = {"restApiId": api, "stageName": "live"}
    first = gateway.rest("GetStage", **where)["deploymentId"]
    gateway.method(api, root, "POST")
    gateway.now += 1
    second = gateway.rest("CreateDeployment", restApiId=api, description="second")

    assert second["apiSummary"]["/"]["POST"] == {
        "authorizationType": "NONE",
        "apiKeyRequired": False,
    }
    gateway.patch("UpdateStage", "/deploymentId", second["id"], **where)
    assert gateway.served_paths(api, "live") == ["GET /", "POST /"]
    listed = gateway.rest("GetDeployments", restApiId=api)["items"]
    assert [one["id"] for one in listed] == [second["id"], first]
    refused = gateway.rest_refused("DeleteDeployment", restApiId=api, deploymentId=second["id"])
    assert refused.message == ("Active stages pointing to this deployment must be moved or deleted")
    gateway.rest("DeleteDeployment", restApiId=api, deploymentId=first)
    named = {"restApiId": api, "deploymentId": second["id"]}
    assert gateway.patch("UpdateDeployment", "/description", "d", **named)["description"] == "d"
    assert "apiSummary" in gateway.rest("GetDeployment", **named, embed=["apisummary"])


def test_a_stage_is_made_for_a_deployment(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html"""
    api, _ = gateway.deployed_rest_api()
    deployment = gateway.rest("GetStage", restApiId=api, stageName="live")["deploymentId"]
    names = {"restApiId": api, "deploymentId": deployment}

    made = gateway.rest("CreateStage", **names, stageName="next", variables={"a": "b"})

    assert made["variables"] == {"a": "b"}
    assert made["cacheClusterStatus"] == "NOT_AVAILABLE"
    assert [one["stageName"] for one in gateway.rest("GetStages", **names)["item"]] == [
        "live",
        "next",
    ]
    assert gateway.rest_refused("CreateStage", **names, stageName="next").message == (
        "Stage already exists"
    )
    wrong = gateway.rest_refused("CreateStage", **names, stageName="a b")
    assert wrong.message == "Stage name only allows a-zA-Z0-9_-"
    canary = gateway.rest_refused("CreateStage", **names, stageName="x", canarySettings={"a": 1})
    assert canary.status == 501
    gateway.rest("DeleteStage", restApiId=api, stageName="next")


def test_a_stage_is_patched(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html"""
    api, _ = gateway.deployed_rest_api()
    where = {"restApiId": api, "stageName": "live"}
    gateway.patch("UpdateAccount", "/cloudwatchRoleArn", ROLE)

    for path, value, op in [
        ("/description", "d", "replace"),
        ("/variables/a", "1", "replace"),
        ("/variables/b", "2", "add"),
        ("/variables/a", None, "remove"),
        ("/accessLogSettings/destinationArn", f"{LOG_GROUP}:*", "replace"),
        ("/accessLogSettings/format", FORMAT, "replace"),
        ("/tracingEnabled", "true", "replace"),
        ("/cacheClusterEnabled", "false", "replace"),
    ]:
        gateway.patch("UpdateStage", path, value, op=op, **where)

    found = gateway.rest("GetStage", **where)
    assert (found["description"], found["variables"]) == ("d", {"b": "2"})
    assert found["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": FORMAT}
    assert found["tracingEnabled"]
    assert gateway.published_stage(api, "live").access_log_group == "/aws/api"
    gateway.patch("UpdateStage", "/accessLogSettings", op="remove", **where)
    assert "accessLogSettings" not in gateway.rest("GetStage", **where)


@pytest.mark.parametrize(
    ("path", "value"),
    [("/accessLogSettings/destinationArn", LOG_GROUP), ("/*/*/logging/loglevel", "INFO")],
)
def test_logs_need_the_accounts_role(gateway: Gateway, path: str, value: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    api, _ = gateway.deployed_rest_api()
    patch: dict[str, Any] = {"op": "replace", "path": path, "value": value}

    refused = gateway.rest_refused(
        "UpdateStage", restApiId=api, stageName="live", patchOperations=[patch]
    )

    assert refused.message == (
        "CloudWatch Logs role ARN must be set in account settings to enable logging"
    )


def test_a_stage_that_a_domain_leads_to_is_not_deleted(gateway: Gateway) -> None:
    api, _ = gateway.deployed_rest_api()
    gateway.domain()
    gateway.rest("CreateBasePathMapping", domainName="api.muster.test", restApiId=api, stage="live")

    refused = gateway.rest_refused("DeleteStage", restApiId=api, stageName="live")

    assert refused.message.startswith("Deleting stage live failed.")
