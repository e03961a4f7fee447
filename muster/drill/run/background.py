"""What runs beside the phases: probes, the watch over stop conditions, snapshots, the lease."""

import asyncio
from collections.abc import Awaitable

from common.drill_lease import DrillProgress
from muster.drill.run.lease import RENEW_EVERY_S, LeaseStatus
from muster.drill.run.people import take_orders
from muster.drill.run.session import DrillSession
from muster.drill.run.stop import StopTriggers
from muster.drill.run.unexpected_errors import describe_unexpected_error, result_or_error

WATCH_EVERY_S = 0.5
SNAPSHOT_EVERY_S = 2.0


async def run_in_background(session: DrillSession) -> None:
    """Run all of it until cancelled."""
    async with asyncio.TaskGroup() as group:
        for work in (
            session.ports.probes.run(),
            _watch(session),
            _keep_snapshots(session),
            _keep_lease(session),
        ):
            group.create_task(_stop_on_error(session, work))


async def _stop_on_error(session: DrillSession, work: Awaitable[None]) -> None:
    """An error here stops the drill, but not the rollback."""
    error = await result_or_error(work)
    if error is not None:
        session.stop.request("step", describe_unexpected_error(error))


async def _watch(session: DrillSession) -> None:
    """Show the present, take orders, and stop when a stop condition or the probes demand it."""
    triggers = StopTriggers(session.plan.stop_conditions)
    while True:
        session.show()
        take_orders(session)
        failure = session.ports.probes.failure
        if failure is not None:
            session.stop.request("probes", failure)
        fired = triggers.check(session.measure, session.now_s())
        # Before the method the hypothesis decides; in a rollback there is nothing to stop.
        if fired is not None and session.state.phase in ("method", "targets"):
            session.stop.request("stop-condition", fired)
        await session.ports.clock.sleep(WATCH_EVERY_S)


async def _keep_snapshots(session: DrillSession) -> None:
    while True:
        view = await session.read_view()
        session.ports.keep_snapshot(session.observation, view)
        await session.ports.clock.sleep(SNAPSHOT_EVERY_S)


async def _keep_lease(session: DrillSession) -> None:
    """Renew the lease, at each step too; stop the drill when we have lost it."""
    told = session.progress()
    while True:
        await _until_renewal(session, told)
        lease = session.make_lease()
        told = lease.progress
        status = await session.ports.lease.renew(lease)
        if "lease" not in session.forced:
            _stop_without_lease(session, status)


async def _until_renewal(session: DrillSession, told: DrillProgress) -> None:
    """Wait until the lease is due, or tells of another step than the present one."""
    renewed_s = session.now_s()
    while session.now_s() < renewed_s + RENEW_EVERY_S and session.progress() == told:
        await session.ports.clock.sleep(WATCH_EVERY_S)


def _stop_without_lease(session: DrillSession, status: LeaseStatus) -> None:
    if status.state in ("held", "unfinished"):
        session.stop.request("lease", f"another process took the lease: {status.words}")
    elif status.state == "gone":
        session.stop.request(
            "lease", "the lease was removed, or the drill was rolled back elsewhere"
        )
