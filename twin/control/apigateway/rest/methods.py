"""Methods of REST APIs, and the statuses that they declare.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html
"""

from collections.abc import Mapping
from dataclasses import replace

from twin.control.apigateway.entries import get_entry, put, without
from twin.control.apigateway.errors import bad_request, conflict, refuse_unserved, unserved
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.apis import find_api
from twin.control.apigateway.rest.documents import method_document, method_response_document
from twin.control.apigateway.rest.model import MethodResponse, RestApi, RestMethod, RestResource
from twin.control.apigateway.rest.patches import Patch, Rule, apply_patches, entries, text
from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.core.http.messages import can_be_sent

HTTP_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
MODELS = frozenset({"Empty", "Error"})
"""That every API has."""
_UNSERVED = {
    "apiKeyRequired": "API keys",
    "authorizationScopes": "authorizers",
    "authorizerId": "authorizers",
    "requestValidatorId": "request validators",
}
NO_RESPONSE = "Invalid Response status code specified"

Change = tuple[ApiGatewayState, Result]


def put_method(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html"""
    api, resource = find_resource(state, context, params)
    name = params["httpMethod"]
    if name not in HTTP_METHODS:
        raise bad_request(
            f"Invalid HttpMethod specified. Valid options are {','.join(HTTP_METHODS)}"
        )
    _check_authorization(params["authorizationType"])
    refuse_unserved(params, _UNSERVED)
    if name in resource.methods:
        raise conflict("Method already exists for this resource")
    method = RestMethod(
        http_method=name,
        operation_name=params.get("operationName", ""),
        request_parameters=_check_parameters(params.get("requestParameters") or {}),
        request_models=_check_models(params.get("requestModels") or {}),
    )
    return state.put_rest_api(api.put_method(resource, method)), method_document(method)


def get_method(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    _, _, method = find_method(state, context, params)
    return state, method_document(method)


def update_method(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html"""
    api, resource, method = find_method(state, context, params)
    method = apply_patches(method, params, _METHOD_RULES)
    _check_parameters(method.request_parameters)
    return state.put_rest_api(api.put_method(resource, method)), method_document(method)


def delete_method(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api, resource, method = find_method(state, context, params)
    methods = without(resource.methods, method.http_method)
    return state.put_rest_api(api.put_resource(replace(resource, methods=methods))), {}


def find_resource(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[RestApi, RestResource]:
    """The resource that a call names, after its API. Raises CallRefused."""
    api = find_api(state, context, params)
    return api, api.resource(params["resourceId"])


def find_method(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[RestApi, RestResource, RestMethod]:
    """The method that a call names, after its API and resource. Raises CallRefused."""
    api, resource = find_resource(state, context, params)
    return api, resource, resource.method(params["httpMethod"])


# -- rules


def _check_authorization(kind: str) -> None:
    if kind in ("CUSTOM", "COGNITO_USER_POOLS"):
        raise bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )
    if kind != "NONE":
        raise unserved(f"authorization of REST APIs (authorizationType {kind})")


def _check_parameters(parameters: Mapping[str, bool]) -> dict[str, bool]:
    prefixes = ("method.request.header.", "method.request.querystring.", "method.request.path.")
    for name in parameters:
        if not name.startswith(prefixes) or not name.rpartition(".")[2]:
            raise invalid_parameter(name)
    names = [name.split(".", 3)[3] for name in parameters]
    if len(set(names)) < len(names):
        raise bad_request("Parameter names must be unique across querystring, header and path")
    return dict(parameters)


def invalid_parameter(name: str) -> CallRefused:
    """A parameter that is none of a request, or of the declared response."""
    return bad_request(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
        f"[Invalid mapping expression parameter specified: {name}]"
    )


def _check_models(models: Mapping[str, str]) -> dict[str, str]:
    for name in models.values():
        if name not in MODELS:
            raise bad_request(f"Invalid model identifier specified: {name}")
    return dict(models)


def _read_model(_: str, patch: Patch) -> str:
    (name,) = _check_models({"": patch.value}).values()
    return name


def _set_authorization(method: RestMethod, patch: Patch) -> RestMethod:
    _check_authorization(patch.value)
    return method


def _set_key_required(method: RestMethod, patch: Patch) -> RestMethod:
    if patch.flag:
        raise unserved("API keys (/apiKeyRequired)")
    return method


_METHOD_RULES: tuple[Rule[RestMethod], ...] = (
    Rule("/authorizationType", _set_authorization),
    Rule("/apiKeyRequired", _set_key_required),
    text("/operationName", "operation_name"),
    entries("/requestParameters", "request_parameters", lambda _, patch: patch.flag),
    entries("/requestModels", "request_models", _read_model),
)


# -- responses


def put_method_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html"""
    api, resource, method = find_method(state, context, params)
    status = params["statusCode"]
    if is_interim(status):
        raise bad_request(NO_RESPONSE)
    if status in method.responses:
        raise conflict("Response already exists for this resource")
    response = MethodResponse(
        status=status,
        parameters=_check_headers(params.get("responseParameters") or {}),
        models=_check_models(params.get("responseModels") or {}),
    )
    return _put_response(state, api, resource, method, response)


def is_interim(status: str) -> bool:
    """Whether a client would wait for another response after one with this status.

    https://www.rfc-editor.org/rfc/rfc9110#section-15.2
    """
    return status.startswith("1")


def get_method_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    _, _, method = find_method(state, context, params)
    found = get_entry(method.responses, params["statusCode"], NO_RESPONSE)
    return state, method_response_document(found)


def update_method_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethodResponse.html"""
    api, resource, method = find_method(state, context, params)
    found = get_entry(method.responses, params["statusCode"], NO_RESPONSE)
    response = apply_patches(found, params, _RESPONSE_RULES)
    _check_headers(response.parameters)
    return _put_response(state, api, resource, method, response)


def delete_method_response(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api, resource, method = find_method(state, context, params)
    status = get_entry(method.responses, params["statusCode"], NO_RESPONSE).status
    changed = replace(method, responses=without(method.responses, status))
    return state.put_rest_api(api.put_method(resource, changed)), {}


def _put_response(
    state: ApiGatewayState,
    api: RestApi,
    resource: RestResource,
    method: RestMethod,
    response: MethodResponse,
) -> Change:
    changed = replace(method, responses=put(method.responses, response.status, response))
    state = state.put_rest_api(api.put_method(resource, changed))
    return state, method_response_document(response)


def _check_headers(parameters: Mapping[str, bool]) -> dict[str, bool]:
    prefix = "method.response.header."
    for name in parameters:
        header = name.removeprefix(prefix)
        if header == name or not can_be_sent(header, ""):
            raise invalid_parameter(name)
    return dict(parameters)


_RESPONSE_RULES: tuple[Rule[MethodResponse], ...] = (
    entries("/responseParameters", "parameters", lambda _, patch: patch.flag),
    entries("/responseModels", "models", _read_model),
)
