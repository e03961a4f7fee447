"""Tags of hosted zones and health checks.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html
"""

from collections.abc import Mapping
from dataclasses import replace

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.health_checks.operations import find_health_check, put_health_check
from twin.control.route53.model import Outcome, Route53State, find_zone, put_zone

ARN_PREFIX = "arn:aws:route53:::"
MAX_TAGS = 50
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/tagging-resources.html"""


def change_tags(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """Add tags and remove others."""
    kind, resource = params["ResourceType"], params["ResourceId"]
    added = {tag.get("Key") or "": tag.get("Value") or "" for tag in params.get("AddTags") or ()}
    removed = params.get("RemoveTagKeys") or ()
    if not added and not removed:
        raise CallRefused("InvalidInput", "AddTags or RemoveTagKeys must be specified.")
    if "" in added or any(key.lower().startswith("aws:") for key in added):
        raise CallRefused("InvalidInput", "The key of a tag must not be empty or begin with aws:.")
    both = sorted(added.keys() & set(removed))
    if both:
        raise CallRefused("InvalidInput", f"The tag {both[0]} can't be both added and removed.")
    old = tags_of(state, kind, resource)
    tags = {key: value for key, value in {**old, **added}.items() if key not in removed}
    if len(tags) > MAX_TAGS:
        raise CallRefused("InvalidInput", f"A resource has at most {MAX_TAGS} tags.")
    return put_tags(state, kind, resource, tags), {}


def list_tags(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResource.html"""
    tags = _tag_set(state, params["ResourceType"], params["ResourceId"])
    return state, {"ResourceTagSet": tags}


def list_tags_of_several(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResources.html"""
    kind = params["ResourceType"]
    return state, {"ResourceTagSets": [_tag_set(state, kind, one) for one in params["ResourceIds"]]}


def find_tags(state: Route53State, arn: str) -> Mapping[str, str] | None:
    """The tags of an ARN's resource; None if it is no zone and no health check of these."""
    kind, _, resource = arn.removeprefix(ARN_PREFIX).partition("/")
    if not arn.startswith(ARN_PREFIX) or kind not in ("hostedzone", "healthcheck"):
        return None
    try:
        return tags_of(state, kind, resource)
    except CallRefused:
        return None


def tags_of(state: Route53State, kind: str, resource: str) -> Mapping[str, str]:
    """Tags of a `hostedzone` or `healthcheck`. Raises CallRefused."""
    if kind == "hostedzone":
        return find_zone(state, resource).tags
    return find_health_check(state, resource).tags


def put_tags(state: Route53State, kind: str, resource: str, tags: dict[str, str]) -> Route53State:
    """The state with these tags of a resource that exists."""
    if kind == "hostedzone":
        return put_zone(state, replace(find_zone(state, resource), tags=tags))
    return put_health_check(state, replace(find_health_check(state, resource), tags=tags))


def _tag_set(state: Route53State, kind: str, resource: str) -> Result:
    tags = tags_of(state, kind, resource)
    return {
        "ResourceType": kind,
        "ResourceId": resource,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
