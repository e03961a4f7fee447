"""A REST API's own wording of the gateway's errors.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from collections.abc import Mapping
from dataclasses import replace

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, not_found
from twin.control.apigateway.limits import check_template_size
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.apis import find_api
from twin.control.apigateway.rest.documents import gateway_response_document
from twin.control.apigateway.rest.lists import list_items
from twin.control.apigateway.rest.methods import is_interim
from twin.control.apigateway.rest.model import GatewayResponseRecord, RestApi
from twin.control.apigateway.rest.patches import Patch, Rule, apply_patches, entries
from twin.control.document_service import CallContext, Params, Result
from twin.core.apigateway.gateway_responses import MAPPING_EXPRESSION
from twin.core.http.messages import can_be_sent

STATUSES = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": "",
    "DEFAULT_5XX": "",
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
"""Type -> its status; empty: that of the error."""
_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}
_HEADER = "gatewayresponse.header."
_INVALID_STATUS = "Invalid status code specified"

Change = tuple[ApiGatewayState, Result]


def put_gateway_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutGatewayResponse.html"""
    kind = params["responseType"]
    record = GatewayResponseRecord(
        type=kind,
        status=params.get("statusCode") or STATUSES[kind],
        parameters=dict(params.get("responseParameters") or {}),
        templates=dict(params.get("responseTemplates") or _TEMPLATES),
    )
    return _put(state, find_api(state, context, params), record)


def get_gateway_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    kind = params["responseType"]
    return state, gateway_response_document(
        _find(api, kind), default=kind not in api.gateway_responses
    )


def get_gateway_responses(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """All types, whether they are the API's own or not, in one page as long as nobody asks."""
    api = find_api(state, context, params)
    documents = [
        gateway_response_document(_find(api, kind), default=kind not in api.gateway_responses)
        for kind in STATUSES
    ]
    return state, list_items(documents, {"limit": len(STATUSES), **params})


def update_gateway_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateGatewayResponse.html"""
    api = find_api(state, context, params)
    record = apply_patches(_find(api, params["responseType"]), params, _RULES)
    return _put(state, api, record)


def delete_gateway_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    kind = params["responseType"]
    if kind not in api.gateway_responses:
        raise not_found("Gateway response type not defined on api")
    changed = replace(api, gateway_responses=without(api.gateway_responses, kind))
    return state.put_rest_api(changed), {}


def _find(api: RestApi, kind: str) -> GatewayResponseRecord:
    default = GatewayResponseRecord(type=kind, status=STATUSES[kind], templates=_TEMPLATES)
    return api.gateway_responses.get(kind, default)


def _put(state: ApiGatewayState, api: RestApi, record: GatewayResponseRecord) -> Change:
    if is_interim(record.status):
        raise bad_request(_INVALID_STATUS)
    _check_headers(record.parameters)
    for template in record.templates.values():
        check_template_size(template)
    changed = replace(api, gateway_responses=put(api.gateway_responses, record.type, record))
    return state.put_rest_api(changed), gateway_response_document(record, default=False)


def _check_headers(parameters: Mapping[str, str]) -> None:
    for name, value in parameters.items():
        header = name.removeprefix(_HEADER)
        if header == name or not can_be_sent(header, ""):
            raise bad_request(f"Invalid response parameter specified: {name}")
        if not MAPPING_EXPRESSION.fullmatch(value) or not can_be_sent(header, value):
            raise bad_request(f"Invalid mapping expression specified: {value[:100]}")


def _set_status(record: GatewayResponseRecord, patch: Patch) -> GatewayResponseRecord:
    if len(patch.value) != 3 or not patch.value.isdecimal() or patch.value[0] not in "12345":
        raise bad_request(_INVALID_STATUS)
    return replace(record, status=patch.value)


_RULES: tuple[Rule[GatewayResponseRecord], ...] = (
    Rule("/statusCode", _set_status),
    entries("/responseParameters", "parameters", lambda _, patch: patch.value),
    entries("/responseTemplates", "templates", lambda _, patch: patch.value),
)
