"""Pages of lists: both APIs list a page at a time, and name the next one by a token."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from twin.control.apigateway.errors import bad_request

T = TypeVar("T")


def take_page(
    items: Sequence[T], token: str | None, limit: int, token_name: str
) -> tuple[Sequence[T], str | None]:
    """The page that begins at the token, and the token of the next one. Raises CallRefused."""
    start = 0 if token is None else _read_token(token, token_name)
    end = start + limit
    return items[start:end], _make_token(end) if end < len(items) else None


def _make_token(start: int) -> str:
    return base64.b64encode(f"from {start}".encode()).decode()


def _read_token(token: str, token_name: str) -> int:
    try:
        word, _, start = base64.b64decode(token, validate=True).decode("ascii").partition(" ")
        if word == "from" and start.isdecimal() and len(start) < 10:
            return int(start)
    except (binascii.Error, ValueError):
        pass
    raise bad_request(f"Invalid {token_name} specified")
