"""The prober against real sockets: every outcome, open loop, bounds, and its end."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest

from common.clock import SystemClock
from muster.errors import InvalidProbePlan, UnusableVantagePoint
from muster.measure import (
    Cohort,
    RequestKind,
    RequestOutcome,
    Sample,
    acknowledged_writes,
    measure_quality,
    sightings_of,
)
from muster.measure.quality import Closing
from muster.probe import (
    CohortShare,
    ListSink,
    Opening,
    ProbePlan,
    Prober,
    ProbeTarget,
    VantagePoint,
)
from muster.probe.plan import NamedService
from tests.functional.muster.certificates import tls_contexts
from tests.functional.muster.scripted_server import ServerBehaviour, serve_script
from tests.waiting import async_eventually

CLOCK = SystemClock()


def make_test_plan(target: ProbeTarget, **changes: object) -> ProbePlan:
    """20 requests in 0.2 s."""
    plan = ProbePlan(
        run="test",
        targets=(target,),
        rate=100.0,
        duration_s=0.2,
        connect_timeout_s=0.3,
        total_timeout_s=0.4,
    )
    return replace(plan, **changes)  # type: ignore[arg-type]  # free-form fields of a test


async def run_plan(plan: ProbePlan, tls: ssl.SSLContext | None = None) -> list[Sample]:
    """The samples of a run, in the order of the schedule."""
    sink = ListSink()
    await Prober(plan, clock=CLOCK, sink=sink, tls=tls).run()
    samples = [r for r in sink.records if isinstance(r, Sample)]
    return sorted(samples, key=lambda s: s.seq)


RELAXED = {"rate": 5.0, "connect_timeout_s": 20.0, "total_timeout_s": 20.0}
"""Slow enough that every request finds its connection free, even on a busy machine."""


def share_of(cohort: Cohort) -> tuple[CohortShare, ...]:
    return (CohortShare(cohort=cohort),)


async def test_a_good_response_is_timed_from_schedule_to_end() -> None:
    async with serve_script() as service:
        patient = make_test_plan(service.target, connect_timeout_s=20.0, total_timeout_s=20.0)
        samples = await run_plan(patient)

    assert len(samples) == 20
    for sample in samples:
        assert sample.outcome is RequestOutcome.OK
        assert (sample.status, sample.region, sample.received) == (200, "us-west-2", 67)
        assert sample.sent_s is not None
        assert sample.connected_s is not None
        assert sample.first_byte_s is not None
        times = [sample.scheduled_s, sample.sent_s, sample.connected_s, sample.first_byte_s]
        assert [*times, sample.finished_s] == sorted([*times, sample.finished_s])
    assert len({s.connection for s in samples}) == 20
    spread = samples[-1].scheduled_s - samples[0].scheduled_s
    assert spread == pytest.approx(0.19)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "status"),
    [
        (ServerBehaviour.UNAVAILABLE, RequestOutcome.STATUS, 503),
        (ServerBehaviour.RESET, RequestOutcome.RESET, None),
        (ServerBehaviour.SILENT, RequestOutcome.ANSWER_TIMEOUT, None),
        (ServerBehaviour.NOT_HTTP, RequestOutcome.BAD_ANSWER, None),
        (ServerBehaviour.WITHOUT_REGION, RequestOutcome.BAD_ANSWER, 200),
        (ServerBehaviour.SILENT_CLOSE, RequestOutcome.OK, 200),
    ],
)
async def test_each_behaviour_of_a_server_has_its_outcome(
    behaviour: ServerBehaviour, outcome: RequestOutcome, status: int | None
) -> None:
    async with serve_script() as service:
        service.behaviour = behaviour
        samples = await run_plan(make_test_plan(service.target))

    assert {(s.outcome, s.status) for s in samples} == {(outcome, status)}


async def test_a_port_without_a_listener_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        samples = await run_plan(
            make_test_plan(ProbeTarget(ip="127.0.0.1", port=taken.getsockname()[1]))
        )

    assert {s.outcome for s in samples} == {RequestOutcome.REFUSED}
    assert all(s.connected_s is None for s in samples)


async def test_a_full_backlog_is_a_connect_timeout() -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        samples = await run_plan(
            make_test_plan(ProbeTarget(ip="127.0.0.1", port=listener.getsockname()[1]))
        )

    assert RequestOutcome.CONNECT_TIMEOUT in {s.outcome for s in samples}
    timed_out = [s for s in samples if s.outcome is RequestOutcome.CONNECT_TIMEOUT]
    assert all(0.25 < s.finished_s - s.scheduled_s < 1.0 for s in timed_out)


async def test_tls_verifies_the_name_and_the_authority(tmp_path: Path) -> None:
    server, trusting = tls_contexts("example.com", tmp_path)
    async with serve_script(server) as service:
        plan = make_test_plan(service.target, tls=True, host="example.com", duration_s=0.05)
        trusted = await run_plan(plan, trusting)
        unknown = await run_plan(plan)
        misnamed = await run_plan(replace(plan, host="example.org"), trusting)

    assert {s.outcome for s in trusted} == {RequestOutcome.OK}
    assert {s.outcome for s in unknown} == {RequestOutcome.TLS}
    assert {s.outcome for s in misnamed} == {RequestOutcome.TLS}


async def test_an_outage_hides_no_requests() -> None:
    """The service stops answering halfway; requests keep coming due."""
    async with serve_script() as service, asyncio.TaskGroup() as group:
        plan = make_test_plan(service.target, duration_s=0.6)
        run = group.create_task(run_plan(plan))
        await async_eventually(lambda: _is_true(len(service.peers) > 10))
        service.behaviour = ServerBehaviour.SILENT
        samples = await run

    assert [s.seq for s in samples] == list(range(60))
    assert {s.outcome for s in samples} == {RequestOutcome.OK, RequestOutcome.ANSWER_TIMEOUT}
    assert measure_quality(samples, None).sent == 60
    failed = [s for s in samples if s.failed]
    assert all(0.35 < s.finished_s - s.scheduled_s < 1.0 for s in failed)


async def test_requests_beyond_the_bound_are_recorded_as_lost() -> None:
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
        samples = await run_plan(make_test_plan(service.target, max_open=5))

    counts = Counter(s.outcome for s in samples)
    assert counts == {RequestOutcome.ANSWER_TIMEOUT: 5, RequestOutcome.LOST: 15}
    assert all(s.sent_s is None for s in samples if s.outcome is RequestOutcome.LOST)


async def test_kept_connections_are_reused() -> None:
    async with serve_script() as service:
        plan = make_test_plan(
            service.target,
            shares=share_of(Cohort.KEEPALIVE),
            kept_connections=3,
            duration_s=2.0,
            **RELAXED,
        )
        samples = await run_plan(plan)

    assert {s.outcome for s in samples} == {RequestOutcome.OK}
    assert len(service.peers) == 3
    assert len({s.connection for s in samples}) == 3
    assert {s.place for s in samples} == {0, 1, 2}
    reused = [s for s in samples if s.connected_s is not None and s.connected_s < s.scheduled_s]
    assert len(reused) == 7


async def test_a_kept_connection_that_the_server_closes_is_replaced() -> None:
    for behaviour in (ServerBehaviour.ANNOUNCED_CLOSE, ServerBehaviour.SILENT_CLOSE):
        async with serve_script() as service:
            service.behaviour = behaviour
            plan = make_test_plan(
                service.target, shares=share_of(Cohort.KEEPALIVE), duration_s=1.2, **RELAXED
            )
            samples = await run_plan(plan)

        assert {s.outcome for s in samples} == {RequestOutcome.OK}
        assert len(service.peers) == 6


async def test_a_kept_connection_without_a_response_makes_later_requests_busy() -> None:
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
        plan = make_test_plan(service.target, shares=share_of(Cohort.KEEPALIVE), kept_connections=1)
        samples = await run_plan(plan)

    outcomes = Counter(s.outcome for s in samples)
    outcomes.pop(RequestOutcome.LOST, None)  # on a busy machine the prober itself is late
    assert outcomes.pop(RequestOutcome.ANSWER_TIMEOUT) == 1
    assert outcomes.keys() == {RequestOutcome.BUSY}


async def test_writes_are_numbered_and_read_soon_and_later() -> None:
    async with serve_script() as service:
        plan = make_test_plan(
            service.target,
            shares=share_of(Cohort.WRITE_READ),
            vantages=(VantagePoint(name="Oslo"), VantagePoint(name="Lima")),
            read_later_s=0.1,
            duration_s=0.6,
        )
        samples = await run_plan(plan)

    writes = acknowledged_writes(samples)
    assert {w.item for w in writes} == service.items
    assert service.lives_s == {7 * 86_400}
    assert "muster-test-0oslo-000001" in service.items
    assert "muster-test-1lima-000001" in service.items
    steps = Counter(s.step for s in samples)
    assert steps[RequestKind.READ_SOON] > 10
    assert steps[RequestKind.READ_LATER] > 10
    assert {s.outcome for s in samples} == {RequestOutcome.OK}
    assert {s.item for s in sightings_of(samples)} <= service.items


async def test_an_item_that_the_later_read_misses_is_rewritten() -> None:
    async with serve_script() as service:
        plan = make_test_plan(
            service.target,
            shares=share_of(Cohort.WRITE_READ),
            read_later_s=0.1,
            rewrite_every=1,
            duration_s=0.6,
        )
        async with asyncio.TaskGroup() as group:
            run = group.create_task(run_plan(plan))
            await async_eventually(lambda: _is_true(len(service.items) > 3))
            lost = set(service.items)
            service.items.clear()
            service.region = "eu-central-1"
            samples = await run

    again = [s for s in samples if s.step is RequestKind.REWRITE]
    assert again
    assert {s.item for s in again} <= lost
    assert {s.region for s in again} == {"eu-central-1"}
    assert not any(s.failed for s in samples)


async def test_vantage_points_send_from_their_addresses() -> None:
    async with serve_script() as service:
        sources = ("127.210.1.1", "127.210.2.1")
        vantages = tuple(VantagePoint(name=s, source=s) for s in sources)
        samples = await run_plan(make_test_plan(service.target, vantages=vantages))

    assert Counter(service.peers) == dict.fromkeys(sources, 10)
    assert Counter(s.vantage for s in samples) == dict.fromkeys(sources, 10)


def test_a_foreign_source_address_is_refused_before_anything_is_sent() -> None:
    vantage = VantagePoint(name="Nowhere", source="192.0.2.77")

    with pytest.raises(UnusableVantagePoint, match=r"Nowhere: can't send from 192\.0\.2\.77"):
        Prober(
            make_test_plan(ProbeTarget(ip="127.0.0.1"), vantages=(vantage,)),
            clock=CLOCK,
            sink=ListSink(),
        )


def test_a_wrong_plan_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InvalidProbePlan, match="rate is -1"):
        Prober(make_test_plan(ProbeTarget(ip="127.0.0.1"), rate=-1.0), clock=CLOCK, sink=ListSink())


async def test_stopping_ends_the_schedule_and_waits_for_open_requests() -> None:
    """The service stops answering at the very end: the outage is measured, and nothing is lost."""
    sink = ListSink()
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
        prober = Prober(make_test_plan(service.target, duration_s=None), clock=CLOCK, sink=sink)
        async with asyncio.TaskGroup() as group:
            run = group.create_task(prober.run())
            await async_eventually(lambda: _is_true(len(service.peers) > 5))
            prober.stop()

    closing = run.result()
    samples = [r for r in sink.records if isinstance(r, Sample)]
    assert closing.reason == "stopped"
    assert closing.abandoned == 0
    assert {s.outcome for s in samples} == {RequestOutcome.ANSWER_TIMEOUT}
    assert len(samples) == closing.scheduled > 5


async def test_stopping_does_not_wait_for_a_slot_that_is_far_away() -> None:
    sink, started_s = ListSink(), CLOCK.monotonic()
    async with serve_script() as service:
        plan = make_test_plan(service.target, rate=0.01, duration_s=None)
        prober = Prober(plan, clock=CLOCK, sink=sink)
        async with asyncio.TaskGroup() as group:
            run = group.create_task(prober.run())
            await async_eventually(
                lambda: _is_true(any(isinstance(r, Sample) for r in sink.records))
            )
            prober.stop()

    assert run.result().scheduled == 1
    assert CLOCK.monotonic() - started_s < 50.0


async def test_cancelling_ends_it_at_once_and_counts_open_requests() -> None:
    sink, started_s = ListSink(), CLOCK.monotonic()
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
        plan = make_test_plan(
            service.target, duration_s=None, connect_timeout_s=60.0, total_timeout_s=60
        )
        async with asyncio.TaskGroup() as group:
            run = group.create_task(Prober(plan, clock=CLOCK, sink=sink).run())
            await async_eventually(lambda: _is_true(len(service.peers) > 5))
            run.cancel()

    opening, closing = sink.records[0], sink.records[-1]
    assert isinstance(opening, Opening)
    assert isinstance(closing, Closing)
    assert closing.reason == "stopped"
    assert closing.abandoned == closing.scheduled > 5
    assert CLOCK.monotonic() - started_s < 5.0


class LateClock(SystemClock):
    """Oversleeps once, like a process that was suspended."""

    def __init__(self, oversleep_s: float) -> None:
        """Oversleep the tenth sleep."""
        self._sleeps = 0
        self._oversleep_s = oversleep_s

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds, or far more."""
        self._sleeps += 1
        await asyncio.sleep(seconds + (self._oversleep_s if self._sleeps == 10 else 0.0))


