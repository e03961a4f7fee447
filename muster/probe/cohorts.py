"""The three kinds of probe traffic: each turns a slot of the schedule into a sample.

Decides what is sent on which connection, and what the end of it is called. Time-outs bound every
request; an exception other than cancellation never leaves `probe`.
"""

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from common.clock import Clock
from muster.measure.quality import LATE_S
from muster.measure.samples import Cohort, RequestKind, RequestOutcome, Sample
from muster.probe.connection import (
    ProbeConnection,
    TimedResponse,
    classify_socket_error,
    open_connection,
)
from muster.probe.http import BadResponse, build_http_request
from muster.probe.plan import ProbePlan, ProbeTarget, VantagePoint, item_prefix
from muster.probe.schedule import Slot
from muster.probe.write_sequence import ItemRequest, WriteSequence

READ_STEPS = frozenset({RequestKind.READ_SOON, RequestKind.READ_LATER})
STALLED_AFTER_S = 0.1
"""A time-out that fires this much late means that the prober itself had stopped."""


class CohortProber(Protocol):
    """What the prober asks of a cohort."""

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Do one slot of the schedule."""
        ...

    def close(self) -> None:
        """Drop all connections that are kept."""
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
    def late(self) -> bool:
        """Whether the prober sent it late."""
        return self.sent_s - self.scheduled_s > LATE_S

    def sample(self, outcome: RequestOutcome, now_s: float) -> Sample:
        """Its sample, now that the outcome is known."""
        timed, connection = self.timed, self.connection
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
            status=timed.answer.status if timed else None,
            region=timed.answer.region if timed else None,
            received=timed.answer.received if timed else 0,
            item=self.item,
        )


@dataclass(slots=True)
class RequestSender:
    """What the cohorts share: how to connect, ask and judge."""

    plan: ProbePlan
    clock: Clock
    tls: ssl.SSLContext | None
    _numbers: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def host(self, target: ProbeTarget) -> str:
        """Host header for a target."""
        if self.plan.host is not None:
            return self.plan.host
        ip = f"[{target.ip}]" if ":" in target.ip else target.ip
        standard = 443 if self.plan.tls else 80
        return ip if target.port == standard else f"{ip}:{target.port}"

    async def exchange(self, attempt: RequestAttempt, body: bytes) -> RequestOutcome:
        """Connect if there is no connection yet, ask, judge; bounded by both time-outs."""
        started_s = attempt.sent_s
        try:
            if attempt.connection is None:
                async with asyncio.timeout(self._left(started_s, self.plan.connect_timeout_s)):
                    attempt.connection = await self._connect(attempt.slot)
            async with asyncio.timeout(self._left(started_s, self.plan.total_timeout_s)):
                attempt.timed = await attempt.connection.ask(body)
        except TimeoutError:
            return self._timed_out(attempt)
        except OSError as exc:
            return classify_socket_error(exc)
        except BadResponse:
            return RequestOutcome.BAD_ANSWER
        return classify_response(attempt.timed, attempt.step)

    def _timed_out(self, attempt: RequestAttempt) -> RequestOutcome:
        plan = self.plan
        timeout_s = plan.total_timeout_s if attempt.connection else plan.connect_timeout_s
        if self._left(attempt.sent_s, timeout_s) < -STALLED_AFTER_S:
            return RequestOutcome.LOST  # the answer may lie in the socket, unread
        return (
            RequestOutcome.ANSWER_TIMEOUT if attempt.connection else RequestOutcome.CONNECT_TIMEOUT
        )

    async def _connect(self, slot: Slot) -> ProbeConnection:
        connection = ProbeConnection(self.clock, self._numbers())
        name = self.plan.host.partition(":")[0] if self.plan.host else None
        try:
            await open_connection(
                connection, slot.vantage, slot.target, tls=self.tls, server_name=name
            )
        except BaseException:
            connection.close()
            raise
        return connection

    def _left(self, started_s: float, timeout_s: float) -> float:
        return started_s + timeout_s - self.clock.monotonic()


def classify_response(timed: TimedResponse, step: RequestKind) -> RequestOutcome:
    """What a complete answer is called."""
    status = timed.answer.status
    if 200 <= status <= 299:
        return RequestOutcome.OK if timed.answer.region is not None else RequestOutcome.BAD_ANSWER
    if status == 404 and step in READ_STEPS and timed.answer.region is not None:
        return RequestOutcome.ABSENT
    return RequestOutcome.STATUS


class NewConnections:
    """A new connection for each request."""

    def __init__(self, line: RequestSender) -> None:
        """Requests are the same for every slot, so they are made once a target."""
        self._line = line
        self._requests = {
            target: build_http_request("GET", line.plan.path, host=line.host(target), keep=False)
            for target in line.plan.targets
        }

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Connect, ask, close."""
        attempt = RequestAttempt(slot, scheduled_s, self._line.clock.monotonic())
        try:
            outcome = await self._line.exchange(attempt, self._requests[slot.target])
            return attempt.sample(outcome, self._line.clock.monotonic())
        finally:
            if attempt.connection is not None:
                attempt.connection.close()

    def close(self) -> None:
        """Nothing is kept."""


