"""The cohorts of probe traffic: each turns a slot of the schedule into a sample.

Decides what is sent on which connection, and which outcome a request has. Time-outs bound every
request; `probe` raises nothing but cancellation.

A cohort of the DNS door is a kind of client: from each vantage point it is one client, with its own
cache of the service's address (`ClientCache`), which asks that vantage point's resolver.
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
from muster.measure.samples import (
    CACHE_TIMES_S,
    Cohort,
    RequestKind,
    RequestOutcome,
    Sample,
)
from muster.probe.connection import (
    BadResponse,
    HttpRequest,
    ProbeConnection,
    ProbeResponse,
    TimedResponse,
    classify_socket_error,
    open_connection,
)
from muster.probe.name_resolver import (
    ClientCache,
    DnsResolver,
    NameResolver,
    NameUnresolved,
)
from muster.probe.plan import ProbePlan, ProbeTarget, VantagePoint, item_prefix
from muster.probe.schedule import ItemRequest, Slot, WriteSequence

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
    target: ProbeTarget | None = None
    """None until a name is resolved."""
    cache: ClientCache | None = None
    """Of the client that resolves the name; None: it keeps nothing."""
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
            target=self.target.ip if self.target else "",
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


@dataclass(frozen=True, slots=True)
class DoorTrust:
    """The certificates to trust at each door; None: no TLS there."""

    accelerator: ssl.SSLContext | None = None
    dns: ssl.SSLContext | None = None


@dataclass(slots=True)
class RequestSender:
    """Resolves, connects, sends and classifies; shared by the cohorts of a run."""

    plan: ProbePlan
    clock: Clock
    trust: DoorTrust
    resolver: NameResolver = field(default_factory=DnsResolver)
    _numbers: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def get_requests(self, *, keep: bool) -> dict[ProbeTarget | None, HttpRequest]:
        """The GET of the plan's path, for each target; for None at the plan's name."""
        return {
            target: HttpRequest.make("GET", self.plan.path, host=self.host(target), keep=keep)
            for target in (*self.plan.targets, *((None,) if self.plan.dns else ()))
        }

    def host(self, target: ProbeTarget | None) -> str:
        if target is None:
            assert self.plan.dns is not None  # noqa: S101 - check_probe_plan has seen to it
            standard_port = self.plan.dns.port == 443
            return self.plan.dns.name + ("" if standard_port else f":{self.plan.dns.port}")
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
                    target = attempt.target or await self._resolve(attempt)
                    attempt.target = target
                    attempt.connection = await self._connect(attempt.slot, target)
            async with asyncio.timeout(self._left_s(started_s, self.plan.total_timeout_s)):
                attempt.timed = await attempt.connection.send(request)
        except TimeoutError:
            return self._timed_out(attempt)
        except OSError as exc:
            return classify_socket_error(exc)
        except NameUnresolved:
            return RequestOutcome.UNRESOLVED
        except BadResponse:
            return RequestOutcome.BAD_ANSWER
        return classify_response(attempt.timed.response, attempt.step)

    def _timed_out(self, attempt: RequestAttempt) -> RequestOutcome:
        connected = attempt.connection is not None
        timeout_s = self.plan.total_timeout_s if connected else self.plan.connect_timeout_s
        if self._left_s(attempt.sent_s, timeout_s) < -STALLED_AFTER_S:
            return RequestOutcome.LOST  # the response may lie in the socket, unread
        if attempt.target is None:
            return RequestOutcome.UNRESOLVED
        return RequestOutcome.ANSWER_TIMEOUT if connected else RequestOutcome.CONNECT_TIMEOUT

    async def _resolve(self, attempt: RequestAttempt) -> ProbeTarget:
        """The address that the attempt's client uses now. Raises NameUnresolved."""
        service, vantage = self.plan.dns, attempt.slot.vantage
        assert service is not None  # noqa: S101 - check_probe_plan has seen to it
        cache, now_s = attempt.cache, self.clock.monotonic()
        addresses = cache.get(now_s) if cache else ()
        if not addresses:
            answer = await self.resolver.resolve(
                service.name, vantage.resolver_address, vantage.source
            )
            addresses = answer.addresses
            if cache:
                cache.put(addresses, now_s)
        return ProbeTarget(ip=addresses[0], port=service.port)

    async def _connect(self, slot: Slot, target: ProbeTarget) -> ProbeConnection:
        connection = ProbeConnection(self.clock, self._numbers())
        name = self.plan.host.partition(":")[0] if self.plan.host else None
        tls = self.trust.accelerator
        if slot.target is None and self.plan.dns is not None:
            name, tls = self.plan.dns.name, self.trust.dns
        await open_connection(connection, slot.vantage, target, tls=tls, server_name=name)
        return connection

    def _left_s(self, started_s: float, timeout_s: float) -> float:
        return started_s + timeout_s - self.clock.monotonic()


