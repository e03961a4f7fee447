"""Route 53's sixteen health checkers at work, and the verdicts that answers to queries follow.

Each checker checks each endpoint on its own: first at a random moment within an interval, then an
interval after the end of its last check. What it reports reaches the name servers after a delay.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html

Nothing of this is stored. After a start of the process all checkers are new, hence healthy, until
they have checked again. A check that is updated keeps what its checkers know; one that was disabled
starts anew; AWS documents neither. The checkers of a Region that an update removes stop at once; on
AWS they go on for up to an hour.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field

from common.clock import Clock
from twin.core.dns.policies import Draw
from twin.core.health_checks.checker_health import NEW_CHECKER, CheckerHealth, apply_check
from twin.core.health_checks.checkers import Checker, choose_checkers
from twin.core.health_checks.requests import ENDPOINT_TYPES
from twin.core.health_checks.verdicts import (
    HealthCheckVerdict,
    HealthReports,
    judge_health_checks,
)
from twin.internal_api.schemas import CheckerObservation, HealthCheckStatus
from twin.route53.health_checks.endpoint_checks import EndpointCheck
from twin.settings import TwinSettings
from twin.topology.route53 import HealthCheck

log = logging.getLogger(__name__)

MAX_CHECKS_AT_ONCE = 1024
"""Of all checkers; more wait for their turn."""
HELD_S = 30.0
"""A check that took longer, by the clock, is no observation: this process was held meanwhile."""

MakeCheck = Callable[[HealthCheck, Checker], Awaitable[EndpointCheck | None]]
"""One check of an endpoint; None if it could not be made."""


@dataclass(slots=True, eq=False)
class _CheckerState:
    """One checker of one health check."""

    task: asyncio.Task[None] | None = None
    health: CheckerHealth = NEW_CHECKER
    reported: bool = True
    """Its health, as the name servers know it."""
    last: CheckerObservation | None = None
    last_failure: CheckerObservation | None = None


@dataclass(slots=True, eq=False)
class _TrackedCheck:
    """A health check in force."""

    check: HealthCheck
    checkers: dict[Checker, _CheckerState] = field(default_factory=dict)

    def reports(self) -> list[bool]:
        return [state.reported for state in self.checkers.values()]


class HealthCheckers:
    """All health checks of the Topology, their checkers and their verdicts."""

    def __init__(
        self,
        make_check: MakeCheck,
        *,
        settings: TwinSettings,
        clock: Clock,
        draw: Draw,
        source_ip: Callable[[int], str],
    ) -> None:
        """`source_ip`: the address of a checker by its position."""
        self._make_check = make_check
        self._settings = settings
        self._clock = clock
        self._tasks: asyncio.TaskGroup | None = None
        """None before `run`."""
        self._draw = draw
        self._source_ip = source_ip
        self._tracked: dict[str, _TrackedCheck] = {}
        self._metrics: dict[str, bool] = {}
        self._verdicts: dict[str, HealthCheckVerdict] = {}
        self._slots = asyncio.Semaphore(MAX_CHECKS_AT_ONCE)

    async def run(self) -> None:
        """Check until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            for tracked in self._tracked.values():
                for checker, state in tracked.checkers.items():
                    self._start(tracked, checker, state)
            await asyncio.Event().wait()

    # -- configuration

    def configure(self, checks: Iterable[HealthCheck]) -> None:
        """Run these health checks and no others."""
        wanted = {check.id: check for check in checks}
        for id_ in self._tracked.keys() - wanted.keys():
            self._stop(self._tracked.pop(id_).checkers)
        for id_, check in wanted.items():
            tracked = self._tracked.setdefault(id_, _TrackedCheck(check))
            tracked.check = check
            self._set_checkers(tracked)
        self._judge()

    def set_metric_verdicts(self, verdicts: dict[str, bool]) -> None:
        """Results of `judge_metric` by the ids of the CLOUDWATCH_METRIC checks."""
        if verdicts != self._metrics:
            self._metrics = verdicts
            self._judge()

    def _set_checkers(self, tracked: _TrackedCheck) -> None:
        check = tracked.check
        checks_endpoint = check.type in ENDPOINT_TYPES and not check.disabled
        chosen = choose_checkers(check.regions) if checks_endpoint else ()
        gone = tracked.checkers.keys() - set(chosen)
        self._stop({checker: tracked.checkers.pop(checker) for checker in gone})
        for checker in chosen:
            if checker not in tracked.checkers:
                tracked.checkers[checker] = _CheckerState()
                self._start(tracked, checker, tracked.checkers[checker])

    def _start(self, tracked: _TrackedCheck, checker: Checker, state: _CheckerState) -> None:
        if self._tasks is not None:
            state.task = self._tasks.create_task(self._run(tracked, checker, state))

    def _stop(self, states: dict[Checker, _CheckerState]) -> None:
        for state in states.values():
            if state.task is not None:
                state.task.cancel()

    # -- checking

    async def _run(self, tracked: _TrackedCheck, checker: Checker, state: _CheckerState) -> None:
        """Check for ever; the interval is from a response to the next request.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
        """
        interval_s = self._settings.scaled(tracked.check.interval_s)
        await self._clock.sleep(self._draw() * interval_s)
        while True:
            try:
                await self._check(tracked, checker, state)
            except Exception:
                # One check must not end the others, and the name servers with them.
                log.exception("health check %s can't be made", tracked.check.id)
            await self._clock.sleep(interval_s)

    async def _check(self, tracked: _TrackedCheck, checker: Checker, state: _CheckerState) -> None:
        check = tracked.check
        async with self._slots:
            started = self._clock.monotonic()
            made = await self._make_check(check, checker)
        if made is None or self._clock.monotonic() - started > HELD_S:
            return
        observation = CheckerObservation(
            region=checker.region,
            ip_address=self._source_ip(checker.position),
            status=made.observation.status,
            checked_at_s=self._clock.now(),
        )
        state.last = observation
        if not made.observation.passed:
            state.last_failure = observation
        before = state.health.healthy
        state.health = apply_check(
            state.health, tracked.check.failure_threshold, passed=made.observation.passed
        )
        if state.health.healthy != before and self._tasks is not None:
            self._tasks.create_task(self._report(tracked, state, healthy=state.health.healthy))

    async def _report(self, tracked: _TrackedCheck, state: _CheckerState, *, healthy: bool) -> None:
        """Tell the name servers, after the time that this takes."""
        await self._clock.sleep(self._settings.scaled(self._settings.checker_report_s))
        state.reported = healthy
        if self._tracked.get(tracked.check.id) is tracked:
            self._judge()

    # -- verdicts

    def is_healthy(self, check_id: str) -> bool:
        """The verdict; True for an id that has no check.

        "If you delete a health check and you don't update the associated resource record sets, the
        future status of the health check can't be predicted":
        https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html
        """
        verdict = self._verdicts.get(check_id)
        return verdict is None or verdict.healthy

    def verdicts(self) -> dict[str, HealthCheckVerdict]:
        """By the checks' ids."""
        return self._verdicts

    def _judge(self) -> None:
        before = self._verdicts
        self._verdicts = judge_health_checks(
            (tracked.check for tracked in self._tracked.values()),
            HealthReports(
                checkers={id_: tracked.reports() for id_, tracked in self._tracked.items()},
                metrics=self._metrics,
            ),
        )
        for id_, verdict in self._verdicts.items():
            if id_ in before and before[id_].healthy != verdict.healthy:
                log.info(
                    "health check %s is %s: %d of %d reports are healthy",
                    id_,
                    "healthy" if verdict.healthy else "unhealthy",
                    verdict.healthy_reports,
                    verdict.reports,
                )

    def checks(self) -> Iterator[HealthCheck]:
        """Those in force."""
        return (tracked.check for tracked in self._tracked.values())

    def statuses(self) -> tuple[HealthCheckStatus, ...]:
        """Of all checks, sorted by id."""
        return tuple(
            _status(self._tracked[id_], self._verdicts[id_]) for id_ in sorted(self._tracked)
        )

    def status(self, check_id: str) -> HealthCheckStatus | None:
        """Of one check; None for an id that has none."""
        tracked = self._tracked.get(check_id)
        return None if tracked is None else _status(tracked, self._verdicts[check_id])


def _status(tracked: _TrackedCheck, verdict: HealthCheckVerdict) -> HealthCheckStatus:
    states = tracked.checkers.values()
    return HealthCheckStatus(
        id=tracked.check.id,
        version=tracked.check.version,
        healthy=verdict.healthy,
        healthy_checkers=verdict.healthy_reports,
        checkers=verdict.reports,
        observations=tuple(state.last for state in states if state.last),
        last_failures=tuple(state.last_failure for state in states if state.last_failure),
    )
