"""Frozen dataclasses to JSON and back, strictly.

Knows: dataclasses, str, int, float, bool, None, `X | None`, Literal, StrEnum, tuple[X, ...] and
dict[str, X].
A missing field takes its default; a field too many is ignored, so that an older process reads a
newer document. Anything else raises CodecError with the path to the place, such as
`accelerators[0].listeners[1].protocol`.
"""

import dataclasses
import json
import types
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from twin.errors import CodecError

T = TypeVar("T")


def dumps(value: Any) -> str:  # noqa: ANN401 - any dataclass
    """Compact JSON of a dataclass (or of tuples and dicts of them)."""
    return json.dumps(value, default=_plain, separators=(",", ":"), sort_keys=True)


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


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _decode(kind: Any, raw: object, path: str) -> Any:  # noqa: ANN401, PLR0911 - types are values here
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(kind, raw, path)
    if origin is tuple:
        return _decode_tuple(kind, raw, path)
    if origin is dict:
        return _decode_dict(kind, raw, path)
    if origin is Literal:
        return _member(raw, get_args(kind), path)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, raw, path)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_member(raw, tuple(str(v) for v in kind), path))
    return _decode_scalar(kind, raw, path)


def _decode_union(kind: Any, raw: object, path: str) -> Any:  # noqa: ANN401
    if raw is None:
        return None
    (inner,) = (a for a in get_args(kind) if a is not type(None))
    return _decode(inner, raw, path)


def _decode_tuple(kind: Any, raw: object, path: str) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(raw, list):
        raise CodecError(f"{path or 'document'}: expected a list, got {raw!r}")
    inner = get_args(kind)[0]
    return tuple(_decode(inner, v, f"{path}[{i}]") for i, v in enumerate(raw))


def _decode_dict(kind: Any, raw: object, path: str) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(raw, Mapping):
        raise CodecError(f"{path or 'document'}: expected an object, got {raw!r}")
    inner = get_args(kind)[1]
    return {str(k): _decode(inner, v, f"{path}.{k}") for k, v in raw.items()}


def _decode_dataclass(kind: Any, raw: object, path: str) -> Any:  # noqa: ANN401
    if not isinstance(raw, Mapping):
        raise CodecError(f"{path or 'document'}: expected an object, got {raw!r}")
    hints = _hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        where = f"{path}.{field.name}" if path else field.name
        if field.name in raw:
            values[field.name] = _decode(hints[field.name], raw[field.name], where)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise CodecError(f"{where}: missing")
    return kind(**values)


def _decode_scalar(kind: Any, raw: object, path: str) -> Any:  # noqa: ANN401
    if kind is float and isinstance(raw, int) and not isinstance(raw, bool):
        return float(raw)
    if type(raw) is kind:
        return raw
    raise CodecError(f"{path or 'document'}: expected {kind.__name__}, got {raw!r}")


def _member(raw: object, allowed: tuple[Any, ...], path: str) -> Any:  # noqa: ANN401
    if raw in allowed:
        return raw
    raise CodecError(
        f"{path or 'document'}: expected one of {', '.join(map(str, allowed))}, got {raw!r}"
    )
