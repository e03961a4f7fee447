"""HTTP clients of the tests: where they come from, and a steady stream of requests."""

import http.client
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

FRANKFURT = "127.210.1.1"
PORTLAND = "127.210.7.1"
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def region(self) -> str:
        """Which Region answered."""
        return self.headers.get("X-Served-Region", "")


class HttpConnection:
    """One TCP connection, kept alive."""

    def __init__(
        self, address: str, port: int, source: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        """Not connected before the first request."""
        self._http = http.client.HTTPConnection(
            address, port, timeout=timeout_s, source_address=(source, 0) if source else None
        )

    def request(self, method: str, path: str, body: str | None = None) -> HttpAnswer:
        """Send a request; OSError or http.client.HTTPException when it fails."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._http.request(method, path, body=body, headers=headers)
        response = self._http.getresponse()
        return HttpAnswer(response.status, dict(response.getheaders()), response.read())

    def get(self, path: str) -> HttpAnswer:
        """GET."""
        return self.request("GET", path)

    def close(self) -> None:
        """Close it."""
        self._http.close()

    def __enter__(self) -> Self:
        """Close it at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


@dataclass
class RequestStream:
    """A thread that calls `once` again and again, and counts what it returns.

    `once` returns a word for what happened; an OSError or an HTTP error counts as "failed".
    """

    once: Callable[[int], str]
    counts: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    limit: int = 20_000

    def __enter__(self) -> Self:
        """Start."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and wait for the last call."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def _run(self) -> None:
        for number in range(self.limit):
            if self._stop.wait(0.005):
                return
            try:
                self.counts[self.once(number)] += 1
            except (OSError, http.client.HTTPException):
                self.counts["failed"] += 1
