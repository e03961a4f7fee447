"""API Gateway's HTTP APIs, their stages, and Regional custom domain names.

Calls and defaults are those of Terraform's provider for AWS 5.100 and later:
https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""

from collections.abc import Callable
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed
from twin.provider.schema.aspects import ModifyAspect, PutOrDeleteAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    Property,
    ResourceChange,
    ResourceRef,
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
    string_set,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_SERVICE = "apigatewayv2"
_MISSING = frozenset({"NotFoundException"})
_TAGGING = TagOperations(
    tag="TagResource",
    untag="UntagResource",
    listing="GetTags",
    id_param=lambda ref: {"ResourceArn": ref.properties["arn"]},
    as_map=True,
)


def _arn(path: Callable[[DescribedResource], str]) -> Property:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""
    return output(
        "arn", derive=lambda found: f"arn:aws:apigateway:{found.context.region}::{path(found)}"
    )


def _execution_arn(found: DescribedResource, path: str) -> str:
    account = found.context.call("GetCallerIdentity", {}, service="sts")["Account"]
    return f"arn:aws:execute-api:{found.context.region}:{account}:{path}"


def _part_of(parent: str, parameter: str, name: str) -> Callable[[ResourceRef], Properties]:
    """The parameters of a part: its parent's id is an argument, or, in an import, before a slash.

    `name` is the part's own parameter.
    """

    def params(ref: ResourceRef) -> Properties:
        before, _, own = ref.id.rpartition("/")
        return {parameter: ref.properties.get(parent) or before, name: own}

    return params


def _parent(name: str) -> Property:
    """The argument with the parent's id, which no description has."""
    return string(
        name,
        required=True,
        replaces=True,
        derive=lambda found: found.recorded.get(name) or found.id.rpartition("/")[0],
    )


# -- APIs

_CORS = block(
    "corsConfiguration",
    boolean("allowCredentials", default=False),
    string_set("allowHeaders"),
    string_set("allowMethods"),
    string_set("allowOrigins"),
    string_set("exposeHeaders"),
    integer("maxAge", default=0),
)
_API_SETTINGS = (
    string("name"),
    string("apiKeySelectionExpression", default="$request.header.x-api-key"),
    string("description", reset=""),
    boolean("disableExecuteApiEndpoint", computed=True),
    string("ipAddressType", computed=True, choices=("ipv4", "dualstack")),
    string("routeSelectionExpression", default="$request.method $request.path"),
    string("version"),
)

API = ResourceType(
    name="aws:apigatewayv2/api:Api",
    service=_SERVICE,
    properties=(
        *_API_SETTINGS,
        _CORS,
        string("protocolType", required=True, replaces=True, choices=("HTTP", "WEBSOCKET")),
        string("routeKey", replaces=True, path="null", keep_recorded=True),
        string("target", replaces=True, path="null", keep_recorded=True),
        string("credentialsArn", replaces=True, path="null", keep_recorded=True),
        output("apiEndpoint", "ApiEndpoint"),
        _arn(lambda found: f"/apis/{found.id}"),
        output("executionArn", derive=lambda found: _execution_arn(found, found.id)),
    ),
    create=AwsOperation(operation="CreateApi"),
    read=AwsOperation(operation="GetApi", id_param="ApiId"),
    delete=AwsOperation(operation="DeleteApi", id_param="ApiId"),
    resource_id="ApiId",
    not_found_codes=_MISSING,
    autoname=Autoname(longest=128),
    aspects=(
        ModifyAspect(operation="UpdateApi", id_param="ApiId", properties=_API_SETTINGS),
        PutOrDeleteAspect(
            setting=_CORS, put="UpdateApi", delete="DeleteCorsConfiguration", id_param="ApiId"
        ),
    ),
    tagging=_TAGGING,
    only_false=frozenset({"failOnWarnings"}),
)


# -- integrations and routes

_OF_INTEGRATION = _part_of("apiId", "ApiId", "IntegrationId")
_INTEGRATION_SETTINGS = (
    string("connectionType", default="INTERNET", choices=("INTERNET", "VPC_LINK")),
    string("connectionId"),
    string("credentialsArn"),
    string("description", reset=""),
    string("integrationMethod", computed=True),
    string("integrationUri"),
    string(
        "passthroughBehavior",
        default="WHEN_NO_MATCH",
        choices=("WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES"),
    ),
    string("payloadFormatVersion", default="1.0", choices=("1.0", "2.0")),
    mapping("requestParameters"),
    integer("timeoutMilliseconds", aws="TimeoutInMillis", computed=True, between=(50, 30000)),
)
_INTEGRATION_TYPE = string(
    "integrationType",
    required=True,
    replaces=True,
    choices=("AWS", "HTTP", "MOCK", "HTTP_PROXY", "AWS_PROXY"),
)

