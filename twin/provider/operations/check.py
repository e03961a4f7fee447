"""Whether arguments can be right, and what they mean with names and defaults filled in.

Pure. Refuses what a declaration does not know rather than dropping it: an argument that goes
nowhere is a lie. `__defaults` among the inputs lists the top-level ones that were filled in here,
as the real provider's state does, so that a later check can tell them from the user's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from twin.provider.operations.naming import NameTooLong, NamingRequest, generate_name
from twin.provider.schema.resource_type import (
    BLOCK_KINDS,
    LIST_KINDS,
    Property,
    PropertyKind,
    ResourceType,
)
from twin.provider.values import UNKNOWN, Archive, Properties, Value, has_unknown

DEFAULTS = "__defaults"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedArguments:
    """Complete inputs, or what is wrong with them."""

    inputs: Properties
    failures: tuple[tuple[str, str], ...] = ()
    """Pairs of a property's path and the reason."""


class _Wrong(ValueError):
    """A value can't be what its property is."""


def check_arguments(
    kind: ResourceType, *, olds: Properties, news: Properties, names: NamingRequest
) -> CheckedArguments:
    """Check the program's arguments; `olds` are the inputs of last time, empty for a new resource.

    Secrets must be gone from both.
    """
    failures: list[tuple[str, str]] = []
    inputs = _fields(kind.every_property, news, "", kind, failures)
    given = set(inputs)
    _fill(kind.every_property, inputs)
    _name(kind, inputs, olds, names, failures)
    failures += _missing(kind.every_property, inputs, "")
    if kind.rules and not failures:
        failures += kind.rules(inputs)
    filled = sorted(name for name in inputs if name not in given)
    return CheckedArguments(inputs={**inputs, DEFAULTS: filled}, failures=tuple(failures))


def defaulted_names(inputs: Properties) -> frozenset[str]:
    """Names that an earlier check filled in."""
    return frozenset(inputs.get(DEFAULTS) or ())


# -- names and defaults


def _fill(properties: Iterable[Property], values: Properties) -> None:
    for prop in properties:
        value = values.get(prop.name)
        if value is None:
            if prop.default is not None:
                values[prop.name] = prop.default
            continue
        for inner in value if isinstance(value, list) else [value]:
            if prop.kind in BLOCK_KINDS and isinstance(inner, dict):
                _fill(prop.fields, inner)


def _name(
    kind: ResourceType,
    inputs: Properties,
    olds: Properties,
    names: NamingRequest,
    failures: list[tuple[str, str]],
) -> None:
    if kind.autoname is None or kind.autoname.property in inputs:
        return
    key = kind.autoname.property
    if key in defaulted_names(olds) and olds.get(key):
        inputs[key] = olds[key]
        return
    try:
        chosen = generate_name(names, kind.autoname.longest)
    except NameTooLong as exc:
        failures.append((key, str(exc)))
        return
    if chosen is None:
        failures.append((key, f"{kind.name}: autonaming is disabled, so '{key}' must be given"))
        return
    inputs[key] = chosen


def _missing(properties: Iterable[Property], values: Properties, at: str) -> list[tuple[str, str]]:
    found = []
    for prop in properties:
        path = f"{at}{prop.name}"
        value = values.get(prop.name)
        if value is None and prop.required:
            found.append((path, f"missing required argument '{path}'"))
        for where, inner in _objects(prop, value, path):
            found += _missing(prop.fields, inner, f"{where}.")
    return found


def _objects(prop: Property, value: Value, path: str) -> list[tuple[str, Properties]]:
    if prop.kind is PropertyKind.BLOCK and isinstance(value, dict):
        return [(path, value)]
    if prop.kind in BLOCK_KINDS and isinstance(value, list):
        return [(f"{path}[{i}]", v) for i, v in enumerate(value) if isinstance(v, dict)]
    return []


# -- values


def _fields(
    properties: Iterable[Property],
    given: Properties,
    at: str,
    kind: ResourceType,
    failures: list[tuple[str, str]],
) -> Properties:
    known = {prop.name: prop for prop in properties if not prop.output}
    values: Properties = {}
    for name, value in given.items():
        path = f"{at}{name}"
        if value is None or name == DEFAULTS:
            continue
        if name not in known:
            failures.append((path, _unknown(kind, path)))
            continue
        values[name] = _value(known[name], value, path, kind, failures)
    return values


