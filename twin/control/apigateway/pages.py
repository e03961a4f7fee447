"""Pages of lists: both APIs list a page at a time, and name the next one by a token."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from twin.control.apigateway.errors import bad_request
from twin.core.pages import find_page

T = TypeVar("T")


def take_page(
    items: Sequence[T], token: str | None, limit: int, token_name: str
) -> tuple[Sequence[T], str | None]:
    """The page that begins at the token, and the token of the next one. Raises CallRefused."""
    try:
        page, following = find_page([_digest(item) for item in items], token, limit)
    except ValueError as exc:
        raise bad_request(f"Invalid {token_name} specified") from exc
    return items[page], following


def _digest(item: object) -> str:
    return hashlib.sha256(str(item).encode()).hexdigest()[:16]