async def test_a_late_prober_reports_its_lateness() -> None:
    sink = ListSink()
    async with serve_script() as service:
        closing = await Prober(
            make_test_plan(service.target), clock=LateClock(0.1), sink=sink
        ).run()

    found = measure_quality([r for r in sink.records if isinstance(r, Sample)], closing)
    assert found.sent == 20
    assert found.late >= 5
    assert not found.trusted


async def test_a_late_prober_does_not_blame_a_kept_connection_for_being_busy() -> None:
    """Requests that piled up meanwhile are sent at once, so the connection is not to blame."""
    sink = ListSink()
    async with serve_script() as service:
        plan = make_test_plan(service.target, shares=share_of(Cohort.KEEPALIVE), kept_connections=1)
        await Prober(plan, clock=LateClock(0.1), sink=sink).run()

    counts = Counter(r.outcome for r in sink.records if isinstance(r, Sample))
    assert counts.keys() == {RequestOutcome.OK, RequestOutcome.LOST}


async def test_a_suspended_prober_does_not_resume_with_a_burst() -> None:
    sink = ListSink()
    async with serve_script() as service:
        plan = make_test_plan(service.target, duration_s=0.5)
        closing = await Prober(plan, clock=LateClock(1.4), sink=sink).run()

    samples = [r for r in sink.records if isinstance(r, Sample)]
    counts = Counter(s.outcome for s in samples)
    assert counts[RequestOutcome.LOST] >= 20
    assert "requests were lost" in " ".join(measure_quality(samples, closing).reasons)


