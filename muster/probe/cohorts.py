"""The three cohorts of probe traffic: each turns a slot of the schedule into a sample.

Decides what is sent on which connection, and which outcome a request has. Time-outs bound every
request; `probe` raises nothing but cancellation.

The write-read cohort sends writes and reads in a fixed order from each vantage point. Of three
requests one is a write, one reads the item that was acknowledged last (READ_SOON), and one reads an
item that was acknowledged `read_later_s` ago (READ_LATER). A read without an item becomes a write,
so that the rate never falls. Pure: time and outcomes are arguments.

When READ_LATER misses an item, the Region that answers now lacks a write that another Region has
acknowledged. Every n-th such item is written again: once the first Region is back, its older write
must lose against the later one, and the run shows whether it does.
"""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from common.clock import Clock
from muster.measure.quality import LATE_S
from muster.measure.samples import Cohort, RequestKind, RequestOutcome, Sample
from muster.probe.connection import (
    BadResponse,
    HttpRequest,
    ProbeConnection,
    ProbeResponse,
    TimedResponse,
    classify_socket_error,
    open_connection,
)
from muster.probe.plan import ProbePlan, ProbeTarget, VantagePoint, item_prefix
from muster.probe.schedule import Slot

MAX_WAITING = 10_000
"""Items queued for a read; beyond that the oldest are not read, but their writes are recorded."""
READ_SOON_WITHIN_S = 1.0
"""An item acknowledged longer ago is not read by READ_SOON."""


@dataclass(frozen=True, slots=True)
class ItemRequest:
    step: RequestKind
    item: str


class WriteSequence:
    """The sequence of one vantage point."""

    def __init__(self, prefix: str, *, read_later_s: float, rewrite_every: int) -> None:
        """Item ids are the prefix and a number, from 1."""
        self._prefix = prefix
        self._read_later_s = read_later_s
        self._rewrite_every = rewrite_every
        self._written = 0
        self._missed = 0
        self._read_soon: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._read_later: deque[tuple[float, str]] = deque(maxlen=MAX_WAITING)
        self._rewrites: deque[str] = deque(maxlen=MAX_WAITING)

    def next(self, turn: int, now_s: float) -> ItemRequest:
        """The request of this turn; turns count up from 0."""
        if turn % 3 == 1 and (item := self._take_read_soon(now_s)) is not None:
            return ItemRequest(RequestKind.READ_SOON, item)
        if turn % 3 == 2 and self._read_later and self._read_later[0][0] <= now_s:
            return ItemRequest(RequestKind.READ_LATER, self._read_later.popleft()[1])
        if self._rewrites:
            return ItemRequest(RequestKind.REWRITE, self._rewrites.popleft())
        self._written += 1
        return ItemRequest(RequestKind.WRITE, f"{self._prefix}{self._written:06d}")

    def acknowledged(self, request: ItemRequest, now_s: float) -> None:
        """Queue a write's item for its reads; the item of a rewrite is not read again."""
        if request.step is RequestKind.WRITE:
            self._read_soon.append((now_s, request.item))
            self._read_later.append((now_s + self._read_later_s, request.item))

    def missed(self, request: ItemRequest) -> None:
        """A read did not find its item: perhaps queue it for a rewrite."""
        if request.step is RequestKind.READ_LATER and self._rewrite_every:
            self._missed += 1
            if self._missed % self._rewrite_every == 0:
                self._rewrites.append(request.item)

    def _take_read_soon(self, now_s: float) -> str | None:
        while self._read_soon:
            acknowledged_s, item = self._read_soon.popleft()
            if now_s - acknowledged_s <= READ_SOON_WITHIN_S:
                return item
        return None


READ_STEPS = frozenset({RequestKind.READ_SOON, RequestKind.READ_LATER})
STALLED_AFTER_S = 0.1
"""A time-out that fires this much late means that the prober itself was not running."""


class CohortProber(Protocol):
    """One cohort's way to send the requests of the schedule."""

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Send the slot's request and wait for its outcome."""
        ...

    def close(self) -> None:
        """Drop all kept connections."""
        ...


