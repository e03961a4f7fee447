"""CloudWatch Logs with what the data planes write; moto parses requests and pages through events.

Access logs and the output of functions are data, not configuration, as metrics are: they are kept
beside moto's own state, in memory of bounded size, and are lost when control restarts. A reading
call sees a group with its own streams and with those that were delivered; a group that is deleted
and made again begins without them. Of what clients put as much is kept, in moto's state.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.core.utils import unix_time_millis, utcnow
from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream

from twin.core.cloudwatch.log_events import (
    RETENTION_DAYS,
    choose_events,
    find_batch_problem,
    find_span_problem,
)
from twin.internal_api.schemas import LogEntry
from twin.moto.log_filter_patterns import FilterPattern, check_filter_pattern
from twin.moto.patches.patching import replace_method, set_attribute

MAX_EVENTS = 10_000
"""Kept of each group; the oldest ones are dropped, so that a reading call takes no second."""
MAX_GROUP_BYTES = 10_000_000
"""The same, of the events' texts."""
MAX_EVENT_BYTES = 256 * 1024
"""Of one line; the rest is cut off.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""
_FIRST_ID = 10**15
"""Of delivered events: moto numbers its own from 0."""

_GroupKey = tuple[str, str, datetime]
"""Region, name, and time of creation."""


@dataclass(slots=True)
class _Delivered:
    """The entries of one group, in the order of their delivery, each with its first event's id."""

    entries: deque[tuple[int, LogEntry]] = field(default_factory=deque)
    bytes: int = 0
    events: int = 0

    def add(self, number: int, entry: LogEntry) -> None:
        self.entries.append((number, entry))
        self.bytes += len(entry.message)
        self.events += _count_events(entry)
        while self.bytes > MAX_GROUP_BYTES or self.events > MAX_EVENTS:
            _, oldest = self.entries.popleft()
            self.bytes -= len(oldest.message)
            self.events -= _count_events(oldest)


class DeliveredLogs:
    """What was delivered to the log groups of one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._delivered: dict[_GroupKey, _Delivered] = {}
        self._next_id = _FIRST_ID

    def deliver(self, region: str, entries: Iterable[LogEntry]) -> None:
        """Add entries to the groups that exist; the others are dropped."""
        groups: dict[str, LogGroup] = models.logs_backends[self._account][region].groups
        self._forget_deleted(region, groups)
        for entry in entries:
            group = groups.get(entry.group)
            if group is not None:
                kept = _last_events(entry)
                self._delivered.setdefault(_key(group), _Delivered()).add(self._next_id, kept)
                self._next_id += _count_events(kept)

    def _forget_deleted(self, region: str, groups: dict[str, LogGroup]) -> None:
        current = {_key(group) for group in groups.values()}
        for key in [key for key in self._delivered if key[0] == region and key not in current]:
            del self._delivered[key]

    def has_group(self, region: str, name: str) -> bool:
        """Whether a log group exists."""
        return name in models.logs_backends[self._account][region].groups

    @contextmanager
    def visible_in(self, group: LogGroup) -> Iterator[None]:
        """Let moto find what was delivered to a group."""
        delivered = self._delivered.get(_key(group), _Delivered())
        own = group.streams
        group.streams = {**own}
        for number, entry in delivered.entries:
            stream = group.streams.get(entry.stream)
            if stream is None or stream is own.get(entry.stream):
                stream = group.streams[entry.stream] = _copy_stream(group, entry, stream)
            for offset, message in enumerate(_split_message(entry)):
                _add_event(stream, number + offset, entry.at_ms, message)
        try:
            yield
        finally:
            group.streams = own


def _key(group: LogGroup) -> _GroupKey:
    return group.region, group.name, group.creation_time


def _copy_stream(group: LogGroup, first: LogEntry, own: LogStream | None) -> LogStream:
    """A stream outside of moto's state: constructors would count and keep it."""
    stream = object.__new__(LogStream)
    if own is not None:
        stream.__dict__.update(own.__dict__)
        stream.events = list(own.events)
        return stream
    at = datetime.fromtimestamp(first.at_ms / 1000, UTC).replace(tzinfo=None)
    stream.__dict__.update(
        account_id=group.account_id,
        region=group.region,
        log_group=group,
        arn=f"{group.arn}:log-stream:{first.stream}",
        creation_time=at,
        first_event_timestamp=None,
        last_event_timestamp=None,
        last_ingestion_time=at,
        log_stream_name=first.stream,
        stored_bytes=0,
        upload_sequence_token=0,
        events=[],
    )
    return stream


