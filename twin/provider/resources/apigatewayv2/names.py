"""What the types of HTTP APIs have in common: names of parts, tags."""

from collections.abc import Callable

from twin.provider.schema.resource_type import (
    Property,
    ResourceRef,
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