INTEGRATION = ResourceType(
    name="aws:apigatewayv2/integration:Integration",
    service=_SERVICE,
    properties=(
        _parent("apiId"),
        _INTEGRATION_TYPE,
        string("integrationSubtype", replaces=True),
        *_INTEGRATION_SETTINGS,
        output("integrationResponseSelectionExpression", "IntegrationResponseSelectionExpression"),
    ),
    create=AwsOperation(operation="CreateIntegration"),
    read=AwsOperation(operation="GetIntegration", id_param=_OF_INTEGRATION),
    delete=AwsOperation(operation="DeleteIntegration", id_param=_OF_INTEGRATION),
    resource_id="IntegrationId",
    not_found_codes=_MISSING,
    aspects=(
        ModifyAspect(
            operation="UpdateIntegration",
            id_param=_OF_INTEGRATION,
            properties=_INTEGRATION_SETTINGS,
            # It is always given.
            extra_params=lambda _, new: {"IntegrationType": new["integrationType"]},
        ),
    ),
)

_OF_ROUTE = _part_of("apiId", "ApiId", "RouteId")
_ROUTE_SETTINGS = (
    boolean("apiKeyRequired", default=False),
    string("authorizationType", default="NONE", choices=("NONE", "AWS_IAM", "CUSTOM", "JWT")),
    string_set("authorizationScopes"),
    string("authorizerId"),
    string("operationName", reset=""),
    string("routeKey", required=True),
    string("target", reset=""),
)

ROUTE = ResourceType(
    name="aws:apigatewayv2/route:Route",
    service=_SERVICE,
    properties=(_parent("apiId"), *_ROUTE_SETTINGS),
    create=AwsOperation(operation="CreateRoute"),
    read=AwsOperation(operation="GetRoute", id_param=_OF_ROUTE),
    delete=AwsOperation(operation="DeleteRoute", id_param=_OF_ROUTE),
    resource_id="RouteId",
    not_found_codes=_MISSING,
    aspects=(
        ModifyAspect(operation="UpdateRoute", id_param=_OF_ROUTE, properties=_ROUTE_SETTINGS),
    ),
)


# -- deployments and stages

_OF_DEPLOYMENT = _part_of("apiId", "ApiId", "DeploymentId")
_GET_DEPLOYMENT = AwsOperation(operation="GetDeployment", id_param=_OF_DEPLOYMENT)
_DESCRIPTION = string("description", reset="")

DEPLOYMENT = ResourceType(
    name="aws:apigatewayv2/deployment:Deployment",
    service=_SERVICE,
    properties=(
        _parent("apiId"),
        _DESCRIPTION,
        mapping("triggers", replaces=True, local=True),
        output("autoDeployed", "AutoDeployed"),
    ),
    create=AwsOperation(operation="CreateDeployment"),
    read=_GET_DEPLOYMENT,
    delete=AwsOperation(operation="DeleteDeployment", id_param=_OF_DEPLOYMENT),
    resource_id="DeploymentId",
    not_found_codes=_MISSING,
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

_OF_STAGE = _part_of("apiId", "ApiId", "StageName")
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
    params: Properties = {"StageName": new["name"], "AutoDeploy": bool(new.get("autoDeploy"))}
    if new.get("defaultRouteSettings"):
        params["DefaultRouteSettings"] = _route_settings(new["defaultRouteSettings"])
    if new.get("routeSettings"):
        params["RouteSettings"] = _settings_by_route(new)
    if new.get("stageVariables"):
        params["StageVariables"] = dict(new["stageVariables"])
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
    try:
        context.call("DeleteRouteSettings", params)
    except AwsCallFailed as exc:
        if exc.code not in _MISSING:
            raise


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
    service=_SERVICE,
    properties=(
        _parent("apiId"),
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
        _arn(lambda found: f"/apis/{found.values['apiId']}/stages/{found.values['name']}"),
        output(
            "executionArn",
            derive=lambda found: _execution_arn(
                found, f"{found.values['apiId']}/{found.values['name']}"
            ),
        ),
        output("invokeUrl", derive=_invoke_url),
    ),
    create=AwsOperation(operation="CreateStage", extra_params=_creation_params),
    read=AwsOperation(operation="GetStage", id_param=_OF_STAGE),
    delete=AwsOperation(operation="DeleteStage", id_param=_OF_STAGE),
    resource_id="StageName",
    not_found_codes=_MISSING,
    autoname=Autoname(longest=128),
    aspects=(
        ModifyAspect(operation="UpdateStage", id_param=_OF_STAGE, properties=_STAGE_SETTINGS),
        StageSettingsAspect(),
    ),
    tagging=_TAGGING,
)