def _count_events(entry: LogEntry) -> int:
    return 1 + entry.message.count("\n") if entry.function else 1


def _last_events(entry: LogEntry) -> LogEntry:
    """The entry with no more of its last lines than are kept."""
    if _count_events(entry) <= MAX_EVENTS:
        return entry
    lines = entry.message.rsplit("\n", MAX_EVENTS - 1)[1:]
    return replace(entry, message="\n".join(lines))


def _split_message(entry: LogEntry) -> list[str]:
    """The events of an entry: of a function's output each line is one."""
    if not entry.function:
        return [entry.message]
    lines = entry.message.split("\n")
    last = lines.pop()
    return [f"{line[:MAX_EVENT_BYTES]}\n" for line in lines] + ([last] if last else [])


def _add_event(stream: LogStream, number: int, at_ms: int, message: str) -> None:
    event = object.__new__(LogEvent)
    event.__dict__.update(ingestion_time=at_ms, timestamp=at_ms, message=message, event_id=number)
    stream.events.append(event)
    stream.stored_bytes += len(message)


def patch_logs(delivered: DeliveredLogs) -> None:
    """Let reading calls see what was delivered, and evaluate their filter patterns.

    moto lets a pattern that it does not know match every event, takes any number of days, and names
    the first events that it has taken as those that were too old.
    """
    set_attribute(models, "EventMessageFilter", _parse_pattern)
    replace_method(LogsBackend, "filter_log_events", _check_pattern)
    replace_method(LogsBackend, "put_log_events", _put_log_events)
    replace_method(LogsBackend, "put_retention_policy", _put_retention_policy)

    def make(original: Any) -> Any:
        def read(self: LogGroup, *args: Any, **kwargs: Any) -> Any:
            with delivered.visible_in(self):
                return original(self, *args, **kwargs)

        return read

    for name in ("describe_log_streams", "filter_log_events", "get_log_events", "to_describe_dict"):
        replace_method(LogGroup, name, make)


@lru_cache(maxsize=64)
def _parse_pattern(pattern: str | None) -> FilterPattern:
    """moto parses the pattern again for each event."""
    return FilterPattern(pattern or "")


def _check_pattern(original: Any) -> Any:
    """Refuse a pattern whatever the group has."""

    def filter_log_events(self: Any, *args: Any, **kwargs: Any) -> Any:
        pattern = kwargs["filter_pattern"] if "filter_pattern" in kwargs else args[6]
        check_filter_pattern(pattern or "", InvalidParameterException)
        return original(self, *args, **kwargs)

    return filter_log_events


def _put_log_events(_original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""

    def put_log_events(
        self: Any, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> tuple[str, dict[str, int]]:
        group = self.groups.get(log_group_name)
        if group is None:
            raise ResourceNotFoundException()
        times = [event["timestamp"] for event in log_events]
        _refuse(find_batch_problem(times, sum(len(e["message"].encode()) for e in log_events)))
        days = group.retention_in_days
        taken = choose_events(
            times, int(unix_time_millis(utcnow())), None if not days else int(days)
        )
        part = slice(taken.first, taken.end)
        _refuse(find_span_problem(times[part]))
        token: str = group.put_log_events(log_stream_name, log_events[part])
        forget_oldest(group)
        return token, taken.rejected_info()

    return put_log_events


def forget_oldest(group: LogGroup, events: int = MAX_EVENTS, size: int = MAX_GROUP_BYTES) -> None:
    """Drop the events that came first, until no more are left than are kept of a group."""
    streams = group.streams.values()
    held = sum(len(stream.events) for stream in streams)
    held_bytes = sum(stream.stored_bytes for stream in streams)
    if held <= events and held_bytes <= size:
        return
    arrived = [(event.ingestion_time, stream) for stream in streams for event in stream.events]
    for _, stream in sorted(arrived, key=lambda entry: entry[0]):
        if held <= events and held_bytes <= size:
            return
        oldest = len(stream.events.pop(0).message)
        stream.stored_bytes -= oldest
        held, held_bytes = held - 1, held_bytes - oldest


def _put_retention_policy(original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

    def put_retention_policy(self: Any, log_group_name: str, retention_in_days: int) -> None:
        if retention_in_days not in RETENTION_DAYS:
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: {sorted(RETENTION_DAYS)}",
                parameter="retentionInDays",
                value=retention_in_days,
            )
        original(self, log_group_name, retention_in_days)

    return put_retention_policy


def _refuse(problem: str) -> None:
    if problem:
        raise InvalidParameterException(problem)
