"""Arguments to parameters of an AWS operation, and AWS's descriptions back to properties.

Pure. A property goes to the member of the operation's shape that has its `aws` name, or else the
same letters (clientIpPreservationEnabled is ClientIPPreservationEnabled); an operation without such
a member does not get it. The shape also says whether a number travels as text.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from twin.provider.schema.resource_type import BLOCK_KINDS, LIST_KINDS, Property, PropertyKind
from twin.provider.values import UNKNOWN, Properties, Value

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

_SCALARS = {"string": str, "integer": int, "long": int, "float": float, "double": float}


def to_parameters(
    shape: "StructureShape | None", properties: Iterable[Property], values: Properties
) -> Properties:
    """The operation's parameters for these values."""
    params: Properties = {}
    if shape is None:
        return params
    for prop in properties:
        value = values.get(prop.name)
        if value is None or value is UNKNOWN or prop.local or prop.kind is PropertyKind.ARCHIVE:
            continue
        if prop.flat:
            params |= to_parameters(shape, prop.fields, value)
            continue
        member = member_of(prop, shape.members)
        if member is not None:
            params[member] = to_aws(prop, shape.members[member], value)
    return params


def reset_parameters(
    shape: "StructureShape | None", properties: Iterable[Property], values: Properties
) -> Properties:
    """What takes away the arguments that are not there (any more), where a declaration says how."""
    members = shape.members if shape is not None else {}
    found: Properties = {}
    for prop in properties:
        member = member_of(prop, members) if prop.reset is not None else None
        if member is not None and values.get(prop.name) is None:
            found[member] = prop.reset
    return found


def member_of(prop: Property, members: Iterable[str]) -> str | None:
    """The member that a property goes to or comes from."""
    wanted = prop.aws or prop.name
    if prop.aws:
        return wanted if wanted in members else None
    return next((member for member in members if member.lower() == wanted.lower()), None)


def to_aws(prop: Property, shape: "Shape", value: Value) -> Value:
    """One value, as its shape has it."""
    match shape.type_name:
        case "structure":
            members: StructureShape = shape  # type: ignore[assignment]  # type_name says so
            return to_parameters(members, prop.fields, value)
        case "list":
            items = value if isinstance(value, list) else [value]
            return [to_aws(prop, shape.member, item) for item in items]  # type: ignore[attr-defined]
        case "map":
            return {k: to_aws(prop, shape.value, v) for k, v in value.items()}  # type: ignore[attr-defined]
        case name:
            convert = _SCALARS.get(name)
            return convert(value) if convert else value


# -- and back


def to_properties(declared: Iterable[Property], description: Properties) -> Properties:
    """The declared properties that a description tells."""
    found: Properties = {}
    for prop in declared:
        value = _told(prop, description)
        if value is not None and (prop.unset is None or not _says(prop.unset, value)):
            found[prop.name] = value
    return found


def _says(unset: Value, value: Value) -> bool:
    if isinstance(unset, dict) and isinstance(value, dict):
        return all(value.get(name) == inner for name, inner in unset.items())
    return bool(value == unset)


def _told(prop: Property, description: Properties) -> Value:
    if prop.flat:
        return from_aws(prop, description)
    if prop.path:
        return from_aws(prop, search_path(prop.path, description))
    member = member_of(prop, description)
    return None if member is None else from_aws(prop, description[member])


def search_path(path: str, value: Value) -> Value:
    """A JMESPath in a description."""
    import jmespath  # noqa: PLC0415 - comes with botocore, which loads at the first call

    return jmespath.search(path, value)


def from_aws(prop: Property, value: Value) -> Value:
    """One value, as Pulumi has it."""
    if value is None:
        return None
    if prop.kind in BLOCK_KINDS:
        return _blocks(prop, value)
    if prop.kind in LIST_KINDS:
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return _READERS[prop.kind](value)


def _number(value: Value) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


def _text(value: Value) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _flag(value: Value) -> bool:
    return value in (True, "true", "enabled")


def _json(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_READERS: dict[PropertyKind, Callable[[Value], Value]] = {
    PropertyKind.TEXT: _text,
    PropertyKind.JSON: _json,
    PropertyKind.WHOLE: int,
    PropertyKind.NUMBER: _number,
    PropertyKind.FLAG: _flag,
    PropertyKind.MAP: dict,
}


def _blocks(prop: Property, value: Value) -> Value:
    items = value if isinstance(value, list) else [value]
    objects = [to_properties(prop.fields, item) for item in items if isinstance(item, dict)]
    if prop.kind is PropertyKind.BLOCK:
        # An object that says nothing is AWS's way to say that there is none.
        return next((found for found in objects if any(map(_something, found.values()))), None)
    return objects


def _something(value: Value) -> bool:
    return value not in (None, "", [], {})