def _unknown(kind: ResourceType, path: str) -> str:
    return (
        f"the stand-in does not know the argument '{path}' of {kind.name}: "
        f"declare it in {declaration_file(kind.name)}"
    )


def declaration_file(token: str) -> str:
    """The file where a type's declaration belongs."""
    module = token.partition(":")[2].partition("/")[0]
    names = {"lambda": "lambda_", "cloudwatch": "logs", "index": "invokes"}
    return f"twin/provider/resources/{names.get(module, module)}.py"


def _value(
    prop: Property, value: Value, path: str, kind: ResourceType, failures: list[tuple[str, str]]
) -> Value:
    if value is UNKNOWN:
        return value
    if prop.kind in LIST_KINDS and not isinstance(value, list):
        failures.append((path, f"expected {prop.kind}, got {value!r}"))
        return value
    if prop.kind in BLOCK_KINDS:
        return _blocks(prop, value, path, kind, failures)
    try:
        return _plain_value(prop, value)
    except _Wrong as exc:
        failures.append((path, str(exc)))
        return value


def _blocks(
    prop: Property, value: Value, path: str, kind: ResourceType, failures: list[tuple[str, str]]
) -> Value:
    if isinstance(value, list) and prop.kind is not PropertyKind.BLOCK:
        return [
            _block(prop, inner, f"{path}[{i}]", kind, failures) for i, inner in enumerate(value)
        ]
    return _block(prop, value, path, kind, failures)


def _block(
    prop: Property, value: Value, path: str, kind: ResourceType, failures: list[tuple[str, str]]
) -> Value:
    if value is UNKNOWN:
        return value
    if not isinstance(value, dict):
        failures.append((path, f"expected an object, got {value!r}"))
        return value
    return _fields(prop.fields, value, f"{path}.", kind, failures)


def _plain_value(prop: Property, value: Value) -> Value:
    if prop.kind in LIST_KINDS:
        return [inner if inner is UNKNOWN else _limited(prop, _text(inner)) for inner in value]
    if prop.kind is PropertyKind.MAP:
        return _map(value)
    if prop.kind is PropertyKind.ARCHIVE:
        if not isinstance(value, Archive):
            raise _Wrong(f"expected an archive, got {value!r}")
        return value
    return _limited(prop, _SCALARS[prop.kind](value))


def _map(value: Value) -> Properties:
    if not isinstance(value, dict):
        raise _Wrong(f"expected {PropertyKind.MAP}, got {value!r}")
    return {
        key: inner if has_unknown(inner) else _text_or_number(inner)
        for key, inner in value.items()
        if inner is not None
    }


def _text_or_number(value: Value) -> Value:
    return value if isinstance(value, float) else _text(value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _Wrong(f"expected {PropertyKind.TEXT}, got {value!r}")


def _whole(value: Value) -> int:
    number = _number(value, PropertyKind.WHOLE)
    if number != int(number):
        raise _Wrong(f"expected {PropertyKind.WHOLE}, got {value!r}")
    return int(number)


def _any_number(value: Value) -> int | float:
    return _number(value, PropertyKind.NUMBER)


def _number(value: Value, wanted: PropertyKind) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError) as exc:
        raise _Wrong(f"expected {wanted}, got {value!r}") from exc
    return int(number) if number.is_integer() else number


def _flag(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _Wrong(f"expected {PropertyKind.FLAG}, got {value!r}")


_SCALARS = {
    PropertyKind.TEXT: _text,
    PropertyKind.JSON: _text,
    PropertyKind.WHOLE: _whole,
    PropertyKind.NUMBER: _any_number,
    PropertyKind.FLAG: _flag,
}


def _limited(prop: Property, value: Value) -> Value:
    if prop.choices and value not in prop.choices:
        raise _Wrong(f"expected one of {', '.join(prop.choices)}; got {value!r}")
    if prop.between and not prop.between[0] <= value <= prop.between[1]:
        low, high = prop.between
        raise _Wrong(f"expected {low:g} to {high:g}, got {value!r}")
    return value