async def _is_true(value: bool) -> bool:
    return value


class ScriptedResolver(asyncio.DatagramProtocol):
    """Answers with the address that the test sets; with none by NXDOMAIN."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.queries = 0
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = self._transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.queries += 1
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        if self.address:
            name = query.question[0].name
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", self.address))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def scripted_resolver(address: str = "127.0.0.1") -> AsyncIterator[ScriptedResolver]:
    loop = asyncio.get_running_loop()
    transport, resolver = await loop.create_datagram_endpoint(
        lambda: ScriptedResolver(address), local_addr=("127.0.0.1", 0)
    )
    try:
        yield resolver
    finally:
        transport.close()


def named_plan(port: int, resolver: ScriptedResolver, cohort: Cohort) -> ProbePlan:
    """Patient requests of one kind of client at a name."""
    return ProbePlan(
        run="test",
        dns=NamedService(name="muster.example.com", port=port),
        vantages=(VantagePoint(name="here", resolver=f"127.0.0.1:{resolver.port}"),),
        shares=share_of(cohort),
        rate=40.0,
        duration_s=0.2,
        connect_timeout_s=20.0,
        total_timeout_s=20.0,
        kept_connections=1,
    )


@pytest.mark.parametrize(
    ("cohort", "queries"), [(Cohort.DNS_TTL, 8), (Cohort.DNS_CHROME, 1), (Cohort.DNS_JVM, 1)]
)
async def test_each_kind_of_client_asks_as_often_as_it_does(
    tmp_path: Path, cohort: Cohort, queries: int
) -> None:
    server, client = tls_contexts("muster.example.com", tmp_path)
    async with serve_script(server) as service, scripted_resolver() as resolver:
        samples = await run_plan(named_plan(service.port, resolver, cohort), client)

    assert [(s.outcome, s.target, s.region) for s in samples] == [
        (RequestOutcome.OK, "127.0.0.1", "us-west-2")
    ] * 8
    # Requests that come due while the first one still resolves ask, too.
    assert resolver.queries >= queries
    assert len(service.peers) == 8


async def test_a_pool_asks_its_resolver_only_to_connect(tmp_path: Path) -> None:
    server, client = tls_contexts("muster.example.com", tmp_path)
    async with serve_script(server) as service, scripted_resolver() as resolver:
        plan = named_plan(service.port, resolver, Cohort.DNS_POOL)
        samples = await run_plan(replace(plan, rate=5.0, duration_s=0.8), client)

    assert [(s.outcome, s.target) for s in samples] == [(RequestOutcome.OK, "127.0.0.1")] * 4
    assert (resolver.queries, len(service.peers)) == (1, 1)


async def test_a_client_whose_resolver_has_no_address_is_not_served() -> None:
    async with scripted_resolver("") as resolver:
        samples = await run_plan(named_plan(1, resolver, Cohort.DNS_TTL), None)

    assert {(s.outcome, s.target) for s in samples} == {(RequestOutcome.UNRESOLVED, "")}


async def test_the_name_is_checked_against_the_certificate(tmp_path: Path) -> None:
    server, client = tls_contexts("other.example.com", tmp_path)
    async with serve_script(server) as service, scripted_resolver() as resolver:
        samples = await run_plan(named_plan(service.port, resolver, Cohort.DNS_TTL), client)

    assert {s.outcome for s in samples} == {RequestOutcome.TLS}


async def test_writes_and_reads_go_through_the_name_where_there_is_no_address(
    tmp_path: Path,
) -> None:
    server, client = tls_contexts("muster.example.com", tmp_path)
    async with serve_script(server) as service, scripted_resolver() as resolver:
        samples = await run_plan(named_plan(service.port, resolver, Cohort.WRITE_READ), client)

    assert all(s.good for s in samples)
    assert service.items


def test_a_file_of_certificates_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    plan = ProbePlan(
        run="test",
        dns=NamedService(name="a.test", ca_file=str(tmp_path / "none.pem")),
        shares=share_of(Cohort.DNS_TTL),
    )

    with pytest.raises(InvalidProbePlan, match=r"dns\.ca_file"):
        Prober(plan, clock=CLOCK, sink=ListSink())
