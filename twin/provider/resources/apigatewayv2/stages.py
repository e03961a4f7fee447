"""Deployments of HTTP APIs, and stages."""

from dataclasses import dataclass

from twin.provider.resources.apigateway.patches import (
    MISSING,
    child_of,
    execution_arn,
    find_child,
    parent_id,
    resource_arn,
)
from twin.provider.resources.apigatewayv2.names import SERVICE, TAGGING
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.calls import tolerated
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceType,
    WriteOnlyAspect,
    block,
    block_set,
    boolean,
    integer,
    mapping,
    number,
    output,
    string,
)
from twin.provider.values import Properties, Value

_OF_DEPLOYMENT = child_of("apiId", "ApiId", "DeploymentId")
_GET_DEPLOYMENT = AwsOperation(operation="GetDeployment", id_param=_OF_DEPLOYMENT)
_DESCRIPTION = string("description", reset="")

DEPLOYMENT = ResourceType(
    name="aws:apigatewayv2/deployment:Deployment",
    service=SERVICE,
    properties=(
        parent_id("apiId"),
        _DESCRIPTION,
        mapping("triggers", replaces=True, local=True),
        output("autoDeployed", "AutoDeployed"),
    ),
    create=AwsOperation(operation="CreateDeployment"),
    read=_GET_DEPLOYMENT,
    delete=AwsOperation(operation="DeleteDeployment", id_param=_OF_DEPLOYMENT),
    resource_id="DeploymentId",
    not_found_codes=MISSING,
    find_imported=find_child("apiId", "deploymentId"),
    ready=AwaitedState(
        call=_GET_DEPLOYMENT,
        state="DeploymentStatus",
        wanted=frozenset({"DEPLOYED"}),
        failed=frozenset({"FAILED"}),
        failure_reason="DeploymentStatusMessage",
    ),
    aspects=(
        ModifyAspect(
            operation="UpdateDeployment", id_param=_OF_DEPLOYMENT, properties=(_DESCRIPTION,)
        ),
    ),
)

_OF_STAGE = child_of("apiId", "ApiId", "StageName")
_ROUTE_SETTINGS_FIELDS = (
    boolean("dataTraceEnabled", default=False),
    boolean("detailedMetricsEnabled", default=False),
    string("loggingLevel", computed=True, choices=("ERROR", "INFO", "OFF")),
    integer("throttlingBurstLimit"),
    number("throttlingRateLimit"),
)
_STAGE_SETTINGS = (
    block(
        "accessLogSettings",
        string("destinationArn", required=True),
        string("format", required=True),
        reset={},
    ),
    boolean("autoDeploy", default=False),
    string("clientCertificateId"),
    string("deploymentId", computed=True),
    string("description", reset=""),
)
_SETTINGS_NAMES = frozenset({"defaultRouteSettings", "routeSettings", "stageVariables"})


def _route_settings(given: Properties) -> Properties:
    """As Terraform's provider sends them: throttling that is not given is 0, which lets none pass.

    https://github.com/hashicorp/terraform-provider-aws/issues/14742
    Settings of execution logs are for WebSocket APIs only.
    """
    return {
        "DetailedMetricsEnabled": bool(given.get("detailedMetricsEnabled")),
        "ThrottlingBurstLimit": int(given.get("throttlingBurstLimit") or 0),
        "ThrottlingRateLimit": float(given.get("throttlingRateLimit") or 0),
    }


def _settings_by_route(new: Properties) -> Properties:
    return {one["routeKey"]: _route_settings(one) for one in new.get("routeSettings") or []}


def _creation_params(_: OperationContext, new: Properties) -> Properties:
    """Settings of routes; the other arguments are sent as they are."""
    params: Properties = {}
    if new.get("defaultRouteSettings"):
        params["DefaultRouteSettings"] = _route_settings(new["defaultRouteSettings"])
    if new.get("routeSettings"):
        params["RouteSettings"] = _settings_by_route(new)
    return params


