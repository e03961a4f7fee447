"""Projections: the parts of an item that a request asks for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.expressions.parser import parse_projection_syntax
from twin.dynamodb.expressions.paths import Path, check_distinct_paths, member_of
from twin.dynamodb.expressions.placeholders import Placeholders

Branches = dict[str | int, Any]
"""By path element: the branches below it, or None for all that is there."""


class Projection(msgspec.Struct, frozen=True):
    paths: tuple[Path, ...]
    branches: Branches


def parse_projection(
    text: str, placeholders: Placeholders, parameter: str = "ProjectionExpression"
) -> Projection:
    """Parse the projection in a request's parameter. Raises TableApiError."""
    paths = tuple(
        [placeholders.path(path, parameter) for path in parse_projection_syntax(text, parameter)]
    )
    check_distinct_paths(paths, parameter)
    return projection_of(paths)


def projection_of(paths: Iterable[Path]) -> Projection:
    """The projection to these paths, which lead to different places."""
    paths = tuple(paths)
    branches: Branches = {}
    for path in paths:
        place = branches
        for element in path[:-1]:
            place = place.setdefault(element, {})
        place[path[-1]] = None
    return Projection(paths, branches)


def project(projection: Projection, item: Item) -> Item:
    """The item's parts at the paths, in their maps and lists; indexes of lists close up."""
    parts: Item = {}
    for name, branches in projection.branches.items():
        value = item.get(str(name))
        part = None if value is None else _part_of(value, branches)
        if part is not None:
            parts[str(name)] = part
    return parts


def _part_of(value: Value, branches: Branches | None) -> Value | None:
    """The value's part, of the same type; None where it would be empty."""
    if branches is None:
        return value
    members: dict[str | int, Value] = {}
    for element, below in branches.items():
        member = member_of(value, element)
        part = None if member is None else _part_of(member, below)
        if part is not None:
            members[element] = part
    if not members:
        return None
    if "M" in value:
        return {"M": members}
    return {"L": [members[index] for index in sorted(members)]}
