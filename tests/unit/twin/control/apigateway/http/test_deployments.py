"""What the stages of HTTP APIs serve."""

from tests.unit.twin.control.apigateway.calls import FUNCTION, Gateway


def test_a_stage_with_automatic_deployment_follows_each_change(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    api = gateway.api()
    gateway.stage(api)

    route = gateway.route(api)
    assert gateway.served_paths(api) == ["GET /a"]
    gateway.http("UpdateRoute", ApiId=api, RouteId=route, RouteKey="ANY /{proxy+}")
    assert gateway.served_paths(api) == ["ANY /{proxy+}"]
    (found,) = gateway.http("GetDeployments", ApiId=api)["Items"]
    assert found["AutoDeployed"]
    stage = gateway.http("GetStage", ApiId=api, StageName="$default")
    assert stage["DeploymentId"] == found["DeploymentId"]
    assert stage["LastDeploymentStatusMessage"] == (
        f"Successfully deployed stage with deployment ID '{found['DeploymentId']}'"
    )


def test_a_change_of_an_integration_is_deployed(gateway: Gateway) -> None:
    api = gateway.api()
    integration = gateway.integration(api)
    gateway.stage(api)
    gateway.route(api, integration=integration)

    gateway.http("UpdateIntegration", ApiId=api, IntegrationId=integration, TimeoutInMillis=50)

    (served,) = gateway.published_stage(api).routes
    assert served.integration.timeout_ms == 50
    assert served.integration.function_arn == FUNCTION


def test_without_routes_the_last_deployment_stays_in_force(gateway: Gateway) -> None:
    api = gateway.api()
    gateway.stage(api)
    assert gateway.published_api(api).stages == ()
    route = gateway.route(api)

    gateway.http("DeleteRoute", ApiId=api, RouteId=route)

    assert gateway.served_paths(api) == ["GET /a"]
    message = gateway.http("GetStage", ApiId=api, StageName="$default")[
        "LastDeploymentStatusMessage"
    ]
    assert message == (
        "Deployment attempt failed: At least one route is required before deploying the Api."
    )


def test_another_stage_serves_the_deployment_that_it_is_given(gateway: Gateway) -> None:
    api = gateway.api()
    gateway.route(api)
    gateway.stage(api, "prod", AutoDeploy=False)
    first = gateway.http("CreateDeployment", ApiId=api, StageName="prod")
    gateway.route(api, "GET /b")

    assert gateway.served_paths(api, "prod") == ["GET /a"]
    second = gateway.http("CreateDeployment", ApiId=api, Description="second")
    assert gateway.served_paths(api, "prod") == ["GET /a"]
    gateway.http("UpdateStage", ApiId=api, StageName="prod", DeploymentId=second["DeploymentId"])
    assert gateway.served_paths(api, "prod") == ["GET /a", "GET /b"]
    gateway.http("DeleteDeployment", ApiId=api, DeploymentId=first["DeploymentId"])
    (left,) = gateway.http("GetDeployments", ApiId=api)["Items"]
    assert left["Description"] == "second"
    changed = gateway.http(
        "UpdateDeployment", ApiId=api, DeploymentId=left["DeploymentId"], Description="other"
    )
    assert changed["Description"] == "other"


def test_a_deployment_that_a_stage_serves_is_not_deleted(gateway: Gateway) -> None:
    api = gateway.api(Target=FUNCTION)
    deployment = gateway.published_stage(api).deployment_id

    refused = gateway.refused("DeleteDeployment", ApiId=api, DeploymentId=deployment)

    assert refused.message == ("Active stages pointing to this deployment must be moved or deleted")


def test_an_api_without_routes_is_not_deployed(gateway: Gateway) -> None:
    refused = gateway.refused("CreateDeployment", ApiId=gateway.api())

    assert refused.message == "At least one route is required before deploying the Api."


def test_a_route_without_target_is_not_deployed(gateway: Gateway) -> None:
    api = gateway.api()
    gateway.stage(api)
    gateway.route(api)

    gateway.http("CreateRoute", ApiId=api, RouteKey="GET /nowhere")

    assert gateway.served_paths(api) == ["GET /a"]
