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

from twin.messages import EndpointState


class Phase(StrEnum):
    """Where an endpoint stands between the states that AWS tells."""

    NEW = "new"
    NEW_FAILING = "new, failing"
    NEW_FAILED = "never healthy"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"
    RECOVERING = "recovering"


class Report(StrEnum):
    """What is said of an endpoint."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things must last, in seconds, already at the twin's speed."""

    fail_s: float
    recover_s: float
    silent_s: float
    """A feed silent for this long counts as a bad report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """One endpoint's standing; `NEW_ENDPOINT` is where each starts."""

    phase: Phase = Phase.NEW
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
        return TELLS[self.phase]


NEW_ENDPOINT = EndpointHealth()

TELLS: Mapping[Phase, EndpointState] = {
    Phase.NEW: EndpointState.INITIAL,
    Phase.NEW_FAILING: EndpointState.INITIAL,
    Phase.NEW_FAILED: EndpointState.UNHEALTHY,
    Phase.HEALTHY: EndpointState.HEALTHY,
    Phase.FAILING: EndpointState.HEALTHY,
    Phase.UNHEALTHY: EndpointState.UNHEALTHY,
    Phase.RECOVERING: EndpointState.UNHEALTHY,
}

MOVES: Mapping[tuple[Phase, Report], Phase] = {
    (Phase.NEW, Report.GOOD): Phase.HEALTHY,
    (Phase.NEW, Report.BAD): Phase.NEW_FAILING,
    (Phase.NEW_FAILING, Report.GOOD): Phase.HEALTHY,
    (Phase.NEW_FAILED, Report.GOOD): Phase.HEALTHY,
    (Phase.HEALTHY, Report.BAD): Phase.FAILING,
    (Phase.HEALTHY, Report.UNKNOWN): Phase.FAILING,
    (Phase.FAILING, Report.GOOD): Phase.HEALTHY,
    (Phase.UNHEALTHY, Report.GOOD): Phase.RECOVERING,
    (Phase.RECOVERING, Report.BAD): Phase.UNHEALTHY,
    (Phase.RECOVERING, Report.UNKNOWN): Phase.UNHEALTHY,
}
"""A pair that is missing changes nothing."""

LEADS_TO: Mapping[Phase, Phase] = {
    Phase.NEW_FAILING: Phase.NEW_FAILED,
    Phase.FAILING: Phase.UNHEALTHY,
    Phase.RECOVERING: Phase.HEALTHY,
}
"""What a phase becomes once its time is over."""

REPORT_OF: Mapping[EndpointState, Report] = {
    EndpointState.HEALTHY: Report.GOOD,
    EndpointState.UNHEALTHY: Report.BAD,
    EndpointState.INITIAL: Report.UNKNOWN,
}


def reported(health: EndpointHealth, report: Report, now: float) -> EndpointHealth:
    """The endpoint after its Region said this of it."""
    heard = replace(health, heard_at=now, silent=False)
    return _moved(heard, report, now)


def at(health: EndpointHealth, now: float, timing: Timing) -> EndpointHealth:
    """The endpoint once the time up to `now` has passed; the same object if nothing changed."""
    if health.heard_at is not None and now - health.heard_at >= timing.silent_s:
        silenced = health if health.silent else replace(health, silent=True)
        health = _moved(silenced, Report.BAD, now)
    return _after_its_time(health, now, timing)


def _moved(health: EndpointHealth, report: Report, now: float) -> EndpointHealth:
    phase = MOVES.get((health.phase, report))
    return health if phase is None else replace(health, phase=phase, since=now)


def _after_its_time(health: EndpointHealth, now: float, timing: Timing) -> EndpointHealth:
    phase = LEADS_TO.get(health.phase)
    wait_s = timing.recover_s if health.phase is Phase.RECOVERING else timing.fail_s
    if phase is None or now - health.since < wait_s:
        return health
    return replace(health, phase=phase, since=now)


def silent_after_s(
    *, unhealthy_threshold: int, scaled_interval_s: float, timeout_s: float
) -> float:
    """How long a feed may be silent: as long as its own health checks would take to notice.

    The time-out bounds real work and is never scaled.
    """
    return unhealthy_threshold * scaled_interval_s + timeout_s


def reason(health: EndpointHealth, now: float, timing: Timing) -> str:
    """Why it stands where it stands, for a person; empty when there is nothing to say."""
    if health.phase is Phase.NEW:
        return "its Region has not reported yet" if health.heard_at is None else "not checked yet"
    if health.phase is Phase.RECOVERING:
        return f"healthy for {now - health.since:.1f} s, counts after {timing.recover_s:g} s"
    if health.phase is Phase.HEALTHY:
        return ""
    if health.silent and health.heard_at is not None:
        return f"its Region has been silent for {now - health.heard_at:.1f} s"
    return "a target group of it has no healthy target"
