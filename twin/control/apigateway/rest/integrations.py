"""Integrations of REST APIs, and what they answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from twin.control.apigateway.entries import get_entry, put, without
from twin.control.apigateway.errors import bad_request, not_found, refuse_unserved, unserved
from twin.control.apigateway.functions import read_invocation_uri
from twin.control.apigateway.limits import check_template_size
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.documents import (
    integration_document,
    integration_response_document,
)
from twin.control.apigateway.rest.methods import NO_RESPONSE, find_method, invalid_parameter
from twin.control.apigateway.rest.model import (
    IntegrationResponse,
    RestApi,
    RestIntegration,
    RestMethod,
    RestResource,
)
from twin.control.apigateway.rest.patches import (
    Patch,
    Rule,
    apply_patches,
    entries,
    text,
    unserved_setting,
)
from twin.control.apigateway.rest.selection_patterns import is_quick_pattern
from twin.control.document_service import CallContext, Params, Result
from twin.core.http.messages import can_be_sent

MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 50, 29000
_BEHAVIORS = ("WHEN_NO_MATCH", "NEVER", "WHEN_NO_TEMPLATES")
_UNSERVED = {
    "connectionId": "VPC links",
    "credentials": "credentials of integrations",
    "integrationTarget": "VPC links",
    "requestParameters": "parameter mapping",
    "tlsConfig": "HTTP integrations",
}
STATIC_VALUE = re.compile(r"'[^']*'")
"""A mapping expression that is a text; others name parts of the request or of the result."""
_EXPRESSION = re.compile(r"[$#]")
_NO_INTEGRATION = "Invalid Integration identifier specified"

Change = tuple[ApiGatewayState, Result]


def put_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
    api, resource, method = find_method(state, context, params)
    kind = params["type"]
    if kind not in ("AWS_PROXY", "MOCK"):
        raise unserved(f"integrations of other types than AWS_PROXY and MOCK (type {kind})")
    refuse_unserved(params, _UNSERVED)
    if params.get("connectionType", "INTERNET") != "INTERNET":
        raise unserved("VPC links (connectionType VPC_LINK)")
    if params.get("responseTransferMode", "BUFFERED") != "BUFFERED":
        raise unserved("response streaming (responseTransferMode STREAM)")
    integration = RestIntegration(
        type="MOCK" if kind == "MOCK" else "AWS_PROXY",
        http_method=params.get("integrationHttpMethod", ""),
        uri=params.get("uri", "") if kind == "AWS_PROXY" else "",
        passthrough_behavior=params.get("passthroughBehavior", "WHEN_NO_MATCH"),
        content_handling=params.get("contentHandling", ""),
        timeout_ms=params.get("timeoutInMillis", MAX_TIMEOUT_MS),
        cache_namespace=params.get("cacheNamespace") or resource.id,
        cache_key_parameters=tuple(params.get("cacheKeyParameters") or ()),
        request_templates=dict(params.get("requestTemplates") or {}),
    )
    _check_integration(integration)
    return _put(state, api, resource, method, integration)


def get_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    _, _, method = find_method(state, context, params)
    return state, integration_document(_integration(method))


def update_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegration.html"""
    api, resource, method = find_method(state, context, params)
    integration = apply_patches(_integration(method), params, _INTEGRATION_RULES)
    _check_integration(integration)
    return _put(state, api, resource, method, integration)


