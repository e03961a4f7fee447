"""Routes of HTTP APIs, and the integrations that they lead to.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from dataclasses import replace

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, conflict, refuse_unserved, unserved
from twin.control.apigateway.functions import read_function_arn
from twin.control.apigateway.http.apis import PART_ID_LENGTH, find_api
from twin.control.apigateway.http.deployments import deploy_automatically
from twin.control.apigateway.http.documents import integration_document, route_document
from twin.control.apigateway.http.lists import list_page
from twin.control.apigateway.http.route_keys import check_key_is_free, check_route_key
from twin.control.apigateway.limits import HTTP_API_CODE, INTEGRATIONS, ROUTES, check_quota
from twin.control.apigateway.model import (
    ApiGatewayState,
    HttpApi,
    HttpIntegration,
    HttpRoute,
)
from twin.control.document_service import CallContext, Params, Result

_UNSERVED_OF_INTEGRATIONS = {
    "ConnectionId": "VPC links",
    "ContentHandlingStrategy": "content handling of integrations",
    "CredentialsArn": "credentials of integrations",
    "IntegrationSubtype": "integrations with other AWS services",
    "RequestParameters": "parameter mapping",
    "RequestTemplates": "templates of integrations",
    "ResponseParameters": "parameter mapping",
    "TemplateSelectionExpression": "templates of integrations",
    "TlsConfig": "private integrations",
}
_UNSERVED_OF_ROUTES = {
    "ApiKeyRequired": "API keys",
    "AuthorizationScopes": "authorizers",
    "AuthorizerId": "authorizers",
    "ModelSelectionExpression": "models",
    "RequestModels": "models",
    "RequestParameters": "request parameters of routes",
    "RouteResponseSelectionExpression": "route responses",
}
_TARGET = "integrations/"

Change = tuple[ApiGatewayState, Result]


# -- integrations


def create_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html"""
    api = find_api(state, context, params)
    _check_integration(params)
    if not params.get("IntegrationUri"):
        raise bad_request("IntegrationUri is a required parameter for integration AWS_PROXY")
    if not params.get("PayloadFormatVersion"):
        raise bad_request("PayloadFormatVersion is a required parameter for integration AWS_PROXY")
    check_quota(api.integrations, INTEGRATIONS, "integrations", HTTP_API_CODE)
    integration = HttpIntegration(
        id=context.token(PART_ID_LENGTH),
        uri=params["IntegrationUri"],
        payload_format=params["PayloadFormatVersion"],
        timeout_ms=params.get("TimeoutInMillis", 30000),
        description=params.get("Description", ""),
    )
    changed = replace(api, integrations=put(api.integrations, integration.id, integration))
    return state.put_http_api(changed), integration_document(integration)


def get_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    found = find_api(state, context, params).integration(params["IntegrationId"])
    return state, integration_document(found)


def get_integrations(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    integrations = find_api(state, context, params).integrations
    return state, list_page(integrations, integration_document, params)


def update_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    old = api.integration(params["IntegrationId"])
    _check_integration(params)
    new = replace(
        old,
        uri=params.get("IntegrationUri", old.uri),
        payload_format=params.get("PayloadFormatVersion", old.payload_format),
        timeout_ms=params.get("TimeoutInMillis", old.timeout_ms),
        description=params.get("Description", old.description),
    )
    changed = replace(api, integrations=put(api.integrations, new.id, new))
    return _put(state, changed, context), integration_document(new)


def delete_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    found = api.integration(params["IntegrationId"])
    users = [route.id for route in api.routes.values() if route.integration_id == found.id]
    if users:
        raise conflict(
            "Cannot delete Integration because it is referenced by the following Routes with Ids: "
            f"[{', '.join(sorted(users))}]"
        )
    changed = replace(api, integrations=without(api.integrations, found.id))
    return state.put_http_api(changed), {}


def _check_integration(params: Params) -> None:
    kind = params.get("IntegrationType", "AWS_PROXY")
    if kind == "HTTP_PROXY":
        raise unserved("HTTP proxy integrations (IntegrationType HTTP_PROXY)")
    if kind != "AWS_PROXY":
        raise bad_request(f"Integration type {kind} is not supported for HTTP APIs")
    if params.get("ConnectionType", "INTERNET") != "INTERNET":
        raise unserved("VPC links (ConnectionType VPC_LINK)")
    # The default, which an HTTP API ignores; Terraform's provider sends it always.
    if params.get("PassthroughBehavior", "WHEN_NO_MATCH") != "WHEN_NO_MATCH":
        raise unserved("templates of integrations (PassthroughBehavior)")
    refuse_unserved(params, _UNSERVED_OF_INTEGRATIONS)
    if params.get("IntegrationMethod", "POST") != "POST":
        raise bad_request("IntegrationMethod must be POST for Lambda functions")
    if "IntegrationUri" in params:
        read_function_arn(params["IntegrationUri"])
    if params.get("PayloadFormatVersion", "1.0") not in ("1.0", "2.0"):
        raise bad_request(
            f"Invalid payload format version specified: {params['PayloadFormatVersion']}. "
            "Must be one of [1.0, 2.0]"
        )


# -- routes


def create_route(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html"""
    api = find_api(state, context, params)
    _check_route(params)
    key = check_route_key(params["RouteKey"])
    check_key_is_free(key, api.routes.values())
    check_quota(api.routes, ROUTES, "routes", HTTP_API_CODE)
    route = HttpRoute(
        id=context.token(PART_ID_LENGTH),
        key=key,
        integration_id=_integration_id(api, params.get("Target", "")),
        operation_name=params.get("OperationName", ""),
    )
    changed = replace(api, routes=put(api.routes, route.id, route))
    return _put(state, changed, context), route_document(route)


def get_route(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, route_document(find_api(state, context, params).route(params["RouteId"]))


def get_routes(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, list_page(find_api(state, context, params).routes, route_document, params)


def update_route(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    old = api.route(params["RouteId"])
    _check_route(params)
    key = check_route_key(params.get("RouteKey", old.key))
    check_key_is_free(key, (route for route in api.routes.values() if route.id != old.id))
    target = params.get("Target")
    new = replace(
        old,
        key=key,
        integration_id=old.integration_id if target is None else _integration_id(api, target),
        operation_name=params.get("OperationName", old.operation_name),
    )
    changed = replace(api, routes=put(api.routes, new.id, new))
    return _put(state, changed, context), route_document(new)


def delete_route(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    changed = replace(api, routes=without(api.routes, api.route(params["RouteId"]).id))
    return _put(state, changed, context), {}


def _check_route(params: Params) -> None:
    authorization = params.get("AuthorizationType", "NONE")
    if authorization != "NONE":
        raise unserved(f"authorizers (AuthorizationType {authorization})")
    refuse_unserved(params, _UNSERVED_OF_ROUTES)


def _integration_id(api: HttpApi, target: str) -> str:
    """The integration's id in a target; empty for no target."""
    if not target:
        return ""
    found = target.removeprefix(_TARGET)
    if not target.startswith(_TARGET) or found not in api.integrations:
        raise bad_request(f"Invalid Integration identifier specified: {target}")
    return found


def _put(state: ApiGatewayState, api: HttpApi, context: CallContext) -> ApiGatewayState:
    """The changed API is what its stages with automatic deployment serve."""
    return state.put_http_api(deploy_automatically(api, context))
