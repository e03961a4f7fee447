"""Deployments of HTTP APIs: what a stage serves.

A deployment has the routes as they were at one moment. A stage with automatic deployment gets a new
one with each change of the API's routes; one that can't be made leaves the stage as it was.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from dataclasses import replace

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request
from twin.control.apigateway.functions import read_function_arn
from twin.control.apigateway.http.documents import deployment_document
from twin.control.apigateway.http.lists import list_page
from twin.control.apigateway.model import (
    ApiGatewayState,
    HttpApi,
    HttpDeployment,
    HttpIntegration,
    HttpStage,
)
from twin.control.document_service import CallContext, Params, Result
from twin.core.apigateway.routes import ANY, DEFAULT_ROUTE
from twin.topology.apigateway import Integration, Route

_NO_ROUTES = "At least one route is required before deploying the Api."
_AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"

Change = tuple[ApiGatewayState, Result]


def create_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments.html"""
    api = state.http_api(params["ApiId"], context.region, context.account)
    if not api.routes:
        raise bad_request(_NO_ROUTES)
    name = params.get("StageName")
    stage = api.stage(name) if name else None
    deployment = _make_deployment(
        deployed_routes(api), context, description=params.get("Description", "")
    )
    api = replace(api, deployments=put(api.deployments, deployment.id, deployment))
    if stage is not None:
        api = api.put_stage(
            replace(stage, deployment_id=deployment.id, updated_at=context.now, status_message="")
        )
    return state.put_http_api(api), deployment_document(deployment)


def get_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = state.http_api(params["ApiId"], context.region, context.account)
    return state, deployment_document(api.deployment(params["DeploymentId"]))


def get_deployments(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = state.http_api(params["ApiId"], context.region, context.account)
    return state, list_page(api.deployments, deployment_document, params)


def update_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = state.http_api(params["ApiId"], context.region, context.account)
    old = api.deployment(params["DeploymentId"])
    new = replace(old, description=params.get("Description", old.description))
    changed = replace(api, deployments=put(api.deployments, new.id, new))
    return state.put_http_api(changed), deployment_document(new)


def delete_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = state.http_api(params["ApiId"], context.region, context.account)
    found = api.deployment(params["DeploymentId"])
    if any(stage.deployment_id == found.id for stage in api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    changed = replace(api, deployments=without(api.deployments, found.id))
    return state.put_http_api(changed), {}


def deploy_automatically(api: HttpApi, context: CallContext) -> HttpApi:
    """The API with a new deployment for each stage that has to follow a change of it."""
    routes = deployed_routes(api)
    for stage in api.stages.values():
        if stage.auto_deploy:
            api = _deploy_to(stage, api, routes, context)
    used = {stage.deployment_id for stage in api.stages.values()}
    kept = {key: one for key, one in api.deployments.items() if key in used or not one.automatic}
    return replace(api, deployments=kept)


def _deploy_to(
    stage: HttpStage, api: HttpApi, routes: tuple[Route, ...], context: CallContext
) -> HttpApi:
    current = api.deployments.get(stage.deployment_id)
    if current is not None and current.routes == routes and api.routes:
        return api
    if not api.routes:
        message = f"Deployment attempt failed: {_NO_ROUTES}"
        return api.put_stage(replace(stage, status_message=message, updated_at=context.now))
    deployment = _make_deployment(routes, context, description=_AUTOMATIC, automatic=True)
    message = f"Successfully deployed stage with deployment ID '{deployment.id}'"
    api = replace(api, deployments=put(api.deployments, deployment.id, deployment))
    return api.put_stage(
        replace(
            stage,
            deployment_id=deployment.id,
            status_message=message,
            updated_at=context.now,
        )
    )


def _make_deployment(
    routes: tuple[Route, ...], context: CallContext, *, description: str, automatic: bool = False
) -> HttpDeployment:
    return HttpDeployment(
        id=context.token(6),
        created_at=context.now,
        description=description,
        automatic=automatic,
        routes=routes,
    )


def deployed_routes(api: HttpApi) -> tuple[Route, ...]:
    """The routes that lead to an integration, by their keys."""
    by_key = {route.key: route for route in api.routes.values()}
    return tuple(
        _deployed_route(key, api.integrations[by_key[key].integration_id])
        for key in sorted(by_key)
        if by_key[key].integration_id
    )


def _deployed_route(key: str, integration: HttpIntegration) -> Route:
    method, _, path = key.partition(" ")
    is_default = key == DEFAULT_ROUTE
    return Route(
        method=ANY if is_default else method,
        path=DEFAULT_ROUTE if is_default else path,
        integration=Integration(
            type="AWS_PROXY",
            function_arn=read_function_arn(integration.uri),
            payload_format="2.0" if integration.payload_format == "2.0" else "1.0",
            timeout_ms=integration.timeout_ms,
        ),
    )
