"""Tags of APIs, stages and domain names, by ARN, as both APIs set them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from twin.control.apigateway.errors import bad_request, not_found
from twin.control.apigateway.limits import TAGS
from twin.control.apigateway.model import ApiGatewayState
from twin.control.document_service import CallContext, CallRefused, Params, Result

_ARN = re.compile(r"arn:aws[\w-]*:apigateway:(?P<region>[\w-]+):(\d{12})?:(?P<path>/.+)")
Tags = Mapping[str, str]


def check_tags(tags: Tags) -> dict[str, str]:
    """All tags that a resource would have. Raises CallRefused."""
    if len(tags) > TAGS:
        raise bad_request(f"A resource can have at most {TAGS} tags")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise bad_request(
                f"Invalid tag {key[:128]!r}: a key has 1 to 128 characters, a value at most 256"
            )
        if key.lower().startswith("aws:"):
            raise bad_request(f"Tag keys starting with 'aws:' are reserved: {key}")
    return dict(tags)


def tag_resource(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[ApiGatewayState, Result]:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    found = _find(state, context, params)
    given = params.get("Tags") or params.get("tags") or {}
    return found.replace(check_tags({**found.tags, **given})), {}


def untag_resource(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[ApiGatewayState, Result]:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    found = _find(state, context, params)
    removed: Collection[str] = params.get("TagKeys") or params.get("tagKeys") or ()
    return found.replace({key: v for key, v in found.tags.items() if key not in removed}), {}


def read_tags(state: ApiGatewayState, context: CallContext, params: Params) -> dict[str, str]:
    """The tags of the resource that a call names. Raises CallRefused."""
    return dict(_find(state, context, params).tags)


def find_gateway_tags(state: ApiGatewayState, arn: str) -> Tags | None:
    """The tags of a resource of any Region; None for an ARN of no resource."""
    parsed = _ARN.fullmatch(arn)
    if parsed is None:
        return None
    try:
        found = _find_tagged(state, parsed["path"], parsed["region"], "")
    except CallRefused:
        return None
    return None if found is None else found.tags


@dataclass(frozen=True, slots=True)
class _Tagged:
    """A resource's tags, and the state with others."""

    tags: Tags
    replace: Callable[[dict[str, str]], ApiGatewayState]


def _find(state: ApiGatewayState, context: CallContext, params: Params) -> _Tagged:
    arn = unquote(str(params.get("ResourceArn") or params.get("resourceArn")))
    parsed = _ARN.fullmatch(arn)
    if parsed is None or parsed["region"] != context.region:
        raise bad_request("Invalid ARN specified in the request")
    found = _find_tagged(state, parsed["path"], context.region, context.account)
    if found is None:
        raise not_found(f"Invalid resource identifier specified {arn}")
    return found


def _find_tagged(state: ApiGatewayState, path: str, region: str, account: str) -> _Tagged | None:
    """None for a kind of resource that has no tags. Raises CallRefused."""
    match path.removeprefix("/").split("/"):
        case ["apis", api_id]:
            api = state.http_api(api_id, region, account)
            return _Tagged(api.tags, lambda tags: state.put_http_api(replace(api, tags=tags)))
        case ["apis", api_id, "stages", name]:
            parent = state.http_api(api_id, region, account)
            stage = parent.stage(name)
            return _Tagged(
                stage.tags,
                lambda tags: state.put_http_api(parent.put_stage(replace(stage, tags=tags))),
            )
        case ["restapis", api_id]:
            rest = state.rest_api(api_id, region, account)
            return _Tagged(rest.tags, lambda tags: state.put_rest_api(replace(rest, tags=tags)))
        case ["restapis", api_id, "stages", name]:
            owner = state.rest_api(api_id, region, account)
            rest_stage = owner.stage(name)
            return _Tagged(
                rest_stage.tags,
                lambda tags: state.put_rest_api(owner.put_stage(replace(rest_stage, tags=tags))),
            )
        case ["domainnames", name]:
            domain = state.domain(name, region)
            return _Tagged(domain.tags, lambda tags: state.put_domain(replace(domain, tags=tags)))
        case _:
            return None
