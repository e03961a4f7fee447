"""CloudWatch Logs with what the data planes write; moto parses requests and pages through events.

Access logs are data, not configuration, as metrics are: they are kept beside moto's own state, and
are lost when control restarts. A reading call sees a group with its own streams and with those that
were delivered; a group that is deleted and made again begins without them.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from moto.logs import models
from moto.logs.models import LogEvent, LogGroup, LogStream

from twin.internal_api.schemas import LogEntry
from twin.moto.patches.patching import replace_method

MAX_ENTRIES = 10_000
"""Kept of each group; beyond it the oldest ones are dropped."""
_FIRST_ID = 10**15
"""Of delivered events: moto numbers its own from 0."""

_GroupKey = tuple[str, str, datetime]
"""Region, name, and time of creation."""


class DeliveredLogs:
    """What was delivered to the log groups of one account."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._entries: dict[_GroupKey, deque[tuple[int, LogEntry]]] = {}
        """(Number, entry), in the order of their delivery."""
        self._numbers = count(_FIRST_ID)

    def deliver(self, region: str, entries: Iterable[LogEntry]) -> None:
        """Add entries to the groups that exist; the others are dropped."""
        groups: dict[str, LogGroup] = models.logs_backends[self._account][region].groups
        for entry in entries:
            group = groups.get(entry.group)
            if group is not None:
                kept = self._entries.setdefault(_key(group), deque(maxlen=MAX_ENTRIES))
                kept.append((next(self._numbers), entry))

    @contextmanager
    def visible_in(self, group: LogGroup) -> Iterator[None]:
        """Let moto find what was delivered to a group."""
        entries = self._entries.get(_key(group), ())
        own = group.streams
        group.streams = {**own}
        for number, entry in entries:
            stream = group.streams.get(entry.stream)
            if stream is None or stream is own.get(entry.stream):
                stream = group.streams[entry.stream] = _copy_stream(group, entry, stream)
            _add_event(stream, number, entry)
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


def _add_event(stream: LogStream, number: int, entry: LogEntry) -> None:
    event = object.__new__(LogEvent)
    event.__dict__.update(
        ingestion_time=entry.at_ms, timestamp=entry.at_ms, message=entry.message, event_id=number
    )
    stream.events.append(event)
    stream.stored_bytes += len(entry.message)


def patch_logs(delivered: DeliveredLogs) -> None:
    """Let reading calls see what was delivered."""

    def make(original: Any) -> Any:
        def read(self: LogGroup, *args: Any, **kwargs: Any) -> Any:
            with delivered.visible_in(self):
                return original(self, *args, **kwargs)

        return read

    for name in ("describe_log_streams", "filter_log_events", "get_log_events", "to_describe_dict"):
        replace_method(LogGroup, name, make)
