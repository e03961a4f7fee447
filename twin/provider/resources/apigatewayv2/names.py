"""What the types of HTTP APIs have in common: names of parts, ARNs, tags."""

from collections.abc import Callable

from twin.provider.schema.resource_type import (
    DescribedResource,
    Property,
    ResourceRef,
    output,
    string,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties

SERVICE = "apigatewayv2"
MISSING = frozenset({"NotFoundException"})
TAGGING = TagOperations(
    tag="TagResource",
    untag="UntagResource",
    listing="GetTags",
    id_param=lambda ref: {"ResourceArn": ref.properties["arn"]},
    as_map=True,
)


def resource_arn(path: Callable[[DescribedResource], str]) -> Property:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""
    return output(
        "arn", derive=lambda found: f"arn:aws:apigateway:{found.context.region}::{path(found)}"
    )


def execution_arn(found: DescribedResource, path: str) -> str:
    account = found.context.call("GetCallerIdentity", {}, service="sts")["Account"]
    return f"arn:aws:execute-api:{found.context.region}:{account}:{path}"


def part_of(parent: str, parameter: str, name: str) -> Callable[[ResourceRef], Properties]:
    """The parameters of a part: its parent's id is an argument, or, in an import, before a slash.

    `name` is the part's own parameter.
    """

    def params(ref: ResourceRef) -> Properties:
        before, _, own = ref.id.rpartition("/")
        return {parameter: ref.properties.get(parent) or before, name: own}

    return params


def parent_id(name: str) -> Property:
    """The argument with the parent's id, which no description has."""
    return string(
        name,
        required=True,
        replaces=True,
        derive=lambda found: found.recorded.get(name) or found.id.rpartition("/")[0],
    )
