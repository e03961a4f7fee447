"""Deployments of REST APIs, their stages, and the settings of methods in a stage."""

from twin.provider.errors import AwsCallFailed
from twin.provider.resources.apigateway.patches import (
    MISSING,
    SERVICE,
    PatchAspect,
    child_of,
    execution_arn,
    find_child,
    find_part,
    names_of,
    parent,
    parent_id,
    part_of,
    replacement,
    resource_arn,
)
from twin.provider.resources.apigateway.rest_api import TAGGING
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block,
    boolean,
    integer,
    mapping,
    number,
    output,
    string,
)
from twin.provider.values import Properties, Value

# -- deployments

_OF_DEPLOYMENT = child_of("restApi", "restApiId", "deploymentId")

DEPLOYMENT = ResourceType(
    name="aws:apigateway/deployment:Deployment",
    service=SERVICE,
    properties=(
        parent_id("restApi", aws="restApiId"),
        string("description"),
        mapping("triggers", replaces=True, local=True),
        mapping("variables", replaces=True, path="null", keep_recorded=True),
        output("createdDate", "createdDate"),
    ),
    create=AwsOperation(operation="CreateDeployment"),
    read=AwsOperation(operation="GetDeployment", id_param=_OF_DEPLOYMENT),
    delete=AwsOperation(operation="DeleteDeployment", id_param=_OF_DEPLOYMENT),
    resource_id="id",
    not_found_codes=MISSING,
    find_imported=find_child("restApi", "deploymentId"),
    aspects=(
        PatchAspect(
            operation="UpdateDeployment",
            id_param=_OF_DEPLOYMENT,
            values={"description": "/description"},
        ),
    ),
)


# -- stages

_STAGE_NAMES = {"restApi": "restApiId", "stageName": "stageName"}
_OF_STAGE = part_of(_STAGE_NAMES)


def _log_operations(change: ResourceChange) -> list[Properties]:
    if "accessLogSettings" not in change.names:
        return []
    given = change.new.get("accessLogSettings")
    if not given:
        return [{"op": "remove", "path": "/accessLogSettings"}]
    return [
        replacement("/accessLogSettings/destinationArn", given["destinationArn"]),
        replacement("/accessLogSettings/format", given["format"]),
    ]


def _stage_path(found: DescribedResource) -> tuple[str, str]:
    return found.values["restApi"], found.values["stageName"]


def _stage_id(new: Properties) -> str:
    return f"ags-{new['restApi']}-{new['stageName']}"


def _invoke_url(found: DescribedResource) -> str:
    api, stage = _stage_path(found)
    return f"https://{api}.execute-api.{found.context.region}.amazonaws.com/{stage}"


STAGE = ResourceType(
    name="aws:apigateway/stage:Stage",
    service=SERVICE,
    properties=(
        *(parent(name, _STAGE_NAMES) for name in _STAGE_NAMES),
        string("deployment", aws="deploymentId", required=True),
        block(
            "accessLogSettings",
            string("destinationArn", required=True),
            string("format", required=True),
        ),
        boolean("cacheClusterEnabled", computed=True),
        string("cacheClusterSize"),
        string("clientCertificateId"),
        string("description"),
        string("documentationVersion"),
        mapping("variables"),
        boolean("xrayTracingEnabled", aws="tracingEnabled", computed=True),
        output("webAclArn", "webAclArn"),
        resource_arn(lambda found: "/restapis/{}/stages/{}".format(*_stage_path(found))),
        execution_arn(lambda found: "/".join(_stage_path(found))),
        output("invokeUrl", derive=_invoke_url),
    ),
    create=AwsOperation(operation="CreateStage"),
    read=AwsOperation(operation="GetStage", id_param=_OF_STAGE),
    delete=AwsOperation(operation="DeleteStage", id_param=_OF_STAGE),
    resource_id=lambda _, new: _stage_id(new),
    not_found_codes=MISSING,
    find_imported=find_part(_STAGE_NAMES, _stage_id),
    aspects=(
        PatchAspect(
            operation="UpdateStage",
            id_param=_OF_STAGE,
            values={
                "deployment": "/deploymentId",
                "cacheClusterEnabled": "/cacheClusterEnabled",
                "clientCertificateId": "/clientCertificateId",
                "description": "/description",
                "documentationVersion": "/documentationVersion",
                "xrayTracingEnabled": "/tracingEnabled",
            },
            maps={"variables": "/variables"},
        ),
        # CreateStage takes no access log.
        PatchAspect(
            operation="UpdateStage",
            id_param=_OF_STAGE,
            more=_log_operations,
            more_names=frozenset({"accessLogSettings"}),
            at_creation=True,
        ),
    ),
    tagging=TAGGING,
)


