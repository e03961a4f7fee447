"""Pages of a list: MaxResults 1 to 100, by default 10, and an opaque NextToken.

A token is valid only for the list that returned it.
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from twin.control.globalaccelerator.call_context import Params, ResponseBody
from twin.control.globalaccelerator.errors import InvalidNextToken

DEFAULT_SIZE = 10

T = TypeVar("T")


def page_body(
    key: str,
    items: Sequence[T],
    render: Callable[[T], ResponseBody],
    params: Params,
    list_name: str,
) -> ResponseBody:
    """Response body with the requested page under `key`, and the NextToken of the next page.

    `list_name` identifies the list. Raises InvalidNextToken.
    """
    size = params.get("MaxResults") or DEFAULT_SIZE
    token = params.get("NextToken")
    start = 0 if token is None else _decode_token(str(token), list_name)
    if not isinstance(size, int) or start > len(items):
        raise InvalidNextToken(f"NextToken: '{token}' points beyond the end of the list.")
    end = start + size
    body: ResponseBody = {key: [render(item) for item in items[start:end]]}
    return body | ({"NextToken": _encode_token(end, list_name)} if end < len(items) else {})


def _encode_token(position: int, list_name: str) -> str:
    return base64.urlsafe_b64encode(f"{_digest(list_name)}:{position}".encode()).decode()


def _decode_token(token: str, list_name: str) -> int:
    try:
        digest, position = base64.urlsafe_b64decode(token).decode().split(":")
        if digest == _digest(list_name) and int(position) > 0:
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise InvalidNextToken(f"NextToken: '{token}' was not given by this list.")


def _digest(list_name: str) -> str:
    return hashlib.sha256(list_name.encode()).hexdigest()[:12]
