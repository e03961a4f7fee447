"""One HTTP request on a new connection, for programs without an event loop.

It goes to the host in the URL and through no proxy: what it asks is on this machine, and HTTP_PROXY
must not send it elsewhere.
"""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete response, whatever its status."""

    status: int
    headers: http.client.HTTPMessage
    """Look-ups ignore case."""
    body: bytes


def send_request(
    method: str, url: str, *, timeout_s: float, body: object = None, source: str = ""
) -> HttpResponse:
    """Send a request with a JSON body, if any, from the address `source`, if given.

    `timeout_s` bounds each wait for the network. Raises OSError, http.client.HTTPException.
    """
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "",
        address.port or 80,
        timeout=timeout_s,
        source_address=(source, 0) if source else None,
    )
    path = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    content = None if body is None else json.dumps(body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return HttpResponse(response.status, response.headers, response.read())
    finally:
        connection.close()


def http_get(url: str, timeout_s: float) -> tuple[int, bytes]:
    """Status and body of a GET. Raises OSError, http.client.HTTPException."""
    response = send_request("GET", url, timeout_s=timeout_s)
    return response.status, response.body
