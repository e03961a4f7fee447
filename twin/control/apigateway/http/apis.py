"""HTTP APIs, and quick create.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
"""

from dataclasses import replace

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, refuse_unserved, unserved
from twin.control.apigateway.functions import read_function_arn
from twin.control.apigateway.http.cors import read_cors
from twin.control.apigateway.http.deployments import deploy_automatically
from twin.control.apigateway.http.documents import api_document
from twin.control.apigateway.http.lists import list_page
from twin.control.apigateway.http.route_keys import check_route_key
from twin.control.apigateway.limits import HTTP_API_CODE, REGIONAL_APIS, check_quota
from twin.control.apigateway.model import (
    ApiGatewayState,
    HttpApi,
    HttpIntegration,
    HttpRoute,
    HttpStage,
)
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Params, Result
from twin.core.apigateway.api_names import DEFAULT_STAGE
from twin.core.apigateway.routes import DEFAULT_ROUTE

API_ID_LENGTH = 10
PART_ID_LENGTH = 7
"""Of integrations and routes."""
QUICK_CREATE_PAYLOAD = "2.0"
_UNSERVED = {"CredentialsArn": "credentials of an integration", "DisableSchemaValidation": "models"}
_EXPRESSIONS = {
    "RouteSelectionExpression": (
        "$request.method $request.path",
        "${request.method} ${request.path}",
    ),
    "ApiKeySelectionExpression": ("$request.header.x-api-key", "${request.header.x-api-key}"),
}

Change = tuple[ApiGatewayState, Result]


def create_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html"""
    if params["ProtocolType"] != "HTTP":
        raise unserved("WebSocket APIs (ProtocolType WEBSOCKET)")
    refuse_unserved(params, _UNSERVED)
    _check_expressions(params)
    in_region = [api for api in state.http_apis.values() if api.region == context.region]
    check_quota(in_region, REGIONAL_APIS, "APIs", HTTP_API_CODE)
    api = HttpApi(
        id=context.token(API_ID_LENGTH),
        region=context.region,
        name=params["Name"],
        description=params.get("Description", ""),
        version=params.get("Version", ""),
        created_at=context.now,
        cors=read_cors(params["CorsConfiguration"]) if params.get("CorsConfiguration") else None,
        default_endpoint_enabled=not params.get("DisableExecuteApiEndpoint", False),
        ip_address_type=params.get("IpAddressType", "ipv4"),
        tags=check_tags(params.get("Tags") or {}),
    )
    if "Target" in params:
        api = _quick_create(api, context, params)
    elif "RouteKey" in params:
        raise bad_request("Target is required when RouteKey is specified for quick create")
    return state.put_http_api(api), api_document(api)


def get_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    return state, api_document(api)


def get_apis(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    in_region = {key: one for key, one in state.http_apis.items() if one.region == context.region}
    return state, list_page(in_region, api_document, params)


def update_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html"""
    old = find_api(state, context, params)
    refuse_unserved(params, _UNSERVED)
    _check_expressions(params)
    disabled = params.get("DisableExecuteApiEndpoint", not old.default_endpoint_enabled)
    new = replace(
        old,
        name=params.get("Name", old.name),
        description=params.get("Description", old.description),
        version=params.get("Version", old.version),
        cors=read_cors(params["CorsConfiguration"]) if "CorsConfiguration" in params else old.cors,
        default_endpoint_enabled=not disabled,
        ip_address_type=params.get("IpAddressType", old.ip_address_type),
    )
    if "RouteKey" in params or "Target" in params:
        new = deploy_automatically(_change_quick_create(new, params), context)
    return state.put_http_api(new), api_document(new)


def delete_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    domains = state.mapped_domains(api.id)
    if domains:
        raise bad_request(
            f"Deleting API {api.id} failed. Please remove all base path mappings related to the "
            f"API in your domains: {', '.join(domains)}"
        )
    return replace(state, http_apis=without(state.http_apis, api.id)), {}


def delete_cors_configuration(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    api = find_api(state, context, params)
    return state.put_http_api(replace(api, cors=None)), {}


def find_api(state: ApiGatewayState, context: CallContext, params: Params) -> HttpApi:
    """The API that a call names. Raises CallRefused."""
    return state.http_api(params["ApiId"], context.region, context.account)


# -- quick create


def _quick_create(api: HttpApi, context: CallContext, params: Params) -> HttpApi:
    """With an integration, a route, and a stage that deploys each change."""
    integration = HttpIntegration(
        id=context.token(PART_ID_LENGTH),
        uri=_check_target(params["Target"]),
        payload_format=QUICK_CREATE_PAYLOAD,
        managed=True,
    )
    route = HttpRoute(
        id=context.token(PART_ID_LENGTH),
        key=check_route_key(params.get("RouteKey", DEFAULT_ROUTE)),
        integration_id=integration.id,
        managed=True,
    )
    stage = HttpStage(
        name=DEFAULT_STAGE,
        auto_deploy=True,
        created_at=context.now,
        updated_at=context.now,
        managed=True,
    )
    whole = replace(
        api,
        integrations={integration.id: integration},
        routes={route.id: route},
        stages={stage.name: stage},
    )
    return deploy_automatically(whole, context)


def _change_quick_create(api: HttpApi, params: Params) -> HttpApi:
    integration = next((one for one in api.integrations.values() if one.managed), None)
    route = next((one for one in api.routes.values() if one.managed), None)
    if integration is None or route is None:
        raise bad_request("RouteKey and Target can only be updated for a quick create API")
    if "Target" in params:
        changed = replace(integration, uri=_check_target(params["Target"]))
        api = replace(api, integrations=put(api.integrations, changed.id, changed))
    if "RouteKey" in params:
        moved = replace(route, key=check_route_key(params["RouteKey"]))
        api = replace(api, routes=put(api.routes, moved.id, moved))
    return api


def _check_target(target: str) -> str:
    if target.startswith(("http://", "https://")):
        raise unserved("HTTP proxy integrations (Target)")
    read_function_arn(target)
    return target


def _check_expressions(params: Params) -> None:
    for name, allowed in _EXPRESSIONS.items():
        if params.get(name, allowed[0]) not in allowed:
            raise bad_request(f"Only {allowed[0]} is supported for HTTP APIs ({name})")
