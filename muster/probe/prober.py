"""The prober: sends each request of the schedule when it comes due, whatever the responses are.

Decides pacing, the bound on open requests, and the end. One task waits for the next slot and never
for a response; each request is a task of its own. The run is bounded in time (the plan's duration
plus one total time-out) and in memory (`max_open`). Stopping it ends the schedule and waits for the
requests under way, so that an outage at the very end is measured. Cancelling it ends it at once,
with a closing record that counts the abandoned requests.
"""

import asyncio
import math
import os
import ssl
from dataclasses import dataclass

from common.clock import ProcessClock
from muster.errors import InvalidProbePlan, UnusableVantagePoint
from muster.measure.quality import Closing
from muster.measure.samples import RequestOutcome, Sample
from muster.probe.cohorts import COHORTS, CohortProber, DoorTrust, RequestSender
from muster.probe.connection import open_source_socket
from muster.probe.plan import ProbePlan, check_probe_plan
from muster.probe.records import Opening
from muster.probe.schedule import Slot, schedule_slots
from muster.probe.sinks import Sink

MAX_LATE_S = 1.0
"""A slot later than this is not sent: a prober that was suspended must not resume with a burst."""
STOP_CHECK_S = 0.1
"""Interval of the checks for `stop` while the next slot is far away."""


@dataclass(slots=True)
class _Counts:
    due: int = 0
    recorded: int = 0
    open: int = 0


class Prober:
    """One run of a plan."""

    def __init__(
        self, plan: ProbePlan, *, clock: ProcessClock, sink: Sink, tls: ssl.SSLContext | None = None
    ) -> None:
        """Check the plan and the source addresses.

        `tls`: the certificates to trust, the system's by default. Raises InvalidProbePlan,
        UnusableVantagePoint.
        """
        self._plan = check_probe_plan(plan)
        _check_sources(plan)
        self._clock = clock
        self._sink = sink
        sender = RequestSender(plan, clock, _trust(plan, tls))
        self._cohorts: dict[str, CohortProber] = {
            share.cohort: COHORTS[share.cohort](sender, share.cohort) for share in plan.shares
        }
        self._counts = _Counts()
        self._end_s = math.inf

    def stop(self) -> None:
        """End the schedule now; requests under way go on."""
        self._end_s = min(self._end_s, self._clock.monotonic())

    async def run(self) -> Closing:
        """Send until the plan's end or `stop`, wait for the last responses, close the sink.

        Cancelled, it still writes the closing record. Raises ProbeFailed when a sample can't be
        written.
        """
        start_s, waited_s = self._clock.monotonic(), self._clock.cpu_wait()
        self._sink.put(
            Opening(
                plan=self._plan, started_s=start_s, started_at=self._clock.now(), pid=os.getpid()
            )
        )
        reason = "stopped"
        try:
            async with asyncio.TaskGroup() as group:
                await self._send_all(start_s, group)
            reason = "done" if self._end_s == math.inf else "stopped"
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            closing = self._close(reason, self._waited_share(start_s, waited_s))
            await self._sink.close()
        return closing

    async def _send_all(self, start_s: float, group: asyncio.TaskGroup) -> None:
        for slot in schedule_slots(self._plan):
            due_s = start_s + slot.due_s
            if not await self._wait_until(due_s):
                return
            self._counts.due += 1
            late_s = self._clock.monotonic() - due_s
            if late_s > MAX_LATE_S or self._counts.open >= self._plan.max_open:
                self._record(self._lost_sample(slot, due_s))
                continue
            self._counts.open += 1
            group.create_task(self._probe(slot, due_s))

    async def _wait_until(self, due_s: float) -> bool:
        """Wait until a slot is due; False when the run ends before that."""
        while True:
            left_s = due_s - self._clock.monotonic()
            # Sleep even when late, so that the tasks of earlier slots send first.
            await self._clock.sleep(min(max(0.0, left_s), STOP_CHECK_S))
            if due_s > self._end_s:
                return False
            if left_s <= STOP_CHECK_S:
                return True

    async def _probe(self, slot: Slot, due_s: float) -> None:
        try:
            self._record(await self._cohorts[slot.cohort].probe(slot, due_s))
        finally:
            self._counts.open -= 1

    def _record(self, sample: Sample) -> None:
        self._counts.recorded += 1
        self._sink.put(sample)

    def _lost_sample(self, slot: Slot, due_s: float) -> Sample:
        return Sample(
            seq=slot.seq,
            cohort=slot.cohort,
            vantage=slot.vantage.name,
            target=slot.target.ip if slot.target else "",
            scheduled_s=due_s,
            finished_s=self._clock.monotonic(),
            outcome=RequestOutcome.LOST,
        )

    def _waited_share(self, start_s: float, waited_s: float | None) -> float | None:
        """Share of the time since the start for which it waited for a processor."""
        by_now_s = self._clock.cpu_wait()
        if waited_s is None or by_now_s is None:
            return None
        return (by_now_s - waited_s) / max(self._clock.monotonic() - start_s, 1e-6)

    def _close(self, reason: str, waited_share: float | None) -> Closing:
        for cohort in self._cohorts.values():
            cohort.close()
        closing = Closing(
            scheduled=self._counts.due,
            abandoned=self._counts.due - self._counts.recorded,
            unwritten=self._sink.unwritten,
            ended_s=self._clock.monotonic(),
            cpu_s=self._clock.cpu_time(),
            reason=reason,
            waited_share=waited_share,
        )
        self._sink.put(closing)
        return closing


def _trust(plan: ProbePlan, tls: ssl.SSLContext | None) -> DoorTrust:
    dns_tls = None
    if plan.dns is not None:
        dns_tls = tls or _read_trust(plan.dns.ca_file)
    return DoorTrust(
        accelerator=(tls or ssl.create_default_context()) if plan.tls else None, dns=dns_tls
    )


def _read_trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as exc:
        rule = f"a readable PEM file of certificates ({exc})"
        raise InvalidProbePlan("dns.ca_file", ca_file, rule) from exc


def _check_sources(plan: ProbePlan) -> None:
    for vantage in plan.vantages:
        if vantage.source is None:
            continue
        try:
            open_source_socket(vantage, ipv6=":" in vantage.source).close()
        except OSError as exc:
            raise UnusableVantagePoint(
                vantage.name, vantage.source, exc.strerror or str(exc)
            ) from exc
