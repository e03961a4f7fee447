"""Frozen dataclasses to JSON and back, strictly: files, messages and stored items are dataclasses.

A field may be str, int, float, bool, `X | None`, a union of the four plain types, Literal, StrEnum,
tuple[X, ...], dict[str, X], a dataclass, or a union of dataclasses that a field
`kind: Literal["one value"]` tells apart. A missing field takes its default. A value of another type
is an error and never converted, but that a float may be written as a whole number.

msgspec does the reading. For dataclasses it can neither refuse unknown fields nor tell a union
apart, for its own Structs it can. So a codec that refuses unknown fields reads a document first as
Structs, which are derived from the dataclasses, and then makes the dataclasses of those.
"""

import dataclasses
import json
import re
import threading
import types
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")

_MSGSPEC_ERROR = re.compile(r"(?P<rule>.*?)(?: - at (?:`key` in )?`\$\.?(?P<path>.*)`)?", re.DOTALL)
_FIELD_ERROR = re.compile(
    r"Object (?P<rule>missing required|contains unknown) field `(?P<name>.*)`"
)
_FIELD_RULES = {"missing required": "missing", "contains unknown": "no such field"}


class CodecError(Exception):
    """A JSON document does not have the shape that it must have; the message names the place."""


class Codec:
    """One way of writing documents, and of reading them back."""

    def __init__(
        self,
        *,
        error: type[Exception] = CodecError,
        sort_keys: bool = False,
        omit_none: bool = False,
        allow_nan: bool = False,
        refuse_unknown_fields: bool = False,
    ) -> None:
        """`error` is raised for a wrong document. `omit_none` leaves out fields that are None.

        `allow_nan` writes NaN and Infinity, which are not JSON; they are always read.
        """
        self._error = error
        self._omit_none = omit_none
        self._refuse_unknown_fields = refuse_unknown_fields
        self._encode = json.JSONEncoder(
            separators=(",", ":"), allow_nan=allow_nan, sort_keys=sort_keys, default=self._fields
        ).encode

    def dumps(self, value: object) -> str:
        """Compact JSON, in one line, of a dataclass, or of tuples and dicts of them."""
        return self._encode(value)

    def plain(self, value: object) -> Any:  # noqa: ANN401 - whatever JSON has
        """The same as dicts, lists and plain values."""
        return json.loads(self._encode(value))

    def loads(self, cls: type[T], text: str | bytes) -> T:
        """Read JSON text as `cls`. Raises the codec's error."""
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise self._error(f"not JSON: {exc}") from exc
        return self.decode(cls, raw)

    def decode(self, cls: type[T], raw: object) -> T:
        """Read a parsed JSON value as `cls`. Raises the codec's error."""
        value: T = self.decode_union(cls, raw)
        return value

    def decode_union(self, union: object, raw: object) -> Any:  # noqa: ANN401 - one of the union
        """The same for a union of dataclasses, such as `Circle | Square`."""
        try:
            strict = self._refuse_unknown_fields
            value = msgspec.convert(raw, _complete_type(union, as_structs=strict))
            return _to_dataclass(value) if strict else value
        except (msgspec.ValidationError, UnicodeEncodeError) as exc:
            raise self._error(_describe(str(exc))) from exc

    def _fields(self, value: object) -> dict[str, object]:
        """What the JSON encoder writes for a value that it does not know."""
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            raise TypeError(f"{type(value).__name__} has no JSON form")
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if self._omit_none:
            return {name: member for name, member in members.items() if member is not None}
        return members


def _describe(error: str) -> str:
    """An error of msgspec with the place in front: `leaves[0].name: missing`."""
    found = _MSGSPEC_ERROR.fullmatch(error)
    assert found is not None  # noqa: S101 - every text matches
    rule, path = found["rule"], found["path"] or ""
    if field := _FIELD_ERROR.fullmatch(rule):
        rule = _FIELD_RULES[field["rule"]]
        path = f"{path}.{field['name']}" if path else field["name"]
    return f"{path or 'document'}: {rule[0].lower()}{rule[1:].replace('`', '')}"


_completing = threading.Lock()


@cache
def _complete_type(kind: Any, *, as_structs: bool) -> Any:  # noqa: ANN401 - types are values here
    """The type that msgspec reads, with all that msgspec keeps of it.

    msgspec keeps what it finds out about a type from before that is complete; another thread that
    reads the same type at this moment would follow null pointers.
    """
    with _completing:
        complete = _mirrored(kind) if as_structs else kind
        msgspec.json.Decoder(complete)
        return complete


def _mirrored(kind: Any) -> Any:  # noqa: ANN401 - types are values here
    """The type with a Struct in place of every dataclass."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _struct_of(kind)
    origin, members = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    generic = Union if origin is types.UnionType else origin
    return generic[tuple(_mirrored(member) for member in members)]


@cache
def _struct_of(cls: Any) -> type[msgspec.Struct]:  # noqa: ANN401 - any dataclass
    hints = get_type_hints(cls)
    kinds = get_args(hints.get("kind"))
    tag = kinds[0] if len(kinds) == 1 else None
    fields = [
        (field.name, _mirrored(hints[field.name]), _default(field, hints[field.name]))
        for field in dataclasses.fields(cls)
        if tag is None or field.name != "kind"
    ]
    return msgspec.defstruct(
        cls.__name__,
        fields,
        namespace={"__dataclass__": cls},
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field=None if tag is None else "kind",
        tag=tag,
    )


def _default(field: dataclasses.Field[Any], kind: object) -> Any:  # noqa: ANN401 - any field's
    """None fields may be left out of a document, so None is their default while reading."""
    if field.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=field.default_factory)
    if field.default is not dataclasses.MISSING:
        return field.default
    return None if type(None) in get_args(kind) else msgspec.NODEFAULT


def _to_dataclass(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, msgspec.Struct):
        cls = value.__dataclass__  # type: ignore[attr-defined]  # put there by _struct_of
        names = value.__struct_fields__
        return cls(**{name: _to_dataclass(getattr(value, name)) for name in names})
    if isinstance(value, tuple):
        return tuple(_to_dataclass(member) for member in value)
    if isinstance(value, dict):
        return {key: _to_dataclass(member) for key, member in value.items()}
    return value
