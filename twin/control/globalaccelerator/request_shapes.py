"""Checks a request against botocore's service model: names, types, lengths, ranges, patterns.

botocore's client checks types and required members before it sends a request; maxima, enumerations
and patterns are checked by the service. Unknown members are an error too: AWS ignores them, but
here a misspelt name should be noticed.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape

from twin.control.globalaccelerator.errors import InvalidArgument

TARGET_PREFIX = "GlobalAccelerator_V20180706."


@cache
def service_model() -> ServiceModel:
    """botocore's model of Global Accelerator (5 ms to load)."""
    return botocore.session.Session().get_service_model("globalaccelerator")


def check_params(operation: str, params: object) -> dict[str, Any]:
    """Return the parameters if they match the operation's input. Raises InvalidArgument."""
    shape = service_model().operation_model(operation).input_shape
    if not isinstance(params, dict):
        raise InvalidArgument(f"{operation}: the request is not a JSON object.")
    _check(shape, params, "")
    return params


def _check(shape: Any, value: object, path: str) -> None:  # noqa: ANN401 - botocore's shapes
    checker = _CHECKERS.get(shape.type_name)
    if checker is not None:
        checker(shape, value, path)


def _structure(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{path}: expected a structure, got {value!r}.")
    for name in shape.required_members:
        if value.get(name) is None:
            raise InvalidArgument(f"{_member(path, name)}: required, and missing.")
    for name, inner in value.items():
        if name not in shape.members:
            known = ", ".join(shape.members)
            raise InvalidArgument(f"{_member(path, name)}: no such parameter; known: {known}.")
        if inner is not None:
            _check(shape.members[name], inner, _member(path, name))


def _list(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, list):
        raise InvalidArgument(f"{path}: expected a list, got {value!r}.")
    _bounds(shape, len(value), f"{path}: {len(value)} entries")
    for index, inner in enumerate(value):
        _check(shape.member, inner, f"{path}[{index}]")


def _string(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, str):
        raise InvalidArgument(f"{path}: expected a string, got {value!r}.")
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        raise InvalidArgument(f"{path}: '{value}' is none of {allowed}.")
    _bounds(shape, len(value), f"{path}: '{value}' has {len(value)} characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise InvalidArgument(f"{path}: '{value}' does not match {pattern}.")


def _integer(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidArgument(f"{path}: expected a whole number, got {value!r}.")
    _bounds(shape, value, f"{path}: {value}")


def _float(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN
        raise InvalidArgument(f"{path}: expected a number, got {value!r}.")
    _bounds(shape, value, f"{path}: {value}")


def _boolean(_shape: Shape, value: object, path: str) -> None:
    if not isinstance(value, bool):
        raise InvalidArgument(f"{path}: expected true or false, got {value!r}.")


def _bounds(shape: Any, number: float, subject: str) -> None:  # noqa: ANN401
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        raise InvalidArgument(f"{subject}; the least is {least}.")
    if most is not None and number > most:
        raise InvalidArgument(f"{subject}; the most is {most}.")


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_CHECKERS: dict[str, Callable[[Any, object, str], None]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
}
