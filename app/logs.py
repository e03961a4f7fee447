"""The function's log: one JSON document a line, each with time, Region and request id.

Lambda filters lines by `level`, and takes their time from `timestamp`:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import json
import time
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from app.clock import Clock

Level = Literal["INFO", "WARNING", "ERROR"]


class RequestLog:
    """Writes the lines of the current request; an execution environment has one at a time."""

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        region: str,
        clock: Clock,
        sample_percent: int = 100,
    ) -> None:
        """`write` gets one whole line with its line break.

        `sample_percent`: of the answers below 400, how many get their line.
        """
        self._write = write
        self._sample_percent = sample_percent
        self._region = region
        self._clock = clock
        self._request_id = ""

    def begin(self, request_id: str) -> None:
        """Start the lines of this request."""
        self._request_id = request_id

    def answered(self, status: int, **fields: str | float | None) -> None:
        """Write the line of an answer: of each error, and of the sample."""
        if status >= 400 or is_sampled(self._request_id, self._sample_percent):
            self.line("INFO", "answered", status=status, **fields)

    def line(self, level: Level, message: str, **fields: str | float | None) -> None:
        """Write a line; fields that are None are left out."""
        now = self._clock.now()
        record: dict[str, str | float] = {
            "timestamp": f"{_format_second(int(now))}.{int(now % 1 * 1000):03d}Z",
            "level": level,
            "message": message,
            "region": self._region,
            "request_id": self._request_id,
            **{name: value for name, value in fields.items() if value is not None},
        }
        self._write(json.dumps(record) + "\n")


def is_sampled(request_id: str, percent: int) -> bool:
    """Whether a request is in the sample; the same one always is, or never."""
    return zlib.crc32(request_id.encode()) % 100 < percent


@lru_cache(maxsize=1)
def _format_second(epoch_s: int) -> str:
    """Kept, since a line has one or two others in its second, and this is half of a line's work."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))
