"""The JSON types of attribute values, which are judged before anything else in a request.

The service reads the whole request before it validates anything: a value of a wrong JSON type is a
SerializationException, even beside values that break other rules.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from twin.dynamodb.errors import serialization_error

MODEL = "com.amazonaws.dynamodb.v20120810."
"""Java's package of the API's structures, as messages name it."""


def check_value_types(raw: object) -> None:
    """Check the JSON types of a value and all values within. Raises SerializationException."""
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if value is not None:
            for kind, content in check_structure(value).items():
                if content is not None:
                    waiting += _checked_content(kind, content)


def _checked_content(kind: str, content: object) -> Iterable[object]:
    """Check the content itself; the values within, which are still to check."""
    if kind == "M":
        return check_map(content).values()
    if kind == "L":
        return check_list(content)
    if kind in _SCALARS:
        _SCALARS[kind](content)
    elif kind in _SETS:
        for member in check_list(content):
            _SETS[kind](member)
    return ()


def check_structure(content: object, kind: str = "AttributeValue") -> dict[str, Any]:
    """Return the members by name of a structure of AWS's; reject everything but an object."""
    if isinstance(content, dict):
        return content
    if isinstance(content, list):
        raise serialization_error(f"Unrecognized collection type class {MODEL}{kind}")
    raise serialization_error("Unexpected value type in payload")


def check_map(content: object, kind: str = f"{MODEL}AttributeValue") -> dict[str, Any]:
    """Return the map of values by name, which are of Java's type `kind`; reject everything else."""
    if isinstance(content, dict):
        return content
    if isinstance(content, list):
        raise serialization_error(
            f"Unrecognized collection type java.util.Map<java.lang.String, {kind}>"
        )
    raise serialization_error("Unexpected field type")


def check_list(content: object) -> list[Any]:
    """Return the list; reject everything else."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        raise serialization_error("Start of structure or map found where not expected")
    raise serialization_error("Unexpected field type")


def check_text(content: object) -> str:
    """Return the text; reject everything else."""
    if not isinstance(content, str):
        reject_scalar(content, "String")
    if not content.isascii():
        encoded(content)
    return content


def encoded(text: str) -> bytes:
    """The text in UTF-8; reject half a surrogate pair, which has none."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise serialization_error("A string is not valid Unicode") from None


def check_number(content: object) -> str:
    """Return the number's text; reject everything else."""
    if not isinstance(content, str):
        reject_scalar(content, "String")
    return content


def check_binary(content: object) -> str:
    """Return the base64 text; reject everything else."""
    if not isinstance(content, str):
        if isinstance(content, bool | int | float):
            raise serialization_error("only base-64-encoded strings are convertible to bytes")
        if isinstance(content, list):
            raise serialization_error("Unrecognized collection type class java.nio.ByteBuffer")
        raise serialization_error("Start of structure or map found where not expected")
    if len(content) % 4:
        raise serialization_error(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(content)}"
        )
    try:
        canonical = b64encode(b64decode(content, validate=True)).decode()
    except (Base64Error, ValueError):
        canonical = None
    if canonical != content:
        # The service's own spelling.
        raise serialization_error("Invalid last non-pad Base64 character dectected")
    return content


def check_boolean(content: object) -> bool:
    """Return the truth value, which may be written as text; reject everything else."""
    if isinstance(content, bool):
        return content
    if isinstance(content, str):
        if content.upper() in ("TRUE", "1", "YES"):
            return True
        if content.upper() in ("FALSE", "0", "NO"):
            return False
        raise serialization_error("Unexpected token received from parser")
    return reject_scalar(content, "Boolean")


def reject_scalar(content: object, expected: str) -> NoReturn:
    """Raise the error for JSON that is not of a scalar type of Java."""
    match content:
        case dict():
            message = "Start of structure or map found where not expected"
        case list():
            message = f"Unrecognized collection type class java.lang.{expected}"
        case _:
            message = f"{_token_name(content)} cannot be converted to {expected}"
    raise serialization_error(message)


def _token_name(content: object) -> str:
    match content:
        case bool():
            return "TRUE_VALUE" if content else "FALSE_VALUE"
        case int():
            return "NUMBER_VALUE"
        case float():
            return "DECIMAL_VALUE"
        case _:
            return "STRING_VALUE"


_SCALARS: dict[str, Callable[[object], object]] = {
    "S": check_text,
    "N": check_number,
    "B": check_binary,
    "BOOL": check_boolean,
    "NULL": check_boolean,
}
_SETS: dict[str, Callable[[object], object]] = {
    "SS": check_text,
    "NS": check_number,
    "BS": check_binary,
}
