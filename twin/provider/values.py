"""What a property's value can be, once it is off the wire.

JSON values, plus the few things that Pulumi knows and JSON does not: a value that is not known yet,
a secret, an output, an asset, an archive, a reference to another resource. Knows neither the
protocol's encoding (wire) nor AWS.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeAlias

# Properties are whatever the user's program says they are, so their type is open on purpose. The
# declarations (resource.Property) say what each must be, and check.py holds them to it.
Value: TypeAlias = Any
Properties: TypeAlias = dict[str, Any]


class Unknown(Enum):
    """The one value that stands for: known only after the deployment."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        """Short, for messages."""
        return "<unknown>"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is not to be shown."""

    value: Value

    def __repr__(self) -> str:
        """Never the value."""
        return "[secret]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A value with its history; `value` is UNKNOWN until it is known."""

    value: Value = UNKNOWN
    secret: bool = False
    dependencies: tuple[str, ...] = ()
    """URNs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceReference:
    """Another resource as a value."""

    urn: str
    id: Value = ""
    package_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file: its text, or a path to it. The engine keeps the hash and drops the content."""

    hash: str = ""
    """SHA-256 of the content, hex."""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A tree of files: given entry by entry, or a path to a folder or a zip."""

    hash: str = ""
    """SHA-256, hex."""
    assets: dict[str, "Asset | Archive"] | None = field(default=None)
    path: str | None = None
    uri: str | None = None


def unwrap_value(value: Value) -> Value:
    """The value without secrets, outputs and references around it, at any depth."""
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
    """Whether the value, or anything in it, is not known yet."""
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
    """Whether the value says nothing: AWS and its providers do not tell "" or [] from absent."""
    return value is None or value in ("", [], {}) or value is False
