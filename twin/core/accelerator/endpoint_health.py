"""The health of an endpoint (a load balancer), as the accelerator sees it.

Each Region reports the health of its load balancers each second. The accelerator does not follow
at once: a failure must last, and so must a recovery. The state machine:

    phase          state        GOOD         BAD          UNKNOWN      after a time
    NEW            INITIAL      HEALTHY      NEW_FAILING  .            (has none)
    NEW_FAILING    INITIAL      HEALTHY      .            .            NEW_FAILED   after fail_s
    NEW_FAILED     UNHEALTHY    HEALTHY      .            .            (has none)
    HEALTHY        HEALTHY      .            FAILING      FAILING      (has none)
    FAILING        HEALTHY      HEALTHY      .            .            UNHEALTHY    after fail_s
    UNHEALTHY      UNHEALTHY    RECOVERING   .            .            (has none)
    RECOVERING     UNHEALTHY    .            UNHEALTHY    UNHEALTHY    HEALTHY      after recover_s

GOOD and BAD are reports; UNKNOWN is a report that the load balancer has not been checked yet, which
does not count as a failure of a new endpoint. An endpoint whose reports stop for `silent_s` counts
as BAD; before its first report nothing changes.

An endpoint that has never been healthy needs one good report. The wait of `recover_s` is for the
way back ("routing will start back to healthy endpoints ... in about 30 seconds or so"):
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
A newly added endpoint gets traffic once it passed a health check:
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html

Time is a parameter: seconds of one monotonic clock. Call `advance_to` regularly. A wait starts when
`advance_to` first sees its cause, so that the edge, after it was itself frozen, does not mark the
endpoints as failed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.internal_api.schemas import EndpointState


class EndpointPhase(StrEnum):
    """State of the machine; several phases map to one of AWS's states."""

    NEW = "new"
    NEW_FAILING = "new, failing"
    NEW_FAILED = "never healthy"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"
    RECOVERING = "recovering"


class EndpointReport(StrEnum):
    """A Region's report on an endpoint."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTiming:
    """Waits of the state machine, in seconds, already divided by the twin's speed."""

    fail_s: float
    recover_s: float
    silent_s: float
    """No report for this long counts as a bad report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """The health of one endpoint; starts as `NEW_ENDPOINT`."""

    phase: EndpointPhase = EndpointPhase.NEW
    phase_started_at: float = 0.0
    reported_at: float | None = None
    """Time of the last report; None before the first."""
    silent: bool = False
    """Whether missing reports, not a bad one, count against it."""

    @property
    def state(self) -> EndpointState:
        """HealthState of DescribeEndpointGroup.

        https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html
        """
        return STATE_OF_PHASE[self.phase]


NEW_ENDPOINT = EndpointHealth()

STATE_OF_PHASE: Mapping[EndpointPhase, EndpointState] = {
    EndpointPhase.NEW: EndpointState.INITIAL,
    EndpointPhase.NEW_FAILING: EndpointState.INITIAL,
    EndpointPhase.NEW_FAILED: EndpointState.UNHEALTHY,
    EndpointPhase.HEALTHY: EndpointState.HEALTHY,
    EndpointPhase.FAILING: EndpointState.HEALTHY,
    EndpointPhase.UNHEALTHY: EndpointState.UNHEALTHY,
    EndpointPhase.RECOVERING: EndpointState.UNHEALTHY,
}

TRANSITIONS: Mapping[tuple[EndpointPhase, EndpointReport], EndpointPhase] = {
    (EndpointPhase.NEW, EndpointReport.GOOD): EndpointPhase.HEALTHY,
    (EndpointPhase.NEW, EndpointReport.BAD): EndpointPhase.NEW_FAILING,
    (EndpointPhase.NEW_FAILING, EndpointReport.GOOD): EndpointPhase.HEALTHY,
    (EndpointPhase.NEW_FAILED, EndpointReport.GOOD): EndpointPhase.HEALTHY,
    (EndpointPhase.HEALTHY, EndpointReport.BAD): EndpointPhase.FAILING,
    (EndpointPhase.HEALTHY, EndpointReport.UNKNOWN): EndpointPhase.FAILING,
    (EndpointPhase.FAILING, EndpointReport.GOOD): EndpointPhase.HEALTHY,
    (EndpointPhase.UNHEALTHY, EndpointReport.GOOD): EndpointPhase.RECOVERING,
    (EndpointPhase.RECOVERING, EndpointReport.BAD): EndpointPhase.UNHEALTHY,
    (EndpointPhase.RECOVERING, EndpointReport.UNKNOWN): EndpointPhase.UNHEALTHY,
}
"""Pairs not listed change nothing."""

TIMED_TRANSITIONS: Mapping[EndpointPhase, EndpointPhase] = {
    EndpointPhase.NEW_FAILING: EndpointPhase.NEW_FAILED,
    EndpointPhase.FAILING: EndpointPhase.UNHEALTHY,
    EndpointPhase.RECOVERING: EndpointPhase.HEALTHY,
}
"""Phase -> the next phase, once the wait is over."""

REPORT_OF_STATE: Mapping[EndpointState, EndpointReport] = {
    EndpointState.HEALTHY: EndpointReport.GOOD,
    EndpointState.UNHEALTHY: EndpointReport.BAD,
    EndpointState.INITIAL: EndpointReport.UNKNOWN,
}


def apply_report(health: EndpointHealth, report: EndpointReport, now: float) -> EndpointHealth:
    """Return the health after a report of its Region."""
    return _transition(replace(health, reported_at=now, silent=False), report, now)


def advance_to(health: EndpointHealth, now: float, timing: EndpointTiming) -> EndpointHealth:
    """Return the health at time `now`; the same object if nothing changed."""
    if health.reported_at is not None and now - health.reported_at >= timing.silent_s:
        silenced = health if health.silent else replace(health, silent=True)
        health = _transition(silenced, EndpointReport.BAD, now)
    return _timed_transition(health, now, timing)


def _transition(health: EndpointHealth, report: EndpointReport, now: float) -> EndpointHealth:
    phase = TRANSITIONS.get((health.phase, report))
    return health if phase is None else replace(health, phase=phase, phase_started_at=now)


def _timed_transition(health: EndpointHealth, now: float, timing: EndpointTiming) -> EndpointHealth:
    phase = TIMED_TRANSITIONS.get(health.phase)
    wait_s = timing.recover_s if health.phase is EndpointPhase.RECOVERING else timing.fail_s
    if phase is None or now - health.phase_started_at < wait_s:
        return health
    return replace(health, phase=phase, phase_started_at=now)


def silence_limit_s(
    *, unhealthy_threshold: int, scaled_interval_s: float, timeout_s: float
) -> float:
    """How long reports may be missing: as long as the target's health checks take to fail it.

    The check's time-out bounds real work and is never scaled.
    """
    return unhealthy_threshold * scaled_interval_s + timeout_s


def describe_endpoint_health(health: EndpointHealth, now: float, timing: EndpointTiming) -> str:
    """Explain the phase for `twin status`; empty for a healthy endpoint."""
    if health.phase is EndpointPhase.NEW:
        never = health.reported_at is None
        return "its Region has not reported yet" if never else "not checked yet"
    if health.phase is EndpointPhase.RECOVERING:
        healthy_s = now - health.phase_started_at
        return f"healthy for {healthy_s:.1f} s, counts after {timing.recover_s:g} s"
    if health.phase is EndpointPhase.HEALTHY:
        return ""
    if health.silent and health.reported_at is not None:
        return f"its Region has been silent for {now - health.reported_at:.1f} s"

    return "a target group of it has no healthy target"
