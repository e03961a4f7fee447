"""Checks a request's JSON against the API's model: first types, then constraints.

AWS's framework deserialises the whole request before it validates anything. A wrong JSON type is a
SerializationException. All broken constraints, up to ten, come in one ValidationException:

    1 validation error detected: Value 'x' at 'select' failed to satisfy constraint: Member must
    satisfy enum value set: [...]

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
A few members ("modern" here) are checked by a newer framework of AWS, in other words:

    1 validation error detected: Value at 'Limit' failed to satisfy constraint: ...

The rules of attribute values are checked where they are used (twin.dynamodb.attribute_values).
Members that the model does not have are ignored, and null is absent, as in AWS's framework.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Any, Protocol

from twin.dynamodb.errors import serialization_error, validation_error
from twin.dynamodb.json_types import (
    check_list,
    check_map,
    check_structure,
    check_value_types,
    reject_scalar,
)

MAX_VIOLATIONS = 10
"""Violations that one message has at most."""
MAX_SHOWN_NAME = 255
"""Characters of a name in the place of a violation: every member of the value has it in its own."""
MAX_LONG = 2**63 - 1


class Shape(Protocol):
    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401 - any JSON
        """Raise SerializationException for a wrong type; add violations of constraints."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    minimum: int = 0
    maximum: int | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile(self.pattern))

    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401
        if not isinstance(value, str):
            reject_scalar(value, "String")
        if self.choices and value not in self.choices:
            found.append(
                _sentence(value, path, f"satisfy enum value set: [{', '.join(self.choices)}]")
            )
        if self.pattern and value and not self._pattern.fullmatch(value):
            found.append(
                _sentence(value, path, f"satisfy regular expression pattern: {self.pattern}")
            )
        _check_length(value, len(value), path, found, self.minimum, self.maximum)


@dataclass(frozen=True, slots=True)
class Whole:
    """An Integer or a Long."""

    minimum: int | None = None
    maximum: int | None = None
    kind: str = "Integer"
    modern: bool = False

    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401
        if isinstance(value, bool) or not isinstance(value, int | float):
            reject_scalar(value, self.kind)
        value = self.whole(value)
        if self.minimum is not None and value < self.minimum:
            rule = f"have value greater than or equal to {self.minimum}"
            found.append(_modern(path, rule) if self.modern else _sentence(value, path, rule))
        if self.maximum is not None and value > self.maximum:
            found.append(_sentence(value, path, f"have value less than or equal to {self.maximum}"))

    def whole(self, value: float) -> float:
        """As the service reads it, but for a time: without a fraction, and as a Long can be."""
        if self.kind == "Timestamp":
            return value
        return floor(min(max(value, -MAX_LONG - 1), MAX_LONG))


@dataclass(frozen=True, slots=True)
class Flag:
    def check(self, value: Any, _path: str, _found: list[str]) -> None:  # noqa: ANN401
        if isinstance(value, bool):
            return
        if isinstance(value, str):
            raise serialization_error("Unexpected token received from parser")
        reject_scalar(value, "Boolean")


@dataclass(frozen=True, slots=True)
class AnyMap:
    """A map of attribute values, of which only the JSON types are checked here."""

    def check(self, value: Any, _path: str, _found: list[str]) -> None:  # noqa: ANN401
        for member in check_map(value).values():
            check_value_types(member)


@dataclass(frozen=True, slots=True)
class AnyValue:
    """An attribute value, of which only the JSON types are checked here."""

    def check(self, value: Any, _path: str, _found: list[str]) -> None:  # noqa: ANN401
        check_value_types(value)


@dataclass(frozen=True, slots=True)
class ListOf:
    member: Shape
    minimum: int = 0
    maximum: int | None = None
    modern: bool = False

    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401
        check_list(value)
        if not self.minimum <= len(value) <= (self.maximum or len(value)):
            found.append(self._wrong_length(value, path))
        for number, member in enumerate(value, 1):
            place = f"{path}.{number}.member"
            if member is None:
                found.append(_sentence(None, place, "not be null"))
            else:
                self.member.check(member, place, found)

    def _wrong_length(self, value: list[Any], path: str) -> str:
        if len(value) < self.minimum:
            rule = f"have length greater than or equal to {self.minimum}"
        else:
            rule = f"have length less than or equal to {self.maximum}"
        if self.modern:
            return _modern(path, rule)
        return _sentence(show_value(self, value), path, rule)


@dataclass(frozen=True, slots=True)
class MapOf:
    member: Shape
    kind: str
    """Java's name of the value type, for the message about a list."""
    maximum: int | None = None
    key: Text | None = None
    length: tuple[int, int] | None = None
    """Of the values, which are lists."""
    json: bool = False
    """Whether messages show the map as JSON."""

    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401
        check_map(value, self.kind)
        _check_length(value, len(value), path, found, 0, self.maximum)
        self._check_keys(value, path, found)
        for name, member in value.items():
            place = f"{path}.{_shown_name(name)}.member"
            if member is None:
                found.append(_sentence(None, place, "not be null"))
            else:
                self._check_member_length(value, member, path, found)
                self.member.check(member, place, found)

    def _check_keys(self, value: dict[str, Any], path: str, found: list[str]) -> None:
        if self.key is None:
            return
        broken = _FirstViolations()
        for name in value:
            self.key.check(name, "", broken)
        if broken:
            rules = (
                f"Member must have length less than or equal to {self.key.maximum}, "
                f"Member must have length greater than or equal to {self.key.minimum}, "
                f"Member must satisfy regular expression pattern: {self.key.pattern}"
            )
            shown = json.dumps(value, separators=(",", ":")) if self.json else value
            found.append(_constraint(shown, path, f"Map keys must satisfy constraint: [{rules}]"))

    def _check_member_length(
        self, value: dict[str, Any], member: object, path: str, found: list[str]
    ) -> None:
        if self.length is None or not isinstance(member, list) or len(found) >= MAX_VIOLATIONS:
            return  # each such violation shows the whole map
        low, high = self.length
        if not low <= len(member) <= high:
            rules = (
                f"Member must have length less than or equal to {high}, "
                f"Member must have length greater than or equal to {low}"
            )
            found.append(_constraint(value, path, f"Map value must satisfy constraint: [{rules}]"))


