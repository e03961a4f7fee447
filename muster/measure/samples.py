"""The probes' records as values: a Sample for each request, a Sighting for each table reading.

All times are seconds on one monotonic clock. A request belongs to the moment at which it was
*scheduled*, even if it was sent later: so an outage that delays requests can't hide them.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import msgspec

from muster.model import FrontDoor

Count = Annotated[int, msgspec.Meta(ge=0)]
"""A number of things."""


class Cohort(StrEnum):
    """Kinds of probe traffic, measured apart. Those of the DNS door behave as kinds of clients."""

    NEW = "new"
    """A new connection for each request."""
    KEEPALIVE = "keepalive"
    """Connections that are kept as long as they live."""
    WRITE_READ = "write-read"
    """Numbered writes, and readings of them; a new connection for each."""
    DNS_TTL = "dns-ttl"
    """A client that asks its resolver for each new connection, such as curl or Python."""
    DNS_CHROME = "dns-chrome"
    """A client that keeps an address for 60 s, as Chrome and Edge do."""
    DNS_FIREFOX = "dns-firefox"
    """A client that keeps an address for 120 s, as Firefox does."""
    DNS_JVM = "dns-jvm"
    """A client that never asks again, as a JVM with a security manager."""
    DNS_POOL = "dns-pool"
    """An SDK's kept connections: it asks its resolver only to connect again."""

    @property
    def door(self) -> FrontDoor:
        return "dns" if self in CACHE_TIMES_S else "accelerator"


CACHE_TIMES_S: Mapping[Cohort, float] = {
    Cohort.DNS_TTL: 0.0,
    Cohort.DNS_CHROME: 60.0,
    Cohort.DNS_FIREFOX: 120.0,
    Cohort.DNS_JVM: math.inf,
    Cohort.DNS_POOL: 0.0,
}
"""How long the clients of the DNS door keep an address of their own, beside their resolver.

https://textslashplain.com/2022/03/31/chromiums-dns-cache/ has Chrome's figure."""
LONGEST_CACHE_S = 120.0
"""The longest time that a client which moves at all keeps an address."""
NEW_OF_DOOR: Mapping[FrontDoor, Cohort] = {
    "accelerator": Cohort.NEW,
    "dns": Cohort.DNS_TTL,
}
"""The cohort of each door that makes a connection for each request and keeps no address."""
KEPT_OF_DOOR: Mapping[FrontDoor, Cohort] = {
    "accelerator": Cohort.KEEPALIVE,
    "dns": Cohort.DNS_POOL,
}
"""The cohort of each door that keeps its connections."""


class RequestKind(StrEnum):
    """The purpose of a request."""

    GET = "get"
    WRITE = "write"
    """The first write of an item."""
    REWRITE = "rewrite"
    """A second write of an item, after a reading that did not find it."""
    READ_SOON = "read-soon"
    """A reading of an item right after its acknowledgement."""
    READ_LATER = "read-later"
    """A reading of an item some seconds after its acknowledgement."""


class RequestOutcome(StrEnum):
    """How a request ended."""

    OK = "ok"
    """A complete answer with a 2xx status, naming the Region that served it."""
    ABSENT = "absent"
    """A reading found no item (404). The service worked."""
    PRESENT = "present"
    """An item that was missing had arrived when it was to be written again (409). The service
    worked."""
    STATUS = "status"
    """A complete answer with any other status."""
    REFUSED = "refused"
    """The connection was refused."""
    RESET = "reset"
    """The connection was reset, or closed before the answer was complete."""
    UNRESOLVED = "unresolved"
    """The DNS door only: the resolver gave no address."""
    UNREACHABLE = "unreachable"
    """No route, or another network error while connecting."""
    TLS = "tls"
    """The TLS handshake failed."""
    CONNECT_TIMEOUT = "connect-timeout"
    """No connection within the time-out."""
    ANSWER_TIMEOUT = "answer-timeout"
    """Connected, but no complete answer within the time-out."""
    BAD_ANSWER = "bad-answer"
    """Not HTTP, or a 2xx answer that names no Region."""
    BUSY = "busy"
    """Keep-alive only: its connection was still waiting for an earlier answer."""
    LOST = "lost"
    """The prober's own fault: too many requests open, no free port, late by more than a second, or
    its process stood still when the answer should have come. Says nothing about the service."""


