"""Resources of REST APIs: the tree of path parts.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html
"""

import re
from dataclasses import replace

from twin.control.apigateway.errors import bad_request, conflict
from twin.control.apigateway.limits import PATH_LENGTH, RESOURCES, REST_API_CODE, check_quota
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest.apis import find_api
from twin.control.apigateway.rest.documents import resource_document
from twin.control.apigateway.rest.lists import list_items
from twin.control.apigateway.rest.model import RestApi, RestResource
from twin.control.document_service import CallContext, Params, Result

_PART = re.compile(r"[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\}")

Change = tuple[ApiGatewayState, Result]


def create_resource(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html"""
    api = find_api(state, context, params)
    check_quota(api.resources, RESOURCES, "resources", REST_API_CODE)
    resource = RestResource(
        id=context.token(6), parent_id=params["parentId"], path_part=params["pathPart"]
    )
    _check_place(api, resource)
    api = api.put_resource(resource)
    _check_lengths(api, resource)
    return state.put_rest_api(api), resource_document(api, resource, methods=False)


def get_resource(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    resource = api.resource(params["resourceId"])
    return state, resource_document(api, resource, methods=_embeds_methods(params))


def get_resources(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    api = find_api(state, context, params)
    methods = _embeds_methods(params)
    listed = sorted(api.resources.values(), key=api.path)
    return state, list_items(
        [resource_document(api, one, methods=methods) for one in listed], params
    )


def update_resource(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateResource.html"""
    api = find_api(state, context, params)
    resource = api.resource(params["resourceId"])
    for given in params.get("patchOperations") or ():
        resource = _patch(api, resource, given)
    api = api.put_resource(resource)
    _check_lengths(api, resource)
    return state.put_rest_api(api), resource_document(api, resource, methods=False)


def _patch(api: RestApi, resource: RestResource, given: Params) -> RestResource:
    """Its refusals have other words than those of other resources."""
    op, path, value = given.get("op"), given.get("path"), str(given.get("value") or "")
    if op != "replace":
        raise bad_request(
            f"Invalid patch path  '{path}' specified for op '{op}'. Please choose supported "
            "operations"
        )
    if path not in ("/parentId", "/pathPart"):
        raise bad_request(
            f"Invalid patch path  '{path}' specified for op 'replace'. Must be one of: "
            "[/parentId, /pathPart]"
        )
    if not resource.parent_id:
        raise bad_request("Root resource cannot be updated")
    if path == "/pathPart":
        moved = replace(resource, path_part=value)
    else:
        if value in _branch(api, resource):
            raise bad_request("Resources cannot be cyclical.")
        moved = replace(resource, parent_id=value)
    _check_place(api, moved)
    return moved


def delete_resource(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """With all resources below it."""
    api = find_api(state, context, params)
    resource = api.resource(params["resourceId"])
    if not resource.parent_id:
        raise bad_request("Root resource cannot be deleted")
    gone = _branch(api, resource)
    kept = {key: one for key, one in api.resources.items() if key not in gone}
    return state.put_rest_api(replace(api, resources=kept)), {}


def _branch(api: RestApi, resource: RestResource) -> frozenset[str]:
    """Ids of the resource and of all below it."""
    found = {resource.id}
    size = 0
    while size < len(found):
        size = len(found)
        found |= {one.id for one in api.resources.values() if one.parent_id in found}
    return frozenset(found)


def _check_place(api: RestApi, resource: RestResource) -> None:
    """Whether the path part can be below its parent. Raises CallRefused."""
    parent = api.resource(resource.parent_id)
    part = resource.path_part
    if not _PART.fullmatch(part):
        raise bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and "
            "curly braces at the beginning and the end."
        )
    if parent.path_part.endswith("+}"):
        raise bad_request(
            f"Cannot create a child of a resource with a greedy path variable: {parent.path_part}"
        )
    siblings = [
        one
        for one in api.resources.values()
        if one.parent_id == parent.id and one.id != resource.id
    ]
    if any(one.path_part == part for one in siblings):
        raise conflict(f"Another resource with the same parent already has this name: {part}")
    variable = next((one.path_part for one in siblings if one.path_part.startswith("{")), None)
    if part.startswith("{") and variable is not None:
        raise bad_request(
            f"A sibling ({variable}) of this resource already has a variable path part -- only one "
            "is allowed"
        )


def _check_lengths(api: RestApi, resource: RestResource) -> None:
    """Of the resource and all below it. Raises CallRefused in the twin's words."""
    longest = max(len(api.path(api.resources[key])) for key in _branch(api, resource))
    if longest > PATH_LENGTH:
        raise bad_request(
            f"A resource's path would have {longest} characters; it can have at most {PATH_LENGTH}"
        )


def _embeds_methods(params: Params) -> bool:
    return "methods" in (params.get("embed") or ())
