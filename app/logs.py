"""The function's log: one JSON document a line, each with time, Region and request id."""

import json
import time
from collections.abc import Callable
from typing import Literal

from app.clock import Clock

Level = Literal["INFO", "WARNING", "ERROR"]


class RequestLog:
    """Writes the lines of the current request; an execution environment has one at a time."""

    def __init__(self, write: Callable[[str], object], *, region: str, clock: Clock) -> None:
        """`write` gets one whole line with its line break."""
        self._write = write
        self._region = region
        self._clock = clock
        self._request_id = ""

    def begin(self, request_id: str) -> None:
        """Start the lines of this request."""
        self._request_id = request_id

    def line(self, level: Level, message: str, **fields: str | float | None) -> None:
        """Write a line; fields that are None are left out."""
        now = self._clock.now()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        record: dict[str, str | float] = {
            "time": f"{stamp}.{int(now % 1 * 1000):03d}Z",
            "level": level,
            "message": message,
            "region": self._region,
            "request_id": self._request_id,
        }
        record.update((name, value) for name, value in fields.items() if value is not None)
        self._write(json.dumps(record) + "\n")
