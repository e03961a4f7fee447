"""HTTP clients at addresses of the twin's cities, and a stream of requests."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

FRANKFURT = "127.210.1.1"
PORTLAND = "127.210.7.1"
TIMEOUT_S = 10.0

NO_HEADERS: Mapping[str, str] = {}


def request_headers(body: str | None, more: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request; a body is JSON."""
    return {**({} if body is None else {"Content-Type": "application/json"}), **more}


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def region(self) -> str:
        """The Region that answered."""
        return self.headers.get("X-Served-Region", "")

    def header(self, name: str) -> str:
        """A header's text; empty if there is none. API Gateway writes some names in lower case."""
        found = (text for known, text in self.headers.items() if known.lower() == name.lower())
        return next(found, "")

    @property
    def data(self) -> Any:  # noqa: ANN401 - JSON
        """The body's JSON."""
        return json.loads(self.body)


class HttpConnection:
    """A TCP connection that is kept alive; opened by the first request."""

    def __init__(
        self, address: str, port: int, source: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        self._http = http.client.HTTPConnection(
            address, port, timeout=timeout_s, source_address=(source, 0) if source else None
        )

    def request(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> HttpAnswer:
        """Raises OSError, http.client.HTTPException."""
        self._http.request(method, path, body=body, headers=request_headers(body, headers))
        response = self._http.getresponse()
        return HttpAnswer(response.status, dict(response.getheaders()), response.read())

    def get(self, path: str) -> HttpAnswer:
        return self.request("GET", path)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass
class RequestStream:
    """A thread that calls `send` with 0, 1, 2, ... and counts its return values.

    An OSError or an HTTP error counts as "failed".
    """

    send: Callable[[int], str]
    counts: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    limit: int = 20_000

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def _run(self) -> None:
        for number in range(self.limit):
            if self._stop.wait(0.005):
                return
            try:
                self.counts[self.send(number)] += 1
            except (OSError, http.client.HTTPException):
                self.counts["failed"] += 1
