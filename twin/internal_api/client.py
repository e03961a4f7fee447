"""Asking the twin's processes over their inner HTTP, from programs without an event loop.

Silence, refusal and nonsense are NotRunning: the callers say what that means.
"""

import http.client
import json
from typing import TypeVar

from twin import codec
from twin.errors import CodecError, NotRunning

T = TypeVar("T")
TIMEOUT_S = 1.0


def fetch_document(
    address: tuple[str, int], path: str, cls: type[T], timeout_s: float = TIMEOUT_S
) -> T:
    """A document of twin.internal_api.schemas. Raises NotRunning."""
    status, body = send_request(address, "GET", path, timeout_s=timeout_s)
    try:
        if status == 200:
            return codec.loads(cls, body)
    except CodecError as exc:
        raise NotRunning(f"{path} of {address[0]}:{address[1]}: {exc}") from exc
    raise NotRunning(f"{path} of {address[0]}:{address[1]} answers {status}")


def send_request(
    address: tuple[str, int],
    method: str,
    path: str,
    body: object = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, bytes]:
    """Status and body of a call with a JSON body, if any. Raises NotRunning."""
    content = None if body is None else json.dumps(body).encode()
    headers = {} if content is None else {"Content-Type": "application/json"}
    connection = http.client.HTTPConnection(*address, timeout=timeout_s)
    try:
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as exc:
        raise NotRunning(f"{address[0]}:{address[1]} does not answer: {exc}") from exc
    finally:
        connection.close()
