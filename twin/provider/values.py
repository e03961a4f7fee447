"""Values of properties, decoded from the wire.

JSON values, and Pulumi's own kinds: a value that is not known yet, a secret, an output, an asset,
an archive, a reference to another resource. protocol/wire.py has their encoding.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias

# A program can pass any value, so the types are open on purpose: check.py validates values by their
# declarations (schema.resource_type.Property).
Value: TypeAlias = Any
Properties: TypeAlias = dict[str, Any]


class Unknown(Enum):
    """Placeholder of a value that is known only after the deployment."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be displayed."""

    value: Value

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A resource's output: a value with its dependencies."""

    value: Value = UNKNOWN
    secret: bool = False
    dependencies: tuple[str, ...] = ()
    """URNs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReference:
    """A reference to another resource."""

    urn: str
    id: Value = ""
    package_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file: its text, or a path to it. The Pulumi engine records only the hash."""

    hash: str = ""
    """SHA-256 of the content, hex."""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A tree of files: entry by entry, or the path of a folder or a zip."""

    hash: str = ""
    """SHA-256, hex."""
    assets: dict[str, "Asset | Archive"] | None = field(default=None)
    path: str | None = None
    uri: str | None = None


def unwrap_value(value: Value) -> Value:
    """Replace secrets, outputs and references by the values in them, at any depth."""
    match value:
        case Secret() | Output():
            return unwrap_value(value.value)
        case ResourceReference():
            return unwrap_value(value.id) or value.urn
        case dict():
            return {key: unwrap_value(inner) for key, inner in value.items()}
        case list():
            return [unwrap_value(inner) for inner in value]
        case _:
            return value


def has_unknown(value: Value) -> bool:
    """Whether the value is UNKNOWN or contains it."""
    match value:
        case Secret() | Output():
            return has_unknown(value.value)
        case dict():
            return any(has_unknown(inner) for inner in value.values())
        case list():
            return any(has_unknown(inner) for inner in value)
        case _:
            return value is UNKNOWN


def is_empty(value: Value) -> bool:
    """Whether the value counts as absent: AWS does not distinguish "", [] and false from it."""
    return value is None or value in ("", [], {}) or value is False
