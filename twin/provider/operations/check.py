"""Validates a program's arguments, and fills in generated names and defaults. Pure.

An unknown argument is an error, not silently dropped. `__defaults` among the inputs lists the
top-level arguments that were filled in, as in the real provider's state, so that a later check can
tell them from the user's own.

A resource without a name gets one as Pulumi generates it: logical name + "-" + seven hex digits of
the engine's seed, or the name that the engine's autonaming configuration proposes:
https://www.pulumi.com/docs/concepts/resources/names/#autonaming
"""

import hashlib
import json
import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from common.command.wording import find_similar_name
from twin.provider.resources.registry import declaration_file
from twin.provider.schema.resource_type import (
    BLOCK_KINDS,
    LIST_KINDS,
    Property,
    PropertyKind,
    ResourceType,
)
from twin.provider.values import UNKNOWN, Archive, Properties, Value, has_unknown

_DIGITS = 7
_SUFFIX_DIGITS = 26
"""After a prefix: the real provider adds a time and a counter of this length."""


class NamingMode(StrEnum):
    """Mode of the Pulumi engine's autonaming configuration."""

    PROVIDER = "provider"
    """Not configured: the provider generates names."""
    PROPOSE = "propose"
    ENFORCE = "enforce"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRequest:
    """Inputs of a generated name, as the engine sends them with a check."""

    logical_name: str
    seed: bytes = b""
    """Equal seeds give equal names; empty: a random name."""
    mode: NamingMode = NamingMode.PROVIDER
    proposed: str = ""


class NameTooLong(ValueError):
    """The generated name is longer than the type allows."""


def generate_name(naming: NamingRequest, longest: int) -> str | None:
    """A name of at most `longest` characters; None if autonaming is disabled.

    Raises NameTooLong.
    """
    if naming.mode is NamingMode.DISABLE:
        return None
    name = naming.proposed
    if naming.mode is NamingMode.PROVIDER:
        name = f"{naming.logical_name}-{_digits(naming.seed)}"
    if len(name) > longest:
        raise NameTooLong(
            f"the name '{name}' has {len(name)} characters, at most {longest} are allowed: "
            "give the resource a shorter logical name, or a name of its own"
        )
    return name


def add_suffix(prefix: str, seed: bytes, longest: int) -> str:
    """A name with this prefix, and as many digits as the real provider adds to one.

    Raises NameTooLong.
    """
    room = longest - _SUFFIX_DIGITS
    if len(prefix) > room:
        raise NameTooLong(
            f"the prefix '{prefix}' has {len(prefix)} characters, at most {room} are allowed"
        )
    return f"{prefix}{_digits(seed, _SUFFIX_DIGITS)}"


def _digits(seed: bytes, count: int = _DIGITS) -> str:
    if not seed:
        return secrets.token_hex(count)[:count]
    return hashlib.sha256(seed).hexdigest()[:count]


DEFAULTS = "__defaults"

Failure = tuple[str, str]
"""(path of a property, what is wrong with it)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedArguments:
    """Complete inputs, and what is wrong with them."""

    inputs: Properties
    failures: tuple[Failure, ...] = ()


class _InvalidValue(ValueError):
    """A value does not have its property's type."""


def check_arguments(
    resource_type: ResourceType, *, olds: Properties, news: Properties, names: NamingRequest
) -> CheckedArguments:
    """Check the arguments `news`; `olds` are the previous inputs, empty for a new resource.

    Neither may contain secrets.
    """
    failures: list[Failure] = []
    inputs = _Converter(resource_type, failures).convert_fields(resource_type.every_property, news)
    given = set(inputs)
    _fill_defaults(resource_type.every_property, inputs)
    _fill_name(resource_type, inputs, olds, names, failures)
    failures += _missing_arguments(resource_type.every_property, inputs, "")
    if resource_type.validate and not failures:
        failures += resource_type.validate(inputs)
    filled = sorted(name for name in inputs if name not in given)
    return CheckedArguments(inputs={**inputs, DEFAULTS: filled}, failures=tuple(failures))