@dataclass(frozen=True, slots=True)
class Structure:
    kind: str
    """AWS's name of the structure."""
    members: Mapping[str, Shape]
    required: frozenset[str] = frozenset()
    parameters: tuple[str, ...] = ()
    """Required members that are checked before all others, in other words."""
    _places: list[tuple[str, Shape, str, bool]] = field(init=False, default_factory=list)
    """Each member's name, shape, name in messages, and whether it must be a JSON object.

    In the service's order.
    """

    def __post_init__(self) -> None:
        for name, shape in self.members.items():
            is_object = isinstance(shape, Structure | AnyValue)
            self._places.append((name, shape, _lower_first(name), is_object))

    def check(self, value: Any, path: str, found: list[str]) -> None:  # noqa: ANN401
        members = check_structure(value, self.kind)
        self.check_members(members, f"{path}.", found)
        if None in members.values() or not members.keys() <= self.members.keys():
            for name in [n for n, m in members.items() if m is None or n not in self.members]:
                del members[name]

    def check_members(self, value: dict[str, Any], prefix: str, found: list[str]) -> None:
        for name, shape, shown, is_object in self._places:
            member = value.get(name)
            if member is not None:
                if is_object and not isinstance(member, dict | list):
                    raise serialization_error("Unexpected field type")
                shape.check(member, prefix + shown, found)
                if isinstance(shape, Whole):
                    value[name] = shape.whole(member)
            elif name in self.required:
                found.append(_sentence(None, prefix + shown, "not be null"))


def check_request(shape: Structure, request: dict[str, Any]) -> dict[str, Any]:
    """The request without null members, with whole numbers where it has fractions.

    Structures in it are changed in their place, and lose the members that the model does not have.
    Raises TableApiError if it breaks the API's model.
    """
    found = _FirstViolations()
    try:
        shape.check_members(request, "", found)
    except RecursionError:
        raise serialization_error("The request is nested too deeply") from None
    for name in shape.parameters:
        if request.get(name) is None:
            raise validation_error(
                f"The parameter '{name}' is required but was not present in the request"
            )
    if found:
        raise_violations(found)
    if None in request.values():
        return {name: value for name, value in request.items() if value is not None}
    return request


class _FirstViolations(list[str]):
    """As many as a message has; a request may have millions."""

    def append(self, violation: str) -> None:
        if len(self) < MAX_VIOLATIONS:
            super().append(violation)


def raise_violations(found: list[str]) -> None:
    """Raise AWS's ValidationException for the violations."""
    shown = found[:MAX_VIOLATIONS]
    noun = "error" if len(shown) == 1 else "errors"
    raise validation_error(f"{len(shown)} validation {noun} detected: {'; '.join(shown)}")


def _check_length(
    value: object,
    length: int,
    path: str,
    found: list[str],
    minimum: int,
    maximum: int | None,
) -> None:
    if length < minimum:
        found.append(_sentence(value, path, f"have length greater than or equal to {minimum}"))
    if maximum is not None and length > maximum:
        found.append(_sentence(value, path, f"have length less than or equal to {maximum}"))


def _sentence(value: object, path: str, rule: str) -> str:
    return _constraint(value, path, f"Member must {rule}")


def _constraint(value: object, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{format_value(value)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def format_value(value: object) -> str:
    """A JSON value as Java prints it in the API's messages."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(map(format_value, value))}]"
        case dict():
            inner = (f"{name}={format_value(member)}" for name, member in value.items())
            return f"{{{', '.join(inner)}}}"
        case _:
            return str(value)


def show_value(shape: Shape, value: object) -> object:
    """The value with its structures as the API's messages show them."""
    if isinstance(shape, ListOf) and isinstance(value, list):
        return [show_value(shape.member, member) for member in value]
    if isinstance(shape, Structure) and isinstance(value, dict):
        members = (
            f"{_lower_first(name)}={format_value(show_value(member, value[name]))}"
            for name, member in shape.members.items()
            if name in value
        )
        return f"{shape.kind}({', '.join(members)})"
    return value


def _shown_name(name: str) -> str:
    return name if len(name) <= MAX_SHOWN_NAME else f"{name[:MAX_SHOWN_NAME]}..."


def _modern(path: str, rule: str) -> str:
    outer, dot, name = path.rpartition(".")
    shown = outer[:1].upper() + outer[1:] + dot + name[0].upper() + name[1:]
    return f"Value at '{shown}' failed to satisfy constraint: Member must {rule}"


def _lower_first(name: str) -> str:
    return name[0].lower() + name[1:]