GOOD_OUTCOMES = (RequestOutcome.OK, RequestOutcome.ABSENT, RequestOutcome.PRESENT)
"""Those of a service that worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One scheduled request and its outcome."""

    seq: int
    """Number in the run's schedule, from 0."""
    cohort: Cohort
    step: RequestKind = RequestKind.GET
    vantage: str
    """Name of the vantage point."""
    target: str
    """The address that was asked: the accelerator's, or the one that a name had; empty if none."""
    scheduled_s: float
    sent_s: float | None = None
    """When the prober began to connect, or wrote on a kept connection."""
    connected_s: float | None = None
    """When its connection was made: before `sent_s` on a kept connection."""
    connection: int | None = None
    """Number of its connection in the run; samples that share it shared the connection."""
    place: int | None = None
    """Kept connections only: the slot of the connection; a lost one's successor has the same."""
    first_byte_s: float | None = None
    finished_s: float
    """When its outcome was known."""
    outcome: RequestOutcome
    status: int | None = None
    """HTTP status of a complete answer."""
    region: str | None = None
    """The Region that answered, from its header X-Served-Region."""
    received: int = 0
    """Bytes of the answer, headers included."""
    item: str | None = None
    """Item id of a write or a reading of one."""

    @property
    def good(self) -> bool:
        """Whether the service worked."""
        return self.outcome in GOOD_OUTCOMES

    @property
    def counts(self) -> bool:
        """Whether it is a measurement of the service: False for what the prober lost."""
        return self.outcome is not RequestOutcome.LOST

    @property
    def failed(self) -> bool:
        """Whether the service failed it."""
        return self.counts and not self.good

    @property
    def latency_s(self) -> float | None:
        """From sending (connecting included) to the end of a good answer, else None."""
        return self.finished_s - self.sent_s if self.good and self.sent_s is not None else None

    @property
    def lateness_s(self) -> float | None:
        """How late the prober sent it; None if it was not sent."""
        return self.sent_s - self.scheduled_s if self.sent_s is not None else None


class Presence(StrEnum):
    """Result of reading an item in one Region's table."""

    PRESENT = "present"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    """The table did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One reading of one item in one Region."""

    item: str
    region: str
    asked_s: float
    answered_s: float
    presence: Presence
    writer: str | None = None
    """The Region that wrote the item as it was read; None if not known."""


def in_schedule_order(samples: Iterable[Sample]) -> list[Sample]:
    """By scheduled time, and by number where times are equal."""
    return sorted(samples, key=lambda s: (s.scheduled_s, s.seq))


def select_samples(
    samples: Iterable[Sample],
    *cohorts: Cohort,
    start_s: float | None = None,
    end_s: float | None = None,
) -> list[Sample]:
    """Samples of the cohorts (all if none is given), scheduled in [start_s, end_s)."""
    low = float("-inf") if start_s is None else start_s
    high = float("inf") if end_s is None else end_s
    wanted = frozenset(cohorts or Cohort)
    return [s for s in samples if s.cohort in wanted and low <= s.scheduled_s < high]


def group_samples(
    samples: Iterable[Sample], key: Callable[[Sample], str]
) -> dict[str, list[Sample]]:
    """Samples by key, in the order of the keys."""
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(key(sample), []).append(sample)
    return dict(sorted(groups.items()))


def longest_pause_s(moments: Iterable[float]) -> float:
    """The longest time between two successive moments; 0 for fewer than two."""
    return max((later - earlier for earlier, later in pairwise(sorted(moments))), default=0.0)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Nearest rank: the smallest value with at least `percent` % of all at or below it.

    None for no values. `percent` is above 0 and at most 100.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"percent {percent}: must be above 0 and at most 100")
    if not values:
        return None
    ordered = sorted(values)
    # Rounded first: 0.999 * 1000 must not become rank 1000 by the last bit of a float.
    rank = -int(-round(len(ordered) * percent / 100, 9) // 1)
    return ordered[max(rank, 1) - 1]
