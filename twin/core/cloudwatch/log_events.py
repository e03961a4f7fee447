"""Which events CloudWatch Logs takes, and for how long a group may keep them.

A batch is in chronological order, so that the events that are too old are at its beginning, and
those that are too new at its end; the others are taken.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922}
    | {3288, 3653}
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
MAX_BATCH_BYTES = 1_048_576
EVENT_BYTES = 26
"""Of each event, beside its message."""
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MAX_AGE_MS, MAX_FUTURE_MS = 14 * DAY_MS, 2 * HOUR_MS
MAX_SPAN_MS = DAY_MS
"""Of the events of a batch that are neither too old nor too new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenEvents:
    """Which part of a batch is taken: `[first, end)`. What is before is too old, or has expired."""

    too_old: int
    """Number of events that are older than 14 days."""
    first: int
    end: int
    count: int
    """Of the batch."""

    def rejected_info(self) -> dict[str, int]:
        """`tooOldLogEventEndIndex` and `expiredLogEventEndIndex` are exclusive.

        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html
        """
        info: dict[str, int] = {}
        if self.too_old:
            info["tooOldLogEventEndIndex"] = self.too_old
        if self.first > self.too_old:
            info["expiredLogEventEndIndex"] = self.first
        if self.end < self.count:
            info["tooNewLogEventStartIndex"] = self.end
        return info


def find_batch_problem(timestamps_ms: Sequence[int], message_bytes: int) -> str:
    """Why a whole batch is refused; empty if it is not."""
    size = message_bytes + EVENT_BYTES * len(timestamps_ms)
    if size > MAX_BATCH_BYTES:
        return f"Upload too large: {size} bytes exceeds limit of {MAX_BATCH_BYTES}"
    if list(timestamps_ms) != sorted(timestamps_ms):
        return "Log events in a single PutLogEvents request must be in chronological order."
    return ""


def choose_events(
    timestamps_ms: Sequence[int], now_ms: int, retention_days: int | None
) -> TakenEvents:
    """The events to take of a batch in chronological order."""
    too_old = sum(at < now_ms - MAX_AGE_MS for at in timestamps_ms)
    expired = 0
    if retention_days is not None:
        expired = sum(at < now_ms - retention_days * DAY_MS for at in timestamps_ms)
    end = sum(at <= now_ms + MAX_FUTURE_MS for at in timestamps_ms)
    return TakenEvents(
        too_old=too_old, first=max(too_old, expired), end=end, count=len(timestamps_ms)
    )


def find_span_problem(taken_ms: Sequence[int]) -> str:
    """Why events can't be taken together; empty if they can."""
    if taken_ms and taken_ms[-1] - taken_ms[0] > MAX_SPAN_MS:
        return (
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )
    return ""
