"""Pages of lists: both APIs list a page at a time, and name the next one by a token."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from twin.control.apigateway.errors import bad_request
from twin.core.pages import find_start

T = TypeVar("T")


def take_page(
    items: Sequence[T], token: str | None, limit: int, token_name: str
) -> tuple[Sequence[T], str | None]:
    """The page that begins at the token, and the token of the next one. Raises CallRefused."""
    keys = [_digest(item) for item in items]
    start = 0 if token is None else _read_token(token, token_name, keys)
    end = start + limit
    return items[start:end], _make_token(end, keys[end]) if end < len(items) else None


def _digest(item: object) -> str:
    return hashlib.sha256(str(item).encode()).hexdigest()[:16]


def _make_token(start: int, key: str) -> str:
    return base64.b64encode(f"from {start} {key}".encode()).decode()


def _read_token(token: str, token_name: str, keys: Sequence[str]) -> int:
    try:
        word, start, key = base64.b64decode(token, validate=True).decode("ascii").split(" ")
        if word == "from" and start.isdecimal() and len(start) < 10:
            return find_start(keys, key, int(start))
    except (binascii.Error, ValueError):
        pass
    raise bad_request(f"Invalid {token_name} specified")
