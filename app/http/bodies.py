"""Bodies of requests: JSON objects, and the texts and numbers in them."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from app.errors import BadRequest

MAX_TEXT_BYTES = 128 * 1024
"""An item may have 400 kB, but an answer only 1 MB, in which a byte may be escaped by seven:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""


def parse_json(body: bytes, wanted: str) -> object:
    """Raises BadRequest, which says what is `wanted`.

    JSON is in UTF-8; a byte order mark is ignored (RFC 8259, 8.1).
    """
    try:
        text = body.removeprefix(BOM_UTF8).decode("utf-8", "surrogatepass")
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest(f"the body is not JSON; send {wanted}") from None
    return parsed


def read_json_object(body: bytes, *, required: Sequence[str]) -> Mapping[str, object]:
    """An object with these members and no others. Raises BadRequest."""
    shape = "{" + ", ".join(f'"{name}": ...' for name in required) + "}"
    parsed = parse_json(body, shape)
    if not isinstance(parsed, dict):
        raise BadRequest(f"the body must be a JSON object; send {shape}")
    for name in required:
        if name not in parsed:
            raise BadRequest(f'the body has no "{name}"; send {shape}')
    if parsed.keys() - set(required):
        raise BadRequest(f"the body has more than that; send {shape}")
    return parsed


def check_text(value: object, name: str) -> str:
    """This value if it is a string that can be stored, an empty one too. Raises BadRequest."""
    if not isinstance(value, str):
        raise BadRequest(f'"{name}" must be a string')
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise BadRequest(f'"{name}" has half of a surrogate pair, which is no character') from None
    if size > MAX_TEXT_BYTES:
        raise BadRequest(f'"{name}" has {size} bytes; at most {MAX_TEXT_BYTES}')
    return value


def is_whole_number(value: object) -> TypeGuard[int]:
    """Not for JSON's true and false, which are numbers in Python."""
    return isinstance(value, int) and not isinstance(value, bool)
