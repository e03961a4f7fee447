"""Tags of APIs, stages and domain names, by ARN, as both APIs set them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import unquote

from twin.control.apigateway.errors import bad_request, not_found
from twin.control.apigateway.limits import TAGS
from twin.control.apigateway.model import ApiGatewayState
from twin.control.document_service import CallContext, Params, Result

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
    arn = _arn(params)
    old = read_tags(state, context, arn)
    given = params.get("Tags") or params.get("tags") or {}
    return _replace_tags(state, context, arn, check_tags({**old, **given})), {}


def untag_resource(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[ApiGatewayState, Result]:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    arn = _arn(params)
    removed: Collection[str] = params.get("TagKeys") or params.get("tagKeys") or ()
    kept = {key: v for key, v in read_tags(state, context, arn).items() if key not in removed}
    return _replace_tags(state, context, arn, kept), {}


def read_tags(state: ApiGatewayState, context: CallContext, arn: str) -> Tags:
    """The tags of a resource. Raises CallRefused."""
    match _split(arn, context):
        case ["apis", api_id]:
            return state.http_api(api_id, context.region, context.account).tags
        case ["apis", api_id, "stages", name]:
            api = state.http_api(api_id, context.region, context.account)
            return api.stage(name).tags
        case ["domainnames", name]:
            return state.domain(name, context.region).tags
        case _:
            raise _unknown(arn)


def _replace_tags(
    state: ApiGatewayState, context: CallContext, arn: str, tags: dict[str, str]
) -> ApiGatewayState:
    match _split(arn, context):
        case ["apis", api_id]:
            api = state.http_api(api_id, context.region, context.account)
            return state.put_http_api(replace(api, tags=tags))
        case ["apis", api_id, "stages", name]:
            api = state.http_api(api_id, context.region, context.account)
            return state.put_http_api(api.put_stage(replace(api.stage(name), tags=tags)))
        case ["domainnames", name]:
            return state.put_domain(replace(state.domain(name, context.region), tags=tags))
        case _:
            raise _unknown(arn)


def _arn(params: Params) -> str:
    return unquote(str(params.get("ResourceArn") or params.get("resourceArn")))


def _split(arn: str, context: CallContext) -> list[str]:
    found = _ARN.fullmatch(arn)
    if found is None or found["region"] != context.region:
        raise bad_request("Invalid ARN specified in the request")
    return found["path"].removeprefix("/").split("/")


def _unknown(arn: str) -> Exception:
    return not_found(f"Invalid resource identifier specified {arn}")
