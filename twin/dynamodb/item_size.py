"""The size of items, which limits them and decides what capacity they consume.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Callable, Mapping
from typing import Any

MAX_ITEM_BYTES = 400 * 1024
CONTAINER_BYTES = 3
"""What a list or a map takes, besides one byte for each member and the members themselves."""


def item_size(item: Mapping[str, dict[str, Any]]) -> int:
    """Bytes of all attributes' names and values."""
    size = 0
    for name, value in item.items():
        size += text_size(name) + value_size(value)
    return size


def value_size(value: dict[str, Any]) -> int:
    """Bytes of one attribute value."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def text_size(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _number_size(text: str) -> int:
    """One byte, one for each two significant digits before and after the point, one for a minus.

    The documentation leaves out that digits are paired from the decimal point.
    """
    if text == "0":
        return 1
    integer, _, fraction = text.removeprefix("-").partition(".")
    if not fraction:
        integer = integer.rstrip("0")
    elif integer == "0":
        integer, fraction = "", fraction.lstrip("0")
    pairs = (len(integer) + 1) // 2 + (len(fraction) + 1) // 2
    return 1 + pairs + text.startswith("-")


def binary_size(encoded: str) -> int:
    """Bytes of the content of base64 text."""
    return len(encoded) // 4 * 3 - encoded.count("=", -2)


def _map_size(members: dict[str, dict[str, Any]]) -> int:
    return CONTAINER_BYTES + len(members) + item_size(members)


def _list_size(members: list[dict[str, Any]]) -> int:
    return CONTAINER_BYTES + len(members) + sum(map(value_size, members))


def _set_size(member_size: Callable[[str], int]) -> Callable[[list[str]], int]:
    return lambda members: sum(map(member_size, members))


def _one_byte(_content: bool) -> int:
    return 1


_SIZES: dict[str, Callable[[Any], int]] = {
    "B": binary_size,
    "BOOL": _one_byte,
    "BS": _set_size(binary_size),
    "L": _list_size,
    "M": _map_size,
    "N": _number_size,
    "NS": _set_size(_number_size),
    "NULL": _one_byte,
    "S": text_size,
    "SS": _set_size(text_size),
}
