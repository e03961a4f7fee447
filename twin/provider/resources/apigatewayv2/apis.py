"""HTTP APIs, their integrations and routes."""

from twin.provider.resources.apigateway.patches import (
    MISSING,
    child_of,
    execution_arn,
    find_child,
    parent_id,
    resource_arn,
)
from twin.provider.resources.apigatewayv2.names import SERVICE, TAGGING
from twin.provider.schema.aspects import ModifyAspect, PutOrDeleteAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    OperationContext,
    ResourceType,
    block,
    boolean,
    integer,
    mapping,
    output,
    string,
    string_set,
)
from twin.provider.values import Properties

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
    boolean("disableExecuteApiEndpoint", reset=False),
    string("ipAddressType", computed=True, choices=("ipv4", "dualstack")),
    string("routeSelectionExpression", default="$request.method $request.path"),
    string("version", reset=""),
)

API = ResourceType(
    name="aws:apigatewayv2/api:Api",
    service=SERVICE,
    properties=(
        *_API_SETTINGS,
        _CORS,
        string("protocolType", required=True, replaces=True, choices=("HTTP", "WEBSOCKET")),
        string("routeKey", replaces=True, path="null", keep_recorded=True),
        string("target", replaces=True, path="null", keep_recorded=True),
        string("credentialsArn", replaces=True, path="null", keep_recorded=True),
        output("apiEndpoint", "ApiEndpoint"),
        resource_arn(lambda found: f"/apis/{found.id}"),
        execution_arn(lambda found: found.id),
    ),
    create=AwsOperation(operation="CreateApi"),
    read=AwsOperation(operation="GetApi", id_param="ApiId"),
    delete=AwsOperation(operation="DeleteApi", id_param="ApiId"),
    resource_id="ApiId",
    not_found_codes=MISSING,
    autoname=Autoname(longest=128),
    aspects=(
        ModifyAspect(
            operation="UpdateApi", id_param="ApiId", properties=_API_SETTINGS, only_changed=True
        ),
        PutOrDeleteAspect(
            setting=_CORS, put="UpdateApi", delete="DeleteCorsConfiguration", id_param="ApiId"
        ),
    ),
    tagging=TAGGING,
    only_false=frozenset({"failOnWarnings"}),
)


# -- integrations and routes

_OF_INTEGRATION = child_of("apiId", "ApiId", "IntegrationId")
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


def _integration_kind(_: OperationContext, new: Properties) -> Properties:
    """What each update of an integration gives."""
    kind = {"IntegrationType": new["integrationType"]}
    subtype = new.get("integrationSubtype")
    return {**kind, "IntegrationSubtype": subtype} if subtype else kind


INTEGRATION = ResourceType(
    name="aws:apigatewayv2/integration:Integration",
    service=SERVICE,
    properties=(
        parent_id("apiId"),
        _INTEGRATION_TYPE,
        string("integrationSubtype", replaces=True),
        *_INTEGRATION_SETTINGS,
        output("integrationResponseSelectionExpression", "IntegrationResponseSelectionExpression"),
    ),
    create=AwsOperation(operation="CreateIntegration"),
    read=AwsOperation(operation="GetIntegration", id_param=_OF_INTEGRATION),
    delete=AwsOperation(operation="DeleteIntegration", id_param=_OF_INTEGRATION),
    resource_id="IntegrationId",
    not_found_codes=MISSING,
    find_imported=find_child("apiId", "integrationId"),
    aspects=(
        ModifyAspect(
            operation="UpdateIntegration",
            id_param=_OF_INTEGRATION,
            properties=_INTEGRATION_SETTINGS,
            only_changed=True,
            extra_params=_integration_kind,
        ),
    ),
)

_OF_ROUTE = child_of("apiId", "ApiId", "RouteId")
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
    service=SERVICE,
    properties=(parent_id("apiId"), *_ROUTE_SETTINGS),
    create=AwsOperation(operation="CreateRoute"),
    read=AwsOperation(operation="GetRoute", id_param=_OF_ROUTE),
    delete=AwsOperation(operation="DeleteRoute", id_param=_OF_ROUTE),
    resource_id="RouteId",
    not_found_codes=MISSING,
    find_imported=find_child("apiId", "routeId"),
    aspects=(
        ModifyAspect(
            operation="UpdateRoute",
            id_param=_OF_ROUTE,
            properties=_ROUTE_SETTINGS,
            only_changed=True,
        ),
    ),
)

TYPES = (API, INTEGRATION, ROUTE)