def defaulted_names(inputs: Properties) -> frozenset[str]:
    """Arguments that an earlier check filled in."""
    return frozenset(inputs.get(DEFAULTS) or ())


# -- names and defaults


def _fill_defaults(properties: Iterable[Property], values: Properties) -> None:
    for prop in properties:
        value = values.get(prop.name)
        if value is None:
            if prop.default is not None:
                values[prop.name] = prop.default
            continue
        for inner in value if isinstance(value, list) else [value]:
            if prop.kind in BLOCK_KINDS and isinstance(inner, dict):
                _fill_defaults(prop.fields, inner)


def _fill_name(
    resource_type: ResourceType,
    inputs: Properties,
    olds: Properties,
    names: NamingRequest,
    failures: list[Failure],
) -> None:
    if resource_type.autoname is None:
        return
    key, prefix_key = resource_type.autoname.property, resource_type.autoname.prefix
    prefix = inputs.get(prefix_key) if prefix_key else None
    if key in inputs:
        if prefix is not None:
            failures.append(
                (prefix_key, f"'{prefix_key}' conflicts with '{key}': give one of them")
            )
        return
    if prefix is UNKNOWN:
        inputs[key] = UNKNOWN
        return
    if key in defaulted_names(olds) and olds.get(key) and olds.get(prefix_key) == prefix:
        inputs[key] = olds[key]
        return
    try:
        name = (
            add_suffix(prefix, names.seed, resource_type.autoname.longest)
            if prefix
            else generate_name(names, resource_type.autoname.longest)
        )
    except NameTooLong as exc:
        failures.append((prefix_key if prefix else key, str(exc)))
        return
    if name is None:
        reason = f"{resource_type.name}: autonaming is disabled, so '{key}' must be given"
        failures.append((key, reason))
        return
    inputs[key] = name


def _missing_arguments(
    properties: Iterable[Property], values: Properties, at: str
) -> list[Failure]:
    failures = []
    for prop in properties:
        path = f"{at}{prop.name}"
        value = values.get(prop.name)
        if value is None and prop.required:
            failures.append((path, f"missing required argument '{path}'"))
        for inner_path, inner in _objects(prop, value, path):
            failures += _missing_arguments(prop.fields, inner, f"{inner_path}.")
    return failures


def _objects(prop: Property, value: Value, path: str) -> list[tuple[str, Properties]]:
    if prop.kind is PropertyKind.BLOCK and isinstance(value, dict):
        return [(path, value)]
    if prop.kind in BLOCK_KINDS and isinstance(value, list):
        return [(f"{path}[{i}]", v) for i, v in enumerate(value) if isinstance(v, dict)]
    return []


# -- unknown arguments


def describe_unknown_argument(path: str, token: str, known: Iterable[str], file: str) -> str:
    """Say that the twin lacks an argument, which pulumi-aws may have.

    `known`: the arguments beside which it stands.
    """
    meant = find_similar_name(path.rpartition(".")[2], known)
    guess = f"did you mean '{meant}'? Else " if meant else ""
    return (
        f"the twin has no argument '{path}' of {token}: {guess}leave it out for the twin, "
        f"or declare it in {file}"
    )


# -- values


