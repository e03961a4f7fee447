"""REST APIs, and the account's settings in a Region.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, refuse_unserved, unserved
from twin.control.apigateway.limits import REGIONAL_APIS, REST_API_CODE, check_quota
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.documents import account_document, api_document
from twin.control.apigateway.rest.lists import list_items
from twin.control.apigateway.rest.model import (
    AccountSettings,
    RestApi,
    RestResource,
)
from twin.control.apigateway.rest.patches import (
    ADDRESS_TYPE,
    ALL,
    Patch,
    Rule,
    apply_patches,
    choice,
    text,
)
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Params, Result

_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_MAX_COMPRESSION_SIZE = 10485760
_SIZE = "minimum compression size"
_UNSERVED = {
    "cloneFrom": "copies of REST APIs",
    "endpointAccessMode": "access modes of endpoints",
    "policy": "resource policies of REST APIs",
}

Change = tuple[ApiGatewayState, Result]


def create_rest_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html"""
    refuse_unserved(params, _UNSERVED)
    if params.get("description") == "":
        raise bad_request("Description cannot be an empty string")
    in_region = [api for api in state.rest_apis.values() if api.region == context.region]
    check_quota(in_region, REGIONAL_APIS, "APIs", REST_API_CODE)
    endpoint: Mapping[str, Any] = params.get("endpointConfiguration") or {}
    root = RestResource(id=context.token(10))
    api = RestApi(
        id=context.token(10),
        region=context.region,
        name=_check_name(params["name"]),
        description=params.get("description", ""),
        version=params.get("version", ""),
        created_at=context.now,
        root_id=root.id,
        endpoint_type=_check_types(endpoint.get("types") or ["EDGE"]),
        ip_address_type=endpoint.get("ipAddressType", "ipv4"),
        api_key_source=params.get("apiKeySource", "HEADER"),
        binary_media_types=tuple(params.get("binaryMediaTypes") or ()),
        minimum_compression_size=_check_size(params.get("minimumCompressionSize")),
        default_endpoint_enabled=not params.get("disableExecuteApiEndpoint", False),
        tags=check_tags(params.get("tags") or {}),
        resources={root.id: root},
    )
    return state.put_rest_api(api), api_document(api)


def get_rest_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, api_document(find_api(state, context, params))


def get_rest_apis(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    found = sorted(
        (one for one in state.rest_apis.values() if one.region == context.region),
        key=lambda api: (api.created_at, api.id),
    )
    return state, list_items([api_document(api) for api in found], params)


def update_rest_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html"""
    api = apply_patches(find_api(state, context, params), params, _RULES)
    return state.put_rest_api(api), api_document(api)


def delete_rest_api(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    domains = state.mapped_domains(api.id)
    if domains:
        raise bad_request(
            "Deleting RestApi failed. Please remove all base path mappings related to the RestApi "
            f"in your domains: {', '.join(domains)}"
        )
    return replace(state, rest_apis=without(state.rest_apis, api.id)), {}


def find_api(state: ApiGatewayState, context: CallContext, params: Params) -> RestApi:
    """The API that a call names. Raises CallRefused."""
    return state.rest_api(params["restApiId"], context.region, context.account)


# -- rules


def _check_name(name: str) -> str:
    if not name.strip():
        raise bad_request("No Name specified")
    if len(name) > 1024:
        raise bad_request("API name must be at most 1024 characters")
    return name


def _check_types(types: Sequence[str]) -> str:
    if len(types) != 1 or types[0] not in ("EDGE", "REGIONAL", "PRIVATE"):
        raise bad_request("Invalid endpoint type. Must be one of: [EDGE, REGIONAL, PRIVATE]")
    if types[0] == "PRIVATE":
        raise unserved("private APIs (endpointConfiguration PRIVATE)")
    return types[0]


def _check_size(size: int | None) -> int | None:
    if size is not None and not 0 <= size <= _MAX_COMPRESSION_SIZE:
        raise bad_request(f"Invalid {_SIZE}, must be between 0 and {_MAX_COMPRESSION_SIZE}")
    return size


def _set_name(api: RestApi, patch: Patch) -> RestApi:
    return replace(api, name=_check_name(patch.value))


def _set_size(api: RestApi, patch: Patch) -> RestApi:
    """Without a value there is no compression."""
    if not patch.value:
        return replace(api, minimum_compression_size=None)
    size = int(patch.number(_SIZE, 0, _MAX_COMPRESSION_SIZE))
    return replace(api, minimum_compression_size=size)


def _set_endpoint(api: RestApi, patch: Patch) -> RestApi:
    return replace(api, default_endpoint_enabled=not patch.flag)


def _set_type(api: RestApi, patch: Patch) -> RestApi:
    return replace(api, endpoint_type=_check_types([patch.value]))


def _change_media_type(api: RestApi, patch: Patch) -> RestApi:
    """`add` takes the type from the path; `replace` puts its value in the place of that type."""
    name = patch.names[0]
    kept = tuple(one for one in api.binary_media_types if one != name)
    if patch.op == "remove":
        return replace(api, binary_media_types=kept)
    if patch.op == "replace" and name in api.binary_media_types:
        changed = tuple(patch.value if one == name else one for one in api.binary_media_types)
        return replace(api, binary_media_types=changed)
    return replace(api, binary_media_types=(*kept, name))


def _change_policy(api: RestApi, patch: Patch) -> RestApi:
    if patch.value:
        raise unserved("resource policies of REST APIs (/policy)")
    return api


_RULES: tuple[Rule[RestApi], ...] = (
    Rule("/name", _set_name),
    Rule(
        "/description",
        lambda api, patch: replace(api, description="" if patch.op == "remove" else patch.value),
        ("replace", "remove"),
    ),
    text("/version", "version"),
    choice("/apiKeySource", "api_key_source", ("HEADER", "AUTHORIZER"), "API key source"),
    Rule("/minimumCompressionSize", _set_size),
    Rule("/disableExecuteApiEndpoint", _set_endpoint),
    Rule("/endpointConfiguration/types/*", _set_type),
    ADDRESS_TYPE,
    Rule("/binaryMediaTypes/*", _change_media_type, ALL),
    Rule("/policy", _change_policy, ALL),
)


# -- the account


def get_account(state: ApiGatewayState, context: CallContext, _params: Params) -> Change:
    return state, account_document(state.accounts.get(context.region, AccountSettings()))


def update_account(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html"""
    old = state.accounts.get(context.region, AccountSettings())
    settings = apply_patches(old, params, _ACCOUNT_RULES)
    accounts = put(state.accounts, context.region, settings)
    return replace(state, accounts=accounts), account_document(settings)


def _set_role(settings: AccountSettings, patch: Patch) -> AccountSettings:
    if patch.value and not _ROLE.fullmatch(patch.value):
        raise bad_request("Invalid CloudWatch Logs role ARN specified")
    return replace(settings, cloudwatch_role_arn=patch.value)


_ACCOUNT_RULES = (Rule("/cloudwatchRoleArn", _set_role),)
