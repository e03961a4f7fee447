"""Checks a call's parameters against botocore's model of the operation, before anything changes.

AWS's services share one framework: it checks types, required members, ranges, lengths, enumerations
and patterns of a request before the service sees it, and reports all violations in one message.
moto checks few of them, and a value that it lets through may leave a resource that no reader of the
Topology understands.

    1 validation error detected: Value '70000' at 'port' failed to satisfy constraint: Member must
    have value less than or equal to 65535

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html
(ValidationError: "The input fails to satisfy the constraints specified by an AWS service.")
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from functools import cache
from typing import Any

_NAMED_BOUNDS = re.compile(r"(?:String|Uri)WithLengthBetween(\d+)And(\d+)")
"""Such as `StringWithLengthBetween1And128`, of API Gateway."""
SHOWN_CHARACTERS = 200
"""Of a wrong value, in the message."""
_UNICODE_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{Z}": r"\s",
    r"\p{N}": r"\d",
}
"""Java's classes in Python's syntax, a little wider; patterns with others are not checked."""


def find_violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Yield AWS's sentence for each violation. `shape`: botocore's; `path`: of the value."""
    kind = shape.type_name
    if value is None or kind not in _CHECKS:
        return
    types, check = _CHECKS[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield _sentence(value, path, f"Member must be of type {kind}")
    else:
        yield from check(shape, value, path)


def describe_violations(violations: list[str]) -> str:
    """AWS's message for all violations of one request."""
    noun = "error" if len(violations) == 1 else "errors"
    return f"{len(violations)} validation {noun} detected: {'; '.join(violations)}"


def _structure(shape: Any, value: Mapping[str, object], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _sentence(None, _join(path, name), "Member must not be null")
    for name, member in shape.members.items():
        if name in value:
            yield from find_violations(member, value[name], _join(path, name))


def _list(shape: Any, value: Sequence[Any], path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    for number, member in enumerate(value, 1):
        yield from _present(shape.member, member, f"{path}.{number}.member")


def _map(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    for key, member in value.items():
        yield from find_violations(shape.key, key, f"{path}.{key}.key")
        yield from _present(shape.value, member, f"{path}.{key}.member")


def _present(shape: Any, member: Any, path: str) -> Iterator[str]:
    """A list or a map has no null, unless its model says so; the served ones do not.

    https://smithy.io/2.0/spec/type-refinement-traits.html#sparse-trait
    """
    if member is None:
        yield _sentence(None, path, "Member must not be null")
    else:
        yield from find_violations(shape, member, path)


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        choices = ", ".join(allowed)
        yield _sentence(value, path, f"Member must satisfy enum value set: [{choices}]")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
        rule = f"Member must satisfy regular expression pattern: {pattern}"
        yield _sentence(value, path, rule)


def _size(shape: Any, value: Sized, path: str) -> Iterator[str]:
    yield from _range(shape, len(value), value, path, "length")


def _number(shape: Any, value: float, path: str) -> Iterator[str]:
    if str(value) == "nan":  # a number without order, so within any range
        yield _sentence(value, path, f"Member must be of type {shape.type_name}")
    yield from _range(shape, value, value, path, "value")


def _any(_shape: Any, _value: object, _path: str) -> Iterator[str]:
    yield from ()


def _range(shape: Any, size: float, value: object, path: str, what: str) -> Iterator[str]:
    least, most = _bounds(shape)
    if least is not None and size < least:
        rule = f"Member must have {what} greater than or equal to {least}"
        yield _sentence(value, path, rule)
    if most is not None and size > most:
        yield _sentence(value, path, f"Member must have {what} less than or equal to {most}")


def _bounds(shape: Any) -> tuple[float | None, float | None]:
    """Of the model; some models have them only in the names of their shapes."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is None and most is None and (named := _NAMED_BOUNDS.fullmatch(shape.name)):
        return int(named[1]), int(named[2])
    return least, most


def _sentence(value: object, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{_shorten(value)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _join(path: str, name: str) -> str:
    """AWS writes members with a small first letter: `defaultActions.1.member.type`."""
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The model's pattern; None for those that Python's syntax can't express."""
    for java, python in _UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern)
    except re.error:
        return None


_Check = Callable[[Any, Any, str], Iterator[str]]
_CHECKS: dict[str, tuple[tuple[type, ...], _Check]] = {
    "structure": ((Mapping,), _structure),
    "map": ((Mapping,), _map),
    "list": ((list, tuple), _list),
    "string": ((str,), _string),
    "blob": ((bytes, str), _size),
    "boolean": ((bool,), _any),
    "integer": ((int,), _number),
    "long": ((int,), _number),
    "float": ((int, float), _number),
    "double": ((int, float), _number),
}
"""Type of a shape -> the types of its values, and the check of a value of these. A timestamp is not
checked: the parser has read it."""