def delete_integration(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api, resource, method = find_method(state, context, params)
    _integration(method)
    changed = replace(method, integration=None)
    return state.put_rest_api(api.put_method(resource, changed)), {}


def _integration(method: RestMethod) -> RestIntegration:
    if method.integration is None:
        raise not_found(_NO_INTEGRATION)
    return method.integration


def _put(
    state: ApiGatewayState,
    api: RestApi,
    resource: RestResource,
    method: RestMethod,
    integration: RestIntegration,
) -> Change:
    changed = api.put_method(resource, replace(method, integration=integration))
    return state.put_rest_api(changed), integration_document(integration)


# -- rules


def _check_integration(integration: RestIntegration) -> None:
    """Raises CallRefused."""
    if integration.type == "AWS_PROXY":
        if not integration.http_method:
            raise bad_request("Enumeration value for HttpMethod must be non-empty")
        if integration.http_method != "POST":
            raise bad_request("HttpMethod must be POST for integrations with Lambda functions")
        read_invocation_uri(integration.uri)
    else:
        for template in integration.request_templates.values():
            _check_template(template)
    if not MIN_TIMEOUT_MS <= integration.timeout_ms <= MAX_TIMEOUT_MS:
        raise bad_request(f"Timeout should be between {MIN_TIMEOUT_MS} ms and {MAX_TIMEOUT_MS} ms")
    if integration.passthrough_behavior not in _BEHAVIORS:
        raise bad_request(
            f"Invalid passthrough behavior. Must be one of: [{', '.join(_BEHAVIORS)}]"
        )


def _check_template(template: str) -> None:
    check_template_size(template)
    if _EXPRESSION.search(template):
        raise unserved("expressions in mapping templates")


def _set_timeout(integration: RestIntegration, patch: Patch) -> RestIntegration:
    timeout = patch.number("timeoutInMillis", MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)
    return replace(integration, timeout_ms=int(timeout))


def _change_cache_key(integration: RestIntegration, patch: Patch) -> RestIntegration:
    kept = tuple(one for one in integration.cache_key_parameters if one != patch.names[0])
    added = () if patch.op == "remove" else (patch.names[0],)
    return replace(integration, cache_key_parameters=kept + added)


def _refuse(path: str, what: str) -> Rule[RestIntegration]:
    return unserved_setting(path, f"{what} ({path})", ("", "INTERNET", "BUFFERED"))


_INTEGRATION_RULES: tuple[Rule[RestIntegration], ...] = (
    text("/uri", "uri"),
    text("/httpMethod", "http_method"),
    text("/passthroughBehavior", "passthrough_behavior"),
    text("/contentHandling", "content_handling"),
    text("/cacheNamespace", "cache_namespace"),
    Rule("/timeoutInMillis", _set_timeout),
    Rule("/cacheKeyParameters/*", _change_cache_key, ("add", "remove")),
    entries("/requestTemplates", "request_templates", lambda _, patch: patch.value),
    _refuse("/requestParameters/*", "parameter mapping"),
    _refuse("/credentials", "credentials of integrations"),
    _refuse("/connectionType", "VPC links"),
    _refuse("/connectionId", "VPC links"),
    _refuse("/responseTransferMode", "response streaming"),
)


# -- responses


def put_integration_response(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html"""
    api, resource, method = find_method(state, context, params)
    response = IntegrationResponse(
        status=params["statusCode"],
        selection_pattern=params.get("selectionPattern"),
        parameters=dict(params.get("responseParameters") or {}),
        templates=dict(params.get("responseTemplates") or {}),
        content_handling=params.get("contentHandling", ""),
    )
    return _put_response(state, api, resource, method, response)


def get_integration_response(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    _, _, method = find_method(state, context, params)
    found = get_entry(_integration(method).responses, params["statusCode"], NO_RESPONSE)
    return state, integration_response_document(found)


def update_integration_response(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegrationResponse.html"""
    api, resource, method = find_method(state, context, params)
    found = get_entry(_integration(method).responses, params["statusCode"], NO_RESPONSE)
    response = apply_patches(found, params, _RESPONSE_RULES)
    return _put_response(state, api, resource, method, response)


def delete_integration_response(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    api, resource, method = find_method(state, context, params)
    integration = _integration(method)
    status = get_entry(integration.responses, params["statusCode"], NO_RESPONSE).status
    changed = replace(integration, responses=without(integration.responses, status))
    state, _ = _put(state, api, resource, method, changed)
    return state, {}


def _put_response(
    state: ApiGatewayState,
    api: RestApi,
    resource: RestResource,
    method: RestMethod,
    response: IntegrationResponse,
) -> Change:
    integration = _integration(method)
    _check_response(method, integration, response)
    responses = put(integration.responses, response.status, response)
    state, _ = _put(state, api, resource, method, replace(integration, responses=responses))
    return state, integration_response_document(response)


def _check_response(
    method: RestMethod, integration: RestIntegration, response: IntegrationResponse
) -> None:
    """Raises CallRefused."""
    declared = get_entry(method.responses, response.status, NO_RESPONSE)
    for name, value in response.parameters.items():
        if name not in declared.parameters or not can_be_sent("value", value):
            raise invalid_parameter(name)
    _check_pattern(response.selection_pattern or "")
    if integration.type == "MOCK":
        check_static_values(response.parameters)
        for template in response.templates.values():
            _check_template(template)


def check_static_values(parameters: Mapping[str, str]) -> None:
    """Refuse mapping expressions that need a request. Raises CallRefused."""
    for name, value in parameters.items():
        if not STATIC_VALUE.fullmatch(value):
            raise unserved(
                f"mapping expressions other than a text in single quotes ({name}: {value[:100]})"
            )


def _check_pattern(pattern: str) -> None:
    """Raises CallRefused."""
    if not is_quick_pattern(pattern):
        raise unserved(
            "selection patterns of more than 128 characters or three groups, or with a repeated "
            "group that repeats something"
        )
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as exc:
        raise bad_request("Invalid regular expression for response selection") from exc


def _set_pattern(response: IntegrationResponse, patch: Patch) -> IntegrationResponse:
    return replace(response, selection_pattern=patch.value)


_RESPONSE_RULES: tuple[Rule[IntegrationResponse], ...] = (
    Rule("/selectionPattern", _set_pattern),
    text("/contentHandling", "content_handling"),
    entries("/responseParameters", "parameters", lambda _, patch: patch.value),
    entries("/responseTemplates", "templates", lambda _, patch: patch.value),
)