@dataclass(slots=True)
class RequestAttempt:
    """One request under way: what is known of it so far."""

    slot: Slot
    scheduled_s: float
    sent_s: float
    step: RequestKind = RequestKind.GET
    item: str | None = None
    place: int | None = None
    connection: ProbeConnection | None = None
    timed: TimedResponse | None = None

    @property
    def is_late(self) -> bool:
        return self.sent_s - self.scheduled_s > LATE_S

    def sample(self, outcome: RequestOutcome, now_s: float) -> Sample:
        timed, connection = self.timed, self.connection
        response = timed.response if timed else None
        return Sample(
            seq=self.slot.seq,
            cohort=self.slot.cohort,
            step=self.step,
            vantage=self.slot.vantage.name,
            target=self.slot.target.ip,
            scheduled_s=self.scheduled_s,
            sent_s=None if outcome in (RequestOutcome.BUSY, RequestOutcome.LOST) else self.sent_s,
            connected_s=connection.opened_s if connection else None,
            connection=connection.number if connection else None,
            place=self.place,
            first_byte_s=timed.first_byte_s if timed else None,
            finished_s=timed.finished_s if timed else now_s,
            outcome=outcome,
            status=response.status if response else None,
            region=response.region if response else None,
            received=response.received if response else 0,
            item=self.item,
        )


@dataclass(slots=True)
class RequestSender:
    """Connects, sends and classifies; shared by the cohorts of a run."""

    plan: ProbePlan
    clock: Clock
    tls: ssl.SSLContext | None
    _numbers: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def get_requests(self, *, keep: bool) -> dict[ProbeTarget, HttpRequest]:
        """The GET of the plan's path, for each target."""
        return {
            target: HttpRequest.make("GET", self.plan.path, host=self.host(target), keep=keep)
            for target in self.plan.targets
        }

    def host(self, target: ProbeTarget) -> str:
        if self.plan.host is not None:
            return self.plan.host
        ip = f"[{target.ip}]" if ":" in target.ip else target.ip
        standard = 443 if self.plan.tls else 80
        return ip if target.port == standard else f"{ip}:{target.port}"

    async def send(self, attempt: RequestAttempt, request: HttpRequest) -> RequestOutcome:
        """Connect unless the attempt has a connection, send, and classify the response.

        Both time-outs bound it. The connection and the response are left in the attempt.
        """
        started_s = attempt.sent_s
        try:
            if attempt.connection is None:
                async with asyncio.timeout(self._left_s(started_s, self.plan.connect_timeout_s)):
                    attempt.connection = await self._connect(attempt.slot)
            async with asyncio.timeout(self._left_s(started_s, self.plan.total_timeout_s)):
                attempt.timed = await attempt.connection.send(request)
        except TimeoutError:
            return self._timed_out(attempt)
        except OSError as exc:
            return classify_socket_error(exc)
        except BadResponse:
            return RequestOutcome.BAD_ANSWER
        return classify_response(attempt.timed.response, attempt.step)

    def _timed_out(self, attempt: RequestAttempt) -> RequestOutcome:
        connected = attempt.connection is not None
        timeout_s = self.plan.total_timeout_s if connected else self.plan.connect_timeout_s
        if self._left_s(attempt.sent_s, timeout_s) < -STALLED_AFTER_S:
            return RequestOutcome.LOST  # the response may lie in the socket, unread
        return RequestOutcome.ANSWER_TIMEOUT if connected else RequestOutcome.CONNECT_TIMEOUT

    async def _connect(self, slot: Slot) -> ProbeConnection:
        connection = ProbeConnection(self.clock, self._numbers())
        name = self.plan.host.partition(":")[0] if self.plan.host else None
        await open_connection(connection, slot.vantage, slot.target, tls=self.tls, server_name=name)
        return connection

    def _left_s(self, started_s: float, timeout_s: float) -> float:
        return started_s + timeout_s - self.clock.monotonic()


def classify_response(response: ProbeResponse, step: RequestKind) -> RequestOutcome:
    """The outcome of a request that got a complete response."""
    if 200 <= response.status <= 299:
        return RequestOutcome.OK if response.region is not None else RequestOutcome.BAD_ANSWER
    if response.status == 404 and step in READ_STEPS and response.region is not None:
        return RequestOutcome.ABSENT
    return RequestOutcome.STATUS


class NewConnections:
    """A new connection for each request."""

    def __init__(self, sender: RequestSender) -> None:
        self._sender = sender
        self._requests = sender.get_requests(keep=False)

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        attempt = RequestAttempt(slot, scheduled_s, self._sender.clock.monotonic())
        try:
            outcome = await self._sender.send(attempt, self._requests[slot.target])
            return attempt.sample(outcome, self._sender.clock.monotonic())
        finally:
            if attempt.connection is not None:
                attempt.connection.close()

    def close(self) -> None:
        """Nothing is kept."""


