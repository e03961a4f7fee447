"""Pages of a list: MaxResults 1 to 100, 10 unless told, and an opaque NextToken.

A token is good for the list that gave it, and only for that.
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from twin.control.globalaccelerator.call_context import RequestParams
from twin.control.globalaccelerator.errors import InvalidNextToken

DEFAULT_SIZE = 10

T = TypeVar("T")


def take_page(
    items: Sequence[T], params: RequestParams, list_name: str
) -> tuple[Sequence[T], str | None]:
    """The page that the parameters ask for, and the token of the next one."""
    size = params.get("MaxResults") or DEFAULT_SIZE
    token = params.get("NextToken")
    start = 0 if token is None else _position(str(token), list_name)
    if not isinstance(size, int) or start > len(items):
        raise InvalidNextToken(f"NextToken: '{token}' points beyond the end of the list.")
    end = start + size
    return items[start:end], _token(end, list_name) if end < len(items) else None


def _token(position: int, list_name: str) -> str:
    return base64.urlsafe_b64encode(f"{_digest(list_name)}:{position}".encode()).decode()


def _position(token: str, list_name: str) -> int:
    try:
        digest, position = base64.urlsafe_b64decode(token).decode().split(":")
        if digest == _digest(list_name) and int(position) > 0:
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise InvalidNextToken(f"NextToken: '{token}' was not given by this list.")


def _digest(list_name: str) -> str:
    return hashlib.sha256(list_name.encode()).hexdigest()[:12]
