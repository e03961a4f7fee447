"""Requests to the internal HTTP of the twin's processes, for programs without an event loop.

No connection, a timeout and a malformed answer are all NotRunning; the caller's context tells what
that means.
"""

import http.client
from typing import TypeVar

from common.network import http_client
from common.network.http_client import HttpResponse
from twin import codec
from twin.errors import CodecError, NotRunning
from twin.runtime.instance import internal_url
from twin.runtime.own_user import require_own_listener

T = TypeVar("T")
TIMEOUT_S = 1.0


def send_internal_request(
    method: str, address: tuple[str, int], path: str, timeout_s: float = TIMEOUT_S
) -> HttpResponse:
    """Send a request without a body; `timeout_s` bounds each wait.

    Raises NotRunning, also when another user's program has taken the address.
    """
    try:
        require_own_listener(address)
        return http_client.send_request(method, internal_url(address, path), timeout_s=timeout_s)
    except (OSError, http.client.HTTPException) as exc:
        raise NotRunning(f"{address[0]}:{address[1]} does not answer: {exc}") from exc


def fetch_document(address: tuple[str, int], path: str, cls: type[T]) -> T:
    """GET a document of twin.internal_api.schemas. Raises NotRunning."""
    response = send_internal_request("GET", address, path)
    url = f"{path} of {address[0]}:{address[1]}"
    if response.status != 200:
        raise NotRunning(f"{url} answers {response.status}")
    try:
        return codec.loads(cls, response.body)
    except CodecError as exc:
        raise NotRunning(f"{url}: {exc}") from exc
