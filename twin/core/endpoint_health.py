"""The health of an endpoint (a load balancer), as the accelerator sees it.

A Region reports each second what it knows of its load balancers. The accelerator does not follow
at once: a failure must last, and so must a recovery. The states and what moves them:

    phase          tells        GOOD         BAD          UNKNOWN      its time is over
    NEW            INITIAL      HEALTHY      NEW_FAILING  .            (has none)
    NEW_FAILING    INITIAL      HEALTHY      .            .            NEW_FAILED   after fail_s
    NEW_FAILED     UNHEALTHY    HEALTHY      .            .            (has none)
    HEALTHY        HEALTHY      .            FAILING      FAILING      (has none)
    FAILING        HEALTHY      HEALTHY      .            .            UNHEALTHY    after fail_s
    UNHEALTHY      UNHEALTHY    RECOVERING   .            .            (has none)
    RECOVERING     UNHEALTHY    .            UNHEALTHY    UNHEALTHY    HEALTHY      after recover_s

GOOD and BAD are reports; UNKNOWN is a report that the load balancer has not been checked yet, which
is no failure of one that is new here. A feed that was heard once and is then silent for
`silent_s` counts as BAD; one that was never heard says nothing at all.

An endpoint that has never been healthy needs one good report. The wait of `recover_s` is for the
way back ("routing will start back to healthy endpoints ... in about 30 seconds or so"):
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
A newly added endpoint gets traffic once it passed a health check:
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html

Time is a parameter: seconds of one clock that never goes back. `at` must be asked regularly. It
starts each wait when it first sees the reason for it, so that a process that was itself held for a
while does not blame the endpoints for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.internal_api.schemas import EndpointState


class EndpointPhase(StrEnum):
    """Where an endpoint stands between the states that AWS tells."""

    NEW = "new"
    NEW_FAILING = "new, failing"
    NEW_FAILED = "never healthy"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"
    RECOVERING = "recovering"


class EndpointReport(StrEnum):
    """What is said of an endpoint."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTiming:
    """How long things must last, in seconds, already at the twin's speed."""

    fail_s: float
    recover_s: float
    silent_s: float
    """A feed silent for this long counts as a bad report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """One endpoint's standing; `NEW_ENDPOINT` is where each starts."""

    phase: EndpointPhase = EndpointPhase.NEW
    since: float = 0.0
    """When the phase began."""
    heard_at: float | None = None
    """When the last report came; None before the first."""
    silent: bool = False
    """Whether silence is what counts against it."""

    @property
    def state(self) -> EndpointState:
        """HealthState, in the words of DescribeEndpointGroup.

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
"""A pair that is missing changes nothing."""

TIMED_TRANSITIONS: Mapping[EndpointPhase, EndpointPhase] = {
    EndpointPhase.NEW_FAILING: EndpointPhase.NEW_FAILED,
    EndpointPhase.FAILING: EndpointPhase.UNHEALTHY,
    EndpointPhase.RECOVERING: EndpointPhase.HEALTHY,
}
"""What a phase becomes once its time is over."""

REPORT_OF_STATE: Mapping[EndpointState, EndpointReport] = {
    EndpointState.HEALTHY: EndpointReport.GOOD,
    EndpointState.UNHEALTHY: EndpointReport.BAD,
    EndpointState.INITIAL: EndpointReport.UNKNOWN,
}


def apply_report(health: EndpointHealth, report: EndpointReport, now: float) -> EndpointHealth:
    """The endpoint after its Region said this of it."""
    heard = replace(health, heard_at=now, silent=False)
    return _moved(heard, report, now)


def advance_to(health: EndpointHealth, now: float, timing: EndpointTiming) -> EndpointHealth:
    """The endpoint once the time up to `now` has passed; the same object if nothing changed."""
    if health.heard_at is not None and now - health.heard_at >= timing.silent_s:
        silenced = health if health.silent else replace(health, silent=True)
        health = _moved(silenced, EndpointReport.BAD, now)
    return _after_its_time(health, now, timing)


def _moved(health: EndpointHealth, report: EndpointReport, now: float) -> EndpointHealth:
    phase = TRANSITIONS.get((health.phase, report))
    return health if phase is None else replace(health, phase=phase, since=now)


def _after_its_time(health: EndpointHealth, now: float, timing: EndpointTiming) -> EndpointHealth:
    phase = TIMED_TRANSITIONS.get(health.phase)
    wait_s = timing.recover_s if health.phase is EndpointPhase.RECOVERING else timing.fail_s
    if phase is None or now - health.since < wait_s:
        return health
    return replace(health, phase=phase, since=now)


def silence_limit_s(
    *, unhealthy_threshold: int, scaled_interval_s: float, timeout_s: float
) -> float:
    """How long a feed may be silent: as long as its own health checks would take to notice.

    The time-out bounds real work and is never scaled.
    """
    return unhealthy_threshold * scaled_interval_s + timeout_s


def describe_endpoint_health(health: EndpointHealth, now: float, timing: EndpointTiming) -> str:
    """Why it stands where it stands, for a person; empty when there is nothing to say."""
    if health.phase is EndpointPhase.NEW:
        return "its Region has not reported yet" if health.heard_at is None else "not checked yet"
    if health.phase is EndpointPhase.RECOVERING:
        return f"healthy for {now - health.since:.1f} s, counts after {timing.recover_s:g} s"
    if health.phase is EndpointPhase.HEALTHY:
        return ""
    if health.silent and health.heard_at is not None:
        return f"its Region has been silent for {now - health.heard_at:.1f} s"
    return "a target group of it has no healthy target"
