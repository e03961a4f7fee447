"""Frozen dataclasses to JSON and back, strictly.

Decides the JSON form of values that the tool keeps in files: dataclasses, str, int, float, bool,
None, `X | None`, unions of these four plain types, unions of dataclasses that are told apart by a
field `kind: Literal[...]`, StrEnum, Literal, tuple[X, ...] and dict[str, X]. A missing field takes
its default. An unknown field is refused: in a file that a person writes it is a spelling mistake.
Errors name the path to the place, such as `targets[1].port`. Knows nothing of files.
"""

import dataclasses
import json
import types
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from muster.errors import CodecError

T = TypeVar("T")

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_PRIMITIVES = (str, int, float, bool)


def dumps(value: object) -> str:
    """Compact JSON, in one line, of a plain value or of a dataclass."""
    return _ENCODE(plain(value))


def plain(value: object) -> object:
    """The value with every dataclass as a dict and every tuple as a list; None fields left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: plain(field) for name, field in fields if field is not None}
    if isinstance(value, (tuple, list)):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return value


def loads(cls: type[T], text: str | bytes) -> T:
    """Read JSON text as `cls`; raises CodecError."""
    try:
        raw = json.loads(text)
    except ValueError as exc:
        raise CodecError(f"not JSON: {exc}") from exc
    return decode(cls, raw)


def decode(cls: type[T], raw: object) -> T:
    """Read an already parsed JSON value as `cls`; raises CodecError."""
    value: T = _decode(cls, raw, "")
    return value


def decode_union(union: object, raw: object) -> object:
    """The same for a union of dataclasses, such as `Circle | Square`; raises CodecError."""
    return _decode(union, raw, "")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _decode(kind: Any, raw: object, path: str) -> Any:  # noqa: ANN401 - types are values here
    compound = _COMPOUND.get(get_origin(kind))
    if compound is not None:
        return compound(get_args(kind), raw, path)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, raw, path)
    if issubclass(kind, StrEnum):
        return _decode_enum(kind, raw, path)
    return _decode_primitive(kind, raw, path)


def _decode_union(options: tuple[Any, ...], raw: object, path: str) -> Any:  # noqa: ANN401
    if raw is None and type(None) in options:
        return None
    members = [option for option in options if option is not type(None)]
    if len(members) == 1:
        return _decode(members[0], raw, path)
    if dataclasses.is_dataclass(members[0]):
        return _decode_kind(members, raw, path)
    if type(raw) in members:
        return raw
    if type(raw) is int and float in members:
        return float(raw)
    raise _wrong(path, " or ".join(member.__name__ for member in members), raw)


def _decode_kind(members: list[Any], raw: object, path: str) -> Any:  # noqa: ANN401
    if not isinstance(raw, dict):
        raise _wrong(path, "an object", raw)
    known = {get_args(_hints(member)["kind"])[0]: member for member in members}
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in known:
        at = f"{path}.kind" if path else "kind"
        raise _wrong(at, "one of " + ", ".join(known), kind)
    return _decode_dataclass(known[kind], raw, path)


def _decode_tuple(members: tuple[Any, ...], raw: object, path: str) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise _wrong(path, "a list", raw)
    return tuple(_decode(members[0], member, f"{path}[{i}]") for i, member in enumerate(raw))


def _decode_dict(members: tuple[Any, ...], raw: object, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _wrong(path, "an object", raw)
    return {key: _decode(members[1], member, f"{path}.{key}") for key, member in raw.items()}


def _decode_literal(options: tuple[Any, ...], raw: object, path: str) -> object:
    if raw not in options:
        raise _wrong(path, "one of " + ", ".join(str(option) for option in options), raw)
    return raw


_COMPOUND: dict[object, Callable[[tuple[Any, ...], object, str], Any]] = {
    types.UnionType: _decode_union,
    Union: _decode_union,  # what `Literal[...] | None` is
    tuple: _decode_tuple,
    dict: _decode_dict,
    Literal: _decode_literal,
}


def _decode_dataclass(cls: Any, raw: object, path: str) -> Any:  # noqa: ANN401
    if not isinstance(raw, dict):
        raise _wrong(path, "an object", raw)
    hints, at = _hints(cls), f"{path}." if path else ""
    for name in raw:
        if name not in hints:
            raise CodecError(f"{at}{name}: no such field; known are {', '.join(hints)}")
    values = {name: _decode(hints[name], value, at + name) for name, value in raw.items()}
    for field in dataclasses.fields(cls):
        if field.name not in values and not _has_default(field):
            if not _optional(hints[field.name]):
                raise CodecError(f"{at}{field.name}: missing")
            values[field.name] = None
    return cls(**values)


def _has_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _optional(kind: object) -> bool:
    return type(None) in get_args(kind)


def _decode_enum(kind: type[StrEnum], raw: object, path: str) -> StrEnum:
    try:
        return kind(str(raw))
    except ValueError:
        raise _wrong(path, "one of " + ", ".join(kind), raw) from None


def _decode_primitive(kind: type, raw: object, path: str) -> object:
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if kind not in _PRIMITIVES or type(raw) is not kind:
        raise _wrong(path, f"a {kind.__name__}", raw)
    return raw


def _wrong(path: str, wanted: str, raw: object) -> CodecError:
    return CodecError(f"{path or 'document'}: {raw!r} is not {wanted}")
