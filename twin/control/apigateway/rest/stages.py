"""Deployments of REST APIs, and the stages that serve them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twin.control.apigateway.access_logs import check_destination, check_format
from twin.control.apigateway.domain_rules import check_unmapped
from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, conflict, refuse_unserved
from twin.control.apigateway.limits import REST_API_CODE, STAGES, check_quota
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.apis import find_api
from twin.control.apigateway.rest.documents import deployment_document, stage_document
from twin.control.apigateway.rest.lists import list_items
from twin.control.apigateway.rest.method_settings import change_settings
from twin.control.apigateway.rest.model import AccountSettings, RestApi, RestDeployment, RestStage
from twin.control.apigateway.rest.patches import (
    ALL,
    Patch,
    Rule,
    apply_patches,
    text,
    unserved_setting,
)
from twin.control.apigateway.rest.snapshots import snapshot_gateway_responses, snapshot_routes
from twin.control.apigateway.stage_variables import merge_variables
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Params, Result

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UNSERVED = {
    "cacheClusterEnabled": "caches of stages",
    "cacheClusterSize": "caches of stages",
    "canarySettings": "canary releases",
}

Change = tuple[ApiGatewayState, Result]


# -- deployments


def create_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html"""
    api = find_api(state, context, params)
    refuse_unserved(params, _UNSERVED)
    deployment = RestDeployment(
        id=context.token(6),
        created_at=context.now,
        description=params.get("description", ""),
        routes=snapshot_routes(api),
        gateway_responses=snapshot_gateway_responses(api),
    )
    api = replace(api, deployments=put(api.deployments, deployment.id, deployment))
    name = params.get("stageName")
    if name:
        api = _deploy_to(name, api, deployment, context, params)
    return state.put_rest_api(api), deployment_document(deployment, summary=True)


def _deploy_to(
    name: str, api: RestApi, deployment: RestDeployment, context: CallContext, params: Params
) -> RestApi:
    """With a new stage, if there is none of that name."""
    stage = api.stages.get(name)
    if stage is None:
        stage = _new_stage(api, name, deployment.id, context)
    return api.put_stage(
        replace(
            stage,
            deployment_id=deployment.id,
            description=params.get("stageDescription", stage.description),
            variables=merge_variables(stage.variables, params.get("variables") or {}),
            tracing_enabled=params.get("tracingEnabled", stage.tracing_enabled),
            updated_at=context.now,
        )
    )


def get_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    deployment = find_api(state, context, params).deployment(params["deploymentId"])
    summary = "apisummary" in (params.get("embed") or ())
    return state, deployment_document(deployment, summary=summary)


