"""Stages of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twin.control.apigateway.access_logs import check_destination, check_format
from twin.control.apigateway.domain_rules import check_unmapped
from twin.control.apigateway.entries import without
from twin.control.apigateway.errors import (
    bad_request,
    conflict,
    not_found,
    refuse_unserved,
)
from twin.control.apigateway.http.apis import find_api
from twin.control.apigateway.http.deployments import deploy_automatically
from twin.control.apigateway.http.documents import stage_document
from twin.control.apigateway.http.lists import list_page
from twin.control.apigateway.limits import HTTP_API_CODE, STAGES, check_quota
from twin.control.apigateway.model import (
    ApiGatewayState,
    HttpApi,
    HttpStage,
    RouteSettings,
)
from twin.control.apigateway.stage_variables import merge_variables
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Params, Result
from twin.core.apigateway.throttle import ACCOUNT_BURST, ACCOUNT_RATE_PER_S

_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
_UNSERVED = {"ClientCertificateId": "client certificates of stages"}

Change = tuple[ApiGatewayState, Result]


def create_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html"""
    api = find_api(state, context, params)
    name = params["StageName"]
    if not _NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_- or $default")
    if name in api.stages:
        raise conflict("Stage already exists")
    check_quota(api.stages, STAGES, "stages", HTTP_API_CODE)
    new = HttpStage(
        name=name,
        auto_deploy=params.get("AutoDeploy", False),
        created_at=context.now,
        updated_at=context.now,
        tags=check_tags(params.get("Tags") or {}),
    )
    return _change(state, context, api, new, params)


def update_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html"""
    api = find_api(state, context, params)
    old = api.stage(params["StageName"])
    auto_deploy = params.get("AutoDeploy", old.auto_deploy)
    return _change(state, context, api, replace(old, auto_deploy=auto_deploy), params)


def _change(
    state: ApiGatewayState, context: CallContext, api: HttpApi, stage: HttpStage, params: Params
) -> Change:
    """Put the stage with what the call gives."""
    refuse_unserved(params, _UNSERVED)
    if params.get("DeploymentId") and stage.auto_deploy:
        raise bad_request("DeploymentId cannot be specified for a stage with AutoDeploy")
    deployment = params.get("DeploymentId", stage.deployment_id)
    if deployment:
        deployment = api.deployment(deployment).id
    stage = replace(
        stage,
        deployment_id=deployment,
        description=params.get("Description", stage.description),
        variables=merge_variables(stage.variables, params.get("StageVariables") or {}),
        default_settings=_read_settings(params.get("DefaultRouteSettings"), stage.default_settings),
        route_settings={
            **stage.route_settings,
            **_read_route_settings(api, params.get("RouteSettings") or {}),
        },
        updated_at=context.now,
    )
    if "AccessLogSettings" in params:
        stage = _with_access_log(stage, params["AccessLogSettings"], context.region)
    api = deploy_automatically(api.put_stage(stage), context)
    return state.put_http_api(api), stage_document(api.stages[stage.name])


def get_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, stage_document(find_api(state, context, params).stage(params["StageName"]))


def get_stages(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, list_page(find_api(state, context, params).stages, stage_document, params)


def delete_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    stage = api.stage(params["StageName"])
    check_unmapped(state, api.id, stage.name)
    api = replace(api, stages=without(api.stages, stage.name))
    return state.put_http_api(deploy_automatically(api, context)), {}


def delete_access_log_settings(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    api = find_api(state, context, params)
    stage = api.stage(params["StageName"])
    changed = replace(stage, access_log_arn="", access_log_format="", updated_at=context.now)
    return state.put_http_api(api.put_stage(changed)), {}


def delete_route_settings(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    stage = api.stage(params["StageName"])
    key = params["RouteKey"]
    if key not in stage.route_settings:
        raise _unknown_route(key)
    changed = replace(
        stage, route_settings=without(stage.route_settings, key), updated_at=context.now
    )
    return state.put_http_api(api.put_stage(changed)), {}


# -- settings


def _read_route_settings(api: HttpApi, given: Mapping[str, Any]) -> dict[str, RouteSettings]:
    keys = {route.key for route in api.routes.values()}
    for key in given:
        if key not in keys:
            raise _unknown_route(key)
    return {key: _read_settings(settings, RouteSettings()) for key, settings in given.items()}


def _unknown_route(key: str) -> Exception:
    return not_found(f"Unable to find Route by key {key} within the provided RouteSettings")


def _read_settings(given: Mapping[str, Any] | None, old: RouteSettings) -> RouteSettings:
    """No stage can raise the account's limits.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
    """
    if given is None:
        return old
    if given.get("DataTraceEnabled") or given.get("LoggingLevel", "OFF") != "OFF":
        raise bad_request("Execution logs are not supported on protocolType HTTP")
    rate, burst = given.get("ThrottlingRateLimit"), given.get("ThrottlingBurstLimit")
    if rate is not None and not 0 <= rate <= ACCOUNT_RATE_PER_S:
        raise bad_request(
            f"ThrottlingRateLimit must be from 0 to the account's limit, {ACCOUNT_RATE_PER_S:.0f}"
        )
    if burst is not None and not 0 <= burst <= ACCOUNT_BURST:
        raise bad_request(
            f"ThrottlingBurstLimit must be from 0 to the account's limit, {ACCOUNT_BURST}"
        )
    return RouteSettings(
        detailed_metrics=given.get("DetailedMetricsEnabled"), burst=burst, rate_per_s=rate
    )


def _with_access_log(stage: HttpStage, given: Mapping[str, Any], region: str) -> HttpStage:
    if not given:
        return replace(stage, access_log_arn="", access_log_format="")
    arn = given.get("DestinationArn") or stage.access_log_arn
    text = given.get("Format") or stage.access_log_format
    if not arn or not text:
        raise bad_request("DestinationArn and Format are required for AccessLogSettings")
    return replace(
        stage, access_log_arn=check_destination(arn, region), access_log_format=check_format(text)
    )