@dataclass(frozen=True, slots=True)
class StageSettingsAspect(WriteOnlyAspect):
    """Settings of routes, and variables, which an update merges with those that are there."""

    names: frozenset[str] = _SETTINGS_NAMES
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Delete the settings of routes that changed or went, then update the stage."""
        stage = _OF_STAGE(change.ref)
        params: Properties = dict(stage)
        if "defaultRouteSettings" in change.names:
            given = change.new.get("defaultRouteSettings")
            params["DefaultRouteSettings"] = _route_settings(given) if given else {}
        if "routeSettings" in change.names:
            wanted = _settings_by_route(change.new)
            for key, settings in _settings_by_route(change.old).items():
                if wanted.get(key) != settings:
                    _delete_route_settings(context, {**stage, "RouteKey": key})
            params["RouteSettings"] = wanted
        if "stageVariables" in change.names:
            wanted = change.new.get("stageVariables") or {}
            gone = dict.fromkeys((change.old.get("stageVariables") or {}).keys() - wanted, "")
            params["StageVariables"] = {**gone, **wanted}
        context.call("UpdateStage", params)


def _delete_route_settings(context: OperationContext, params: Properties) -> None:
    with tolerated(*MISSING):
        context.call("DeleteRouteSettings", params)


def _read_default_settings(found: DescribedResource) -> Value:
    """Those that were given; AWS returns some for every stage."""
    described = found.description.get("DefaultRouteSettings") or {}
    given = found.recorded.get("defaultRouteSettings")
    return _read_settings(described) if given or len(described) > 1 else None


def _read_route_settings(found: DescribedResource) -> Value:
    described = found.description.get("RouteSettings") or {}
    return [{"routeKey": key, **_read_settings(one)} for key, one in sorted(described.items())]


def _read_settings(described: Properties) -> Properties:
    return {
        "dataTraceEnabled": bool(described.get("DataTraceEnabled")),
        "detailedMetricsEnabled": bool(described.get("DetailedMetricsEnabled")),
        "throttlingBurstLimit": described.get("ThrottlingBurstLimit", 0),
        "throttlingRateLimit": described.get("ThrottlingRateLimit", 0),
    }


def _invoke_url(found: DescribedResource) -> str:
    api, stage = found.values["apiId"], found.values["name"]
    path = "" if stage == "$default" else stage
    return f"https://{api}.execute-api.{found.context.region}.amazonaws.com/{path}"


STAGE = ResourceType(
    name="aws:apigatewayv2/stage:Stage",
    service=SERVICE,
    properties=(
        parent_id("apiId"),
        string("name", aws="StageName", replaces=True),
        *_STAGE_SETTINGS,
        block(
            "defaultRouteSettings",
            *_ROUTE_SETTINGS_FIELDS,
            aws="-",
            derive=_read_default_settings,
            computed=True,
        ),
        block_set(
            "routeSettings",
            *_ROUTE_SETTINGS_FIELDS,
            string("routeKey", required=True),
            aws="-",
            derive=_read_route_settings,
        ),
        mapping("stageVariables"),
        resource_arn(lambda found: f"/apis/{found.values['apiId']}/stages/{found.values['name']}"),
        execution_arn(lambda found: f"{found.values['apiId']}/{found.values['name']}"),
        output("invokeUrl", derive=_invoke_url),
    ),
    create=AwsOperation(operation="CreateStage", extra_params=_creation_params),
    read=AwsOperation(operation="GetStage", id_param=_OF_STAGE),
    delete=AwsOperation(operation="DeleteStage", id_param=_OF_STAGE),
    resource_id="StageName",
    not_found_codes=MISSING,
    find_imported=find_child("apiId", "stageName"),
    autoname=Autoname(longest=128),
    aspects=(
        ModifyAspect(operation="UpdateStage", id_param=_OF_STAGE, properties=_STAGE_SETTINGS),
        StageSettingsAspect(),
    ),
    tagging=TAGGING,
)

TYPES = (DEPLOYMENT, STAGE)