def get_deployments(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """The newest first."""
    found = sorted(
        find_api(state, context, params).deployments.values(),
        key=lambda deployment: (-deployment.created_at, deployment.id),
    )
    return state, list_items([deployment_document(one) for one in found], params)


def update_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    rules = (text("/description", "description"),)
    new = apply_patches(api.deployment(params["deploymentId"]), params, rules)
    changed = replace(api, deployments=put(api.deployments, new.id, new))
    return state.put_rest_api(changed), deployment_document(new)


def delete_deployment(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    found = api.deployment(params["deploymentId"])
    if any(stage.deployment_id == found.id for stage in api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    changed = replace(api, deployments=without(api.deployments, found.id))
    return state.put_rest_api(changed), {}


# -- stages


def create_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html"""
    api = find_api(state, context, params)
    refuse_unserved(params, _UNSERVED)
    name = params["stageName"]
    if name in api.stages:
        raise conflict("Stage already exists")
    stage = replace(
        _new_stage(api, name, params["deploymentId"], context),
        description=params.get("description", ""),
        variables=merge_variables({}, params.get("variables") or {}),
        documentation_version=params.get("documentationVersion", ""),
        tracing_enabled=params.get("tracingEnabled", False),
        tags=check_tags(params.get("tags") or {}),
    )
    return state.put_rest_api(api.put_stage(stage)), stage_document(stage)


def _new_stage(api: RestApi, name: str, deployment_id: str, context: CallContext) -> RestStage:
    if not _NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    check_quota(api.stages, STAGES, "stages", REST_API_CODE)
    return RestStage(
        name=name,
        deployment_id=api.deployment(deployment_id).id,
        created_at=context.now,
        updated_at=context.now,
    )


def get_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, stage_document(find_api(state, context, params).stage(params["stageName"]))


def get_stages(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """Not in pages; those that serve a deployment, if one is named."""
    wanted = params.get("deploymentId")
    found = sorted(find_api(state, context, params).stages.items())
    documents = [
        stage_document(stage) for _, stage in found if wanted in (None, stage.deployment_id)
    ]
    return state, {"item": documents}


def delete_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    stage = api.stage(params["stageName"])
    check_unmapped(state, api.id, stage.name)
    return state.put_rest_api(replace(api, stages=without(api.stages, stage.name))), {}


def update_stage(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html"""
    api = find_api(state, context, params)
    old = api.stage(params["stageName"])
    stage = old
    for given in params.get("patchOperations") or ():
        stage = _patch(api, stage, given, context.region)
    account = state.accounts.get(context.region, AccountSettings())
    if _logs(stage) and not _logs(old) and not account.cloudwatch_role_arn:
        raise bad_request(
            "CloudWatch Logs role ARN must be set in account settings to enable logging"
        )
    stage = replace(stage, updated_at=context.now)
    return state.put_rest_api(api.put_stage(stage)), stage_document(stage)


def _logs(stage: RestStage) -> bool:
    levels = {one.logging_level for one in stage.settings.values()}
    return bool(stage.access_log_arn or levels - {"OFF"})


def _patch(api: RestApi, stage: RestStage, given: Mapping[str, Any], region: str) -> RestStage:
    changed = change_settings(stage, given)
    if changed is not None:
        return changed
    rules = (
        Rule(
            "/deploymentId",
            lambda one, patch: replace(one, deployment_id=api.deployment(patch.value).id),
        ),
        Rule(
            "/accessLogSettings/destinationArn",
            lambda one, patch: _set_destination(one, patch, region),
            ALL,
        ),
        *_RULES,
    )
    return apply_patches(stage, {"patchOperations": [given]}, rules)


def _set_destination(stage: RestStage, patch: Patch, region: str) -> RestStage:
    is_gone = patch.op == "remove" or not patch.value
    arn = "" if is_gone else check_destination(patch.value, region)
    return replace(stage, access_log_arn=arn)


def _set_format(stage: RestStage, patch: Patch) -> RestStage:
    is_gone = patch.op == "remove" or not patch.value
    return replace(stage, access_log_format="" if is_gone else check_format(patch.value))


def _remove_access_log(stage: RestStage, _: Patch) -> RestStage:
    return replace(stage, access_log_arn="", access_log_format="")


def _change_variable(stage: RestStage, patch: Patch) -> RestStage:
    name = patch.names[0]
    if patch.op == "remove":
        return replace(stage, variables=without(stage.variables, name))
    return replace(stage, variables=merge_variables(stage.variables, {name: patch.value}))


def _refuse(path: str, what: str) -> Rule[RestStage]:
    return unserved_setting(path, what, ("", "false"))


_RULES: tuple[Rule[RestStage], ...] = (
    text("/description", "description"),
    text("/documentationVersion", "documentation_version"),
    Rule("/tracingEnabled", lambda stage, patch: replace(stage, tracing_enabled=patch.flag)),
    Rule("/variables/*", _change_variable, ALL),
    Rule("/accessLogSettings/format", _set_format, ALL),
    Rule("/accessLogSettings", _remove_access_log, ("remove",)),
    _refuse("/cacheClusterEnabled", "caches of stages (/cacheClusterEnabled)"),
    _refuse("/cacheClusterSize", "caches of stages (/cacheClusterSize)"),
    _refuse("/clientCertificateId", "client certificates (/clientCertificateId)"),
    _refuse("/canarySettings", "canary releases (/canarySettings)"),
    _refuse("/canarySettings/*", "canary releases (/canarySettings)"),
)