@dataclass(slots=True)
class _Converter:
    """Converts arguments to their properties' types; collects failures."""

    resource_type: ResourceType
    failures: list[Failure]

    def convert_fields(
        self, properties: Iterable[Property], given: Properties, at: str = ""
    ) -> Properties:
        known = {prop.name: prop for prop in properties if not prop.output}
        values: Properties = {}
        for name, value in given.items():
            path = f"{at}{name}"
            if value is None or name == DEFAULTS:
                continue
            if name not in known:
                if at or value is not False or name not in self.resource_type.only_false:
                    self.failures.append((path, self._unknown_argument(path, known)))
                continue
            values[name] = self._convert(known[name], value, path)
        return values

    def _unknown_argument(self, path: str, known: Iterable[str]) -> str:
        token = self.resource_type.name
        return describe_unknown_argument(path, token, known, declaration_file(token))

    def _convert(self, prop: Property, value: Value, path: str) -> Value:
        if value is UNKNOWN:
            return value
        if prop.kind in LIST_KINDS and not isinstance(value, list):
            self.failures.append((path, f"expected {prop.kind}, got {value!r}"))
            return value
        if prop.kind is PropertyKind.BLOCK:
            return self._convert_block(prop, value, path)
        if prop.kind in BLOCK_KINDS:
            return [self._convert_block(prop, v, f"{path}[{i}]") for i, v in enumerate(value)]
        try:
            return _convert_leaf(prop, value)
        except _InvalidValue as exc:
            self.failures.append((path, str(exc)))
            return value

    def _convert_block(self, prop: Property, value: Value, path: str) -> Value:
        if value is UNKNOWN:
            return value
        if not isinstance(value, dict):
            self.failures.append((path, f"expected an object, got {value!r}"))
            return value
        return self.convert_fields(prop.fields, value, f"{path}.")


def _convert_leaf(prop: Property, value: Value) -> Value:
    if prop.kind in LIST_KINDS:
        return [
            inner if inner is UNKNOWN else _check_limits(prop, _to_string(inner)) for inner in value
        ]
    if prop.kind is PropertyKind.MAP:
        return _to_map(value)
    if prop.kind is PropertyKind.ARCHIVE:
        if not isinstance(value, Archive):
            raise _InvalidValue(f"expected an archive, got {value!r}")
        return value
    return _check_limits(prop, _SCALARS[prop.kind](value))


def _to_map(value: Value) -> Properties:
    if not isinstance(value, dict):
        raise _InvalidValue(f"expected {PropertyKind.MAP}, got {value!r}")
    return {
        key: inner if has_unknown(inner) or isinstance(inner, float) else _to_string(inner)
        for key, inner in value.items()
        if inner is not None
    }


def _to_string(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _InvalidValue(f"expected {PropertyKind.STRING}, got {value!r}")


def _to_json(value: Value) -> Value:
    """JSON text; a document may be given as an object, as pulumi_aws's types allow."""
    if isinstance(value, dict | list):
        return UNKNOWN if has_unknown(value) else json.dumps(value)
    return _to_string(value)


def _to_integer(value: Value) -> int:
    number = _to_number(value, PropertyKind.INTEGER)
    if number != int(number):
        raise _InvalidValue(f"expected {PropertyKind.INTEGER}, got {value!r}")
    return int(number)


def _to_number(value: Value, wanted: PropertyKind = PropertyKind.NUMBER) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError) as exc:
        raise _InvalidValue(f"expected {wanted}, got {value!r}") from exc
    is_number = math.isfinite(number) and not isinstance(value, bool)
    if not is_number or (isinstance(value, str) and "_" in value):
        raise _InvalidValue(f"expected {wanted}, got {value!r}")
    return int(number) if number.is_integer() else number


def _to_boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _InvalidValue(f"expected {PropertyKind.BOOLEAN}, got {value!r}")


_SCALARS = {
    PropertyKind.STRING: _to_string,
    PropertyKind.JSON: _to_json,
    PropertyKind.INTEGER: _to_integer,
    PropertyKind.NUMBER: _to_number,
    PropertyKind.BOOLEAN: _to_boolean,
}


def _check_limits(prop: Property, value: Value) -> Value:
    if prop.choices and value not in prop.choices:
        raise _InvalidValue(f"expected one of {', '.join(prop.choices)}; got {value!r}")
    if prop.form and not prop.form.fullmatch(value):
        raise _InvalidValue(f"expected text of the form {prop.form.pattern}, got {value!r}")
    if prop.between and not prop.between[0] <= value <= prop.between[1]:
        low, high = prop.between
        raise _InvalidValue(f"expected {low:g} to {high:g}, got {value!r}")
    return value