# -- method settings

_SETTINGS_NAMES = {"restApi": "restApiId", "stageName": "stageName", "methodPath": "methodPath"}
_PATHS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "cachingEnabled": "caching/enabled",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cacheDataEncrypted": "caching/dataEncrypted",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


def _of_settings(ref: ResourceRef) -> Properties:
    names = names_of(ref, _SETTINGS_NAMES)
    return {name: names[name] for name in ("restApiId", "stageName")}


def _method_path(ref: ResourceRef) -> str:
    return str(names_of(ref, _SETTINGS_NAMES)["methodPath"])


def _setting_operations(new: Properties, old: Properties) -> list[Properties]:
    """One for each setting that is given and differs; without a throttle it is -1: no limit."""
    limits = {"throttlingBurstLimit": -1, "throttlingRateLimit": -1}
    wanted = {**limits, **{k: v for k, v in (new.get("settings") or {}).items() if v is not None}}
    before = old.get("settings") or {}
    prefix = f"/{new['methodPath']}"
    return [
        replacement(f"{prefix}/{path}", wanted[name])
        for name, path in _PATHS.items()
        if name in wanted and wanted[name] != before.get(name)
    ]


def _creation_params(_: OperationContext, new: Properties) -> Properties:
    return {"patchOperations": _setting_operations(new, {})}


def _find_settings(ref: ResourceRef, response: Properties) -> Value:
    """None once they are removed."""
    return (response.get("methodSettings") or {}).get(_method_path(ref))


def _removal(ref: ResourceRef) -> Properties:
    operation = {"op": "remove", "path": f"/{_method_path(ref)}"}
    return {**_of_settings(ref), "patchOperations": [operation]}


def _settings_id(new: Properties) -> str:
    return f"{new['restApi']}-{new['stageName']}-{new['methodPath']}"


def _check_there(context: OperationContext, ref: ResourceRef) -> None:
    """A removal of settings that are gone is a bad request, which is no failure here."""
    stage = context.call("GetStage", _of_settings(ref))
    if _find_settings(ref, stage) is None:
        raise AwsCallFailed(
            operation="UpdateStage",
            region=context.region,
            code="NotFoundException",
            message=f"no settings of {_method_path(ref)}",
        )


METHOD_SETTINGS = ResourceType(
    name="aws:apigateway/methodSettings:MethodSettings",
    service=SERVICE,
    properties=(
        parent("restApi", _SETTINGS_NAMES),
        parent("stageName", _SETTINGS_NAMES),
        parent("methodPath", _SETTINGS_NAMES),
        block(
            "settings",
            boolean("metricsEnabled", computed=True),
            string("loggingLevel", computed=True, choices=("OFF", "ERROR", "INFO")),
            boolean("dataTraceEnabled", computed=True),
            integer("throttlingBurstLimit", default=-1),
            number("throttlingRateLimit", default=-1),
            boolean("cachingEnabled", computed=True),
            integer("cacheTtlInSeconds", computed=True),
            boolean("cacheDataEncrypted", computed=True),
            boolean("requireAuthorizationForCacheControl", computed=True),
            string("unauthorizedCacheControlHeaderStrategy", computed=True),
            aws="-",
            path="@",
            required=True,
        ),
    ),
    create=AwsOperation(operation="UpdateStage", extra_params=_creation_params),
    read=AwsOperation(operation="GetStage", id_param=_of_settings, result=_find_settings),
    delete=AwsOperation(operation="UpdateStage", id_param=_removal),
    resource_id=lambda _, new: _settings_id(new),
    not_found_codes=MISSING,
    find_imported=find_part(_SETTINGS_NAMES, _settings_id),
    before_delete=_check_there,
    aspects=(
        PatchAspect(
            operation="UpdateStage",
            id_param=_of_settings,
            more=lambda change: _setting_operations(change.new, change.old),
            more_names=frozenset({"settings"}),
        ),
    ),
)

TYPES = (DEPLOYMENT, STAGE, METHOD_SETTINGS)