@dataclass(slots=True)
class _Place:
    """One place for a kept connection."""

    number: int
    connection: ProbeConnection | None = None
    waiting: RequestAttempt | None = None
    """The request whose answer is awaited."""


class KeptConnections:
    """Connections kept as long as they live; a place that lost its own connects anew."""

    def __init__(self, line: RequestSender) -> None:
        """Places are filled when their first request comes due."""
        self._line = line
        numbers = count()
        self._places = {
            (vantage, target): [_Place(next(numbers)) for _ in range(line.plan.kept_connections)]
            for vantage in line.plan.vantages
            for target in line.plan.targets
        }
        self._requests = {
            target: build_http_request("GET", line.plan.path, host=line.host(target), keep=True)
            for target in line.plan.targets
        }

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Ask on the connection whose turn it is; one that still waits for an answer is `busy`.

        When the prober itself was late, requests that should have been apart come due together:
        then the connection is not to blame, and the request counts as lost.
        """
        places = self._places[slot.vantage, slot.target]
        place = places[slot.turn // len(self._line.plan.targets) % len(places)]
        now_s = self._line.clock.monotonic()
        attempt = RequestAttempt(slot, scheduled_s, now_s, place=place.number)
        if place.waiting is not None:
            attempt.connection = place.connection
            own_fault = attempt.late or place.waiting.late
            return attempt.sample(RequestOutcome.LOST if own_fault else RequestOutcome.BUSY, now_s)
        place.waiting = attempt
        try:
            return await self._ask(place, attempt)
        finally:
            place.waiting = None

    async def _ask(self, place: _Place, attempt: RequestAttempt) -> Sample:
        if place.connection is not None and not place.connection.closed:
            attempt.connection = place.connection
        try:
            outcome = await self._line.exchange(attempt, self._requests[attempt.slot.target])
        finally:
            reusable = attempt.timed is not None and attempt.timed.answer.reusable
            if attempt.connection is not None and not reusable:
                attempt.connection.close()
            place.connection = attempt.connection if reusable else None
        return attempt.sample(outcome, self._line.clock.monotonic())

    def close(self) -> None:
        """Drop all kept connections."""
        for places in self._places.values():
            for place in places:
                if place.connection is not None:
                    place.connection.close()


class WritesAndReads:
    """Numbered writes and readings of them, each on a new connection."""

    def __init__(self, line: RequestSender) -> None:
        """Every vantage point numbers its own writes."""
        plan = line.plan
        self._line = line
        self._ledgers: dict[VantagePoint, WriteSequence] = {
            vantage: WriteSequence(
                item_prefix(plan, vantage),
                read_later_s=plan.read_later_s,
                rewrite_every=plan.rewrite_every,
            )
            for vantage in plan.vantages
        }

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Do the ledger's next task and tell it what came of it."""
        clock = self._line.clock
        sent_s = clock.monotonic()
        ledger = self._ledgers[slot.vantage]
        task = ledger.next(slot.turn, sent_s)
        attempt = RequestAttempt(slot, scheduled_s, sent_s, step=task.step, item=task.item)
        try:
            outcome = await self._line.exchange(attempt, self._request(task, slot.target))
        finally:
            if attempt.connection is not None:
                attempt.connection.close()
        sample = attempt.sample(outcome, clock.monotonic())
        if outcome is RequestOutcome.OK:
            ledger.acknowledged(task, sample.finished_s)
        elif outcome is RequestOutcome.ABSENT:
            ledger.missed(task)
        return sample

    def close(self) -> None:
        """Nothing is kept."""

    def _request(self, task: ItemRequest, target: ProbeTarget) -> bytes:
        host = self._line.host(target)
        if task.step in READ_STEPS:
            return build_http_request("GET", f"/get/{task.item}", host=host, keep=False)
        body = json.dumps({"item_id": task.item}).encode()
        return build_http_request("POST", "/create", host=host, keep=False, body=body)


COHORTS: dict[Cohort, Callable[[RequestSender], CohortProber]] = {
    Cohort.NEW: NewConnections,
    Cohort.KEEPALIVE: KeptConnections,
    Cohort.WRITE_READ: WritesAndReads,
}
