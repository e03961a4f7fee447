"""Converts properties to parameters of an AWS operation, and AWS's descriptions to properties.

Pure. A property maps to the member of the operation's shape that has its `aws` name, or else the
same letters (clientIpPreservationEnabled is ClientIPPreservationEnabled). An operation without such
a member does not get the property. The shape also decides whether a number is sent as text.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from twin.provider.schema.resource_type import BLOCK_KINDS, LIST_KINDS, Property, PropertyKind
from twin.provider.values import UNKNOWN, Properties, Value

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

_SCALAR_WRITERS = {"string": str, "integer": int, "long": int, "float": float, "double": float}


def to_parameters(
    shape: "StructureShape | None", properties: Iterable[Property], values: Properties
) -> Properties:
    """The operation's parameters for these properties."""
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
        if member is not None and not _is_too_short(shape.members[member], value):
            params[member] = to_aws(prop, shape.members[member], value)
    return params


def _is_too_short(shape: "Shape", value: Value) -> bool:
    """Whether a list is empty where AWS takes none without elements: it is left out."""
    return value == [] and int(shape.metadata.get("min", 0)) > 0


def reset_parameters(
    shape: "StructureShape | None", properties: Iterable[Property], values: Properties
) -> Properties:
    """Parameters that reset missing arguments, for properties with a `reset` value."""
    members = shape.members if shape is not None else {}
    found: Properties = {}
    for prop in properties:
        member = member_of(prop, members) if prop.reset is not None else None
        if member is not None and values.get(prop.name) is None:
            found[member] = prop.reset
    return found


def member_of(prop: Property, members: Iterable[str]) -> str | None:
    """The member that a property maps to; None without one."""
    wanted = prop.aws or prop.name
    if prop.aws:
        return wanted if wanted in members else None
    return next((member for member in members if member.lower() == wanted.lower()), None)


def to_aws(prop: Property, shape: "Shape", value: Value) -> Value:
    """Convert one value to its shape."""
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
            convert = _SCALAR_WRITERS.get(name)
            return convert(value) if convert else value


# -- from AWS


def to_properties(declared: Iterable[Property], description: Properties) -> Properties:
    """The declared properties that the description has."""
    found: Properties = {}
    for prop in declared:
        value = _from_description(prop, description)
        if value is not None and not _is_absent(prop.absent_value, value):
            found[prop.name] = value
    return found


def _is_absent(absent_value: Value, value: Value) -> bool:
    if isinstance(absent_value, dict) and isinstance(value, dict):
        return all(value.get(name) == inner for name, inner in absent_value.items())
    return absent_value is not None and bool(value == absent_value)


def _from_description(prop: Property, description: Properties) -> Value:
    if prop.flat:
        return from_aws(prop, description)
    if prop.path:
        return from_aws(prop, search_path(prop.path, description))
    member = member_of(prop, description)
    return None if member is None else from_aws(prop, description[member])


def search_path(path: str, value: Value) -> Value:
    """Evaluate a JMESPath."""
    import jmespath  # noqa: PLC0415 - loaded late, as botocore is

    return jmespath.search(path, value)


def from_aws(prop: Property, value: Value) -> Value:
    """Convert one value of AWS to Pulumi's form."""
    if value is None:
        return None
    if prop.kind in BLOCK_KINDS:
        return _from_blocks(prop, value)
    if prop.kind in LIST_KINDS:
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return _SCALAR_READERS[prop.kind](value)


def _to_number(value: Value) -> int | float:
    return int(value) if float(value).is_integer() else float(value)


def _to_string(value: Value) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _to_boolean(value: Value) -> bool:
    return value in (True, "true", "enabled")


def _to_json(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_SCALAR_READERS: dict[PropertyKind, Callable[[Value], Value]] = {
    PropertyKind.STRING: _to_string,
    PropertyKind.JSON: _to_json,
    PropertyKind.INTEGER: int,
    PropertyKind.NUMBER: _to_number,
    PropertyKind.BOOLEAN: _to_boolean,
    PropertyKind.MAP: dict,
}


def _from_blocks(prop: Property, value: Value) -> Value:
    items = value if isinstance(value, list) else [value]
    objects = [to_properties(prop.fields, item) for item in items if isinstance(item, dict)]
    if prop.kind is PropertyKind.BLOCK:
        # AWS returns an object with empty members for an absent one.
        return next((found for found in objects if any(map(_has_value, found.values()))), None)
    return objects


def _has_value(value: Value) -> bool:
    return value not in (None, "", [], {})