@dataclass(slots=True)
class _Place:
    """A place for one kept connection."""

    number: int
    connection: ProbeConnection | None = None
    waiting: RequestAttempt | None = None
    """The request under way on the connection."""


class KeptConnections:
    """Connections kept open as long as they live; a place whose connection is lost reconnects."""

    def __init__(self, sender: RequestSender) -> None:
        """Connects nothing yet: a place connects when its first request comes due."""
        self._sender = sender
        plan, numbers = sender.plan, count()
        self._places = {
            (vantage, target): [_Place(next(numbers)) for _ in range(plan.kept_connections)]
            for vantage in plan.vantages
            for target in plan.targets
        }
        self._requests = sender.get_requests(keep=True)

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Send on the connection whose turn it is; BUSY if its last request is still under way.

        When the prober was late with either request, the two came due apart but are sent together.
        The connection is not to blame then, and the request is LOST.
        """
        places = self._places[slot.vantage, slot.target]
        place = places[slot.turn // len(self._sender.plan.targets) % len(places)]
        now_s = self._sender.clock.monotonic()
        attempt = RequestAttempt(slot, scheduled_s, now_s, place=place.number)
        if place.waiting is not None:
            attempt.connection = place.connection
            prober_was_late = attempt.is_late or place.waiting.is_late
            outcome = RequestOutcome.LOST if prober_was_late else RequestOutcome.BUSY
            return attempt.sample(outcome, now_s)
        place.waiting = attempt
        try:
            return await self._send(place, attempt)
        finally:
            place.waiting = None

    async def _send(self, place: _Place, attempt: RequestAttempt) -> Sample:
        if place.connection is not None and not place.connection.closed:
            attempt.connection = place.connection
        try:
            outcome = await self._sender.send(attempt, self._requests[attempt.slot.target])
        finally:
            reusable = attempt.timed is not None and attempt.timed.response.reusable
            if attempt.connection is not None and not reusable:
                attempt.connection.close()
            place.connection = attempt.connection if reusable else None
        return attempt.sample(outcome, self._sender.clock.monotonic())

    def close(self) -> None:
        for places in self._places.values():
            for place in places:
                if place.connection is not None:
                    place.connection.close()


class WritesAndReads:
    """Numbered writes and reads of them, each on a new connection."""

    def __init__(self, sender: RequestSender) -> None:
        """Every vantage point has a write sequence of its own."""
        plan = sender.plan
        self._sender = sender
        self._sequences: dict[VantagePoint, WriteSequence] = {
            vantage: WriteSequence(
                item_prefix(plan, vantage),
                read_later_s=plan.read_later_s,
                rewrite_every=plan.rewrite_every,
            )
            for vantage in plan.vantages
        }

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Send the next request of the sequence, and report its outcome to the sequence."""
        clock = self._sender.clock
        sent_s = clock.monotonic()
        sequence = self._sequences[slot.vantage]
        wanted = sequence.next(slot.turn, sent_s)
        attempt = RequestAttempt(slot, scheduled_s, sent_s, step=wanted.step, item=wanted.item)
        try:
            outcome = await self._sender.send(attempt, self._request(wanted, slot.target))
        finally:
            if attempt.connection is not None:
                attempt.connection.close()
        sample = attempt.sample(outcome, clock.monotonic())
        if outcome is RequestOutcome.OK:
            sequence.acknowledged(wanted, sample.finished_s)
        elif outcome is RequestOutcome.ABSENT:
            sequence.missed(wanted)
        return sample

    def close(self) -> None:
        """Nothing is kept."""

    def _request(self, wanted: ItemRequest, target: ProbeTarget) -> HttpRequest:
        host = self._sender.host(target)
        if wanted.step in READ_STEPS:
            return HttpRequest.make("GET", f"/get/{wanted.item}", host=host, keep=False)
        body = json.dumps({"item_id": wanted.item}).encode()
        return HttpRequest.make("POST", "/create", host=host, keep=False, body=body)


COHORTS: dict[Cohort, Callable[[RequestSender], CohortProber]] = {
    Cohort.NEW: NewConnections,
    Cohort.KEEPALIVE: KeptConnections,
    Cohort.WRITE_READ: WritesAndReads,
}
