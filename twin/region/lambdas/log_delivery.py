"""What functions write, until control takes it for CloudWatch Logs.

One entry has the output of one invocation, or what a process printed between two of them; control
splits it into lines. Entries wait in memory of bounded size, and go with the Region's process.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from twin.internal_api.schemas import LogEntry

MAX_WAITING_BYTES = 4_000_000
"""While control is away; beyond it the oldest output is dropped."""


class OutputLog(Protocol):
    """Where the output of a function goes."""

    def append(self, text: bytes) -> None:
        """Add whole lines."""
        ...


class LogDelivery:
    """The output of a Region's functions since control took it last."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` in seconds since 1970."""
        self._now = now
        self._waiting: deque[LogEntry] = deque()
        self._bytes = 0

    def add(self, function: str, group: str, stream: str, text: bytes) -> None:
        """Add the output of one process of a function; its end, where it is too much."""
        message = text[-MAX_WAITING_BYTES:].decode("utf-8", "replace")
        at_ms = int(self._now() * 1000)
        self._waiting.append(
            LogEntry(group=group, stream=stream, at_ms=at_ms, message=message, function=function)
        )
        self._bytes += len(message)
        while self._bytes > MAX_WAITING_BYTES:
            self._bytes -= len(self._waiting.popleft().message)

    def take(self) -> tuple[LogEntry, ...]:
        """The entries since the last call."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentLog:
    """The log of one execution environment: the function's file, and CloudWatch Logs."""

    file: OutputLog
    delivery: LogDelivery
    function: str
    group: str
    stream: str

    def append(self, text: bytes) -> None:
        """Add whole lines."""
        if text:
            self.file.append(text)
            self.delivery.add(self.function, self.group, self.stream, text)