def classify_response(response: ProbeResponse, step: RequestKind) -> RequestOutcome:
    """The outcome of a request that got a complete response."""
    if 200 <= response.status <= 299:
        return RequestOutcome.OK if response.region is not None else RequestOutcome.BAD_ANSWER
    if response.status == 404 and step in READ_STEPS and response.region is not None:
        return RequestOutcome.ABSENT
    if response.status == 409 and step is RequestKind.REWRITE and response.region is not None:
        return RequestOutcome.PRESENT
    return RequestOutcome.STATUS


class NewConnections:
    """A new connection for each request; at the DNS door to the address that the client has."""

    def __init__(self, sender: RequestSender, cohort: Cohort = Cohort.NEW) -> None:
        self._sender = sender
        self._requests = sender.get_requests(keep=False)
        speed = sender.plan.dns.cache_speed if sender.plan.dns else 1.0
        keeps_s, vantages = CACHE_TIMES_S.get(cohort, 0.0) / speed, sender.plan.vantages
        self._caches = {
            vantage: ClientCache(keeps_s, first_share=number / len(vantages))
            for number, vantage in enumerate(vantages, start=1)
        }

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        attempt = RequestAttempt(
            slot,
            scheduled_s,
            self._sender.clock.monotonic(),
            target=slot.target,
            cache=self._caches[slot.vantage],
        )
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
    target: ProbeTarget | None = None
    """Where it leads."""
    waiting: RequestAttempt | None = None
    """The request under way on the connection."""


class KeptConnections:
    """Connections kept open as long as they live; a place whose connection is lost reconnects."""

    def __init__(self, sender: RequestSender, cohort: Cohort = Cohort.KEEPALIVE) -> None:
        """Connects nothing yet: a place connects when its first request comes due."""
        self._sender = sender
        plan, numbers = sender.plan, count()
        targets = plan.targets if cohort.door == "accelerator" else ()
        self._targets: tuple[ProbeTarget | None, ...] = targets or (None,)
        self._places = {
            (vantage, target): [_Place(next(numbers)) for _ in range(plan.kept_connections)]
            for vantage in plan.vantages
            for target in self._targets
        }
        self._requests = sender.get_requests(keep=True)

    async def probe(self, slot: Slot, scheduled_s: float) -> Sample:
        """Send on the connection whose turn it is; BUSY if its last request is still under way.

        When the prober was late with either request, the two came due apart but are sent together.
        The connection is not to blame then, and the request is LOST.
        """
        places = self._places[slot.vantage, slot.target]
        place = places[slot.turn // len(self._targets) % len(places)]
        now_s = self._sender.clock.monotonic()
        attempt = RequestAttempt(slot, scheduled_s, now_s, target=slot.target, place=place.number)
        if place.waiting is not None:
            attempt.connection, attempt.target = place.connection, place.target
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
            attempt.connection, attempt.target = place.connection, place.target
        try:
            outcome = await self._sender.send(attempt, self._requests[attempt.slot.target])
        finally:
            reusable = attempt.timed is not None and attempt.timed.response.reusable
            if attempt.connection is not None and not reusable:
                attempt.connection.close()
            place.connection = attempt.connection if reusable else None
            place.target = attempt.target
        return attempt.sample(outcome, self._sender.clock.monotonic())

    def close(self) -> None:
        for places in self._places.values():
            for place in places:
                if place.connection is not None:
                    place.connection.close()


class WritesAndReads:
    """Numbered writes and reads of them, each on a new connection."""

    def __init__(self, sender: RequestSender, cohort: Cohort = Cohort.WRITE_READ) -> None:
        """Every vantage point has a write sequence of its own."""
        del cohort  # there is one
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
        attempt = RequestAttempt(
            slot,
            scheduled_s,
            sent_s,
            target=slot.target,
            step=wanted.step,
            item=wanted.item,
        )
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

    def _request(self, wanted: ItemRequest, target: ProbeTarget | None) -> HttpRequest:
        host = self._sender.host(target)
        if wanted.step in READ_STEPS:
            return HttpRequest.make("GET", f"/get/{wanted.item}", host=host, keep=False)
        body = json.dumps({"item_id": wanted.item, "expires_in_s": ITEM_LIFE_S}).encode()
        return HttpRequest.make("POST", "/create", host=host, keep=False, body=body)


ITEM_LIFE_S = 7 * 86_400
"""After which a written item expires; the readings of a run are over long before."""
COHORTS: dict[Cohort, Callable[[RequestSender, Cohort], CohortProber]] = {
    Cohort.NEW: NewConnections,
    Cohort.KEEPALIVE: KeptConnections,
    Cohort.WRITE_READ: WritesAndReads,
    Cohort.DNS_TTL: NewConnections,
    Cohort.DNS_CHROME: NewConnections,
    Cohort.DNS_FIREFOX: NewConnections,
    Cohort.DNS_JVM: NewConnections,
    Cohort.DNS_POOL: KeptConnections,
}