# -- domain names

_GET_DOMAIN = AwsOperation(operation="GetDomainName", id_param="DomainName")
_AVAILABLE = AwaitedState(
    call=_GET_DOMAIN,
    state="DomainNameConfigurations[0].DomainNameStatus",
    wanted=frozenset({"AVAILABLE"}),
    failed=frozenset({"PENDING_CERTIFICATE_REIMPORT", "PENDING_OWNERSHIP_VERIFICATION"}),
    failure_reason="DomainNameConfigurations[0].DomainNameStatusMessage",
)
_DOMAIN_SETTINGS = (
    block(
        "domainNameConfiguration",
        string("certificateArn", required=True),
        string("endpointType", required=True, choices=("REGIONAL",)),
        string("securityPolicy", required=True, choices=("TLS_1_2",)),
        string("ipAddressType", computed=True, choices=("ipv4", "dualstack")),
        string("ownershipVerificationCertificateArn", computed=True),
        string("hostedZoneId", output=True, computed=True),
        string("targetDomainName", aws="ApiGatewayDomainName", output=True, computed=True),
        aws="DomainNameConfigurations",
        required=True,
    ),
    block(
        "mutualTlsAuthentication",
        string("truststoreUri", required=True),
        string("truststoreVersion"),
    ),
    string(
        "routingMode",
        computed=True,
        choices=("API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING"),
    ),
)

DOMAIN_NAME = ResourceType(
    name="aws:apigatewayv2/domainName:DomainName",
    service=_SERVICE,
    properties=(
        string("domainName", required=True, replaces=True),
        *_DOMAIN_SETTINGS,
        output("apiMappingSelectionExpression", "ApiMappingSelectionExpression"),
        _arn(lambda found: f"/domainnames/{found.id}"),
    ),
    create=AwsOperation(operation="CreateDomainName"),
    read=_GET_DOMAIN,
    delete=AwsOperation(operation="DeleteDomainName", id_param="DomainName"),
    resource_id="DomainName",
    not_found_codes=_MISSING,
    ready=_AVAILABLE,
    aspects=(
        ModifyAspect(
            operation="UpdateDomainName", id_param="DomainName", properties=_DOMAIN_SETTINGS
        ),
    ),
    tagging=_TAGGING,
)


def _mapping_params(ref: ResourceRef) -> Properties:
    """An import names a mapping `MAPPING/DOMAIN`."""
    own, _, domain = ref.id.partition("/")
    return {"DomainName": ref.properties.get("domainName") or domain, "ApiMappingId": own}


_MAPPING_SETTINGS = (string("apiMappingKey", reset=""), string("stage", required=True))

API_MAPPING = ResourceType(
    name="aws:apigatewayv2/apiMapping:ApiMapping",
    service=_SERVICE,
    properties=(
        string("apiId", required=True, replaces=True),
        string(
            "domainName",
            required=True,
            replaces=True,
            derive=lambda found: found.recorded.get("domainName") or found.id.partition("/")[2],
        ),
        *_MAPPING_SETTINGS,
    ),
    create=AwsOperation(operation="CreateApiMapping"),
    read=AwsOperation(operation="GetApiMapping", id_param=_mapping_params),
    delete=AwsOperation(operation="DeleteApiMapping", id_param=_mapping_params),
    resource_id="ApiMappingId",
    not_found_codes=_MISSING,
    aspects=(
        ModifyAspect(
            operation="UpdateApiMapping",
            id_param=_mapping_params,
            properties=_MAPPING_SETTINGS,
            # It is always given.
            extra_params=lambda _, new: {"ApiId": new["apiId"]},
        ),
    ),
)

TYPES = (API, INTEGRATION, ROUTE, DEPLOYMENT, STAGE, DOMAIN_NAME, API_MAPPING)
