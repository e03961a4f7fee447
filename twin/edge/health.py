"""What the edge knows of each endpoint's health: reports of the Regions, silence, and time.

The rules are in twin.core.endpoint_health; this keeps one state for each endpoint and says whether
routing has to be built anew. Where endpoints are and who routes to them is not known here.
"""

import logging

from twin.clock import Clock
from twin.core.endpoint_health import (
    NEW_ENDPOINT,
    REPORT_OF_STATE,
    EndpointHealth,
    EndpointTiming,
    advance_to,
    apply_report,
    describe_endpoint_health,
    silence_limit_s,
)
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport
from twin.settings import TwinSettings
from twin.topology.model import LoadBalancer, RegionTopology, TargetGroup, Topology

log = logging.getLogger(__name__)

SILENT_WITHOUT_TARGETS_S = 5.0
"""How long the feed of a load balancer without target groups may be silent."""
NO_SUCH_LOAD_BALANCER = "no load balancer has this ARN"


class EndpointHealthTracker:
    """The standing of every endpoint of every accelerator."""

    def __init__(self, settings: TwinSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._timings: dict[str, EndpointTiming] = {}
        self._standing: dict[str, EndpointHealth] = {}
        self._last_reports: dict[str, tuple[float, LoadBalancerHealthReport]] = {}

    def watch(self, topology: Topology) -> None:
        """Follow the load balancers that are endpoints now, and forget the others.

        A new endpoint is judged by the last report, if that is not too old: its load balancer may
        have been checked for long.
        """
        known = {
            balancer.arn: self._timing(balancer, region)
            for region in topology.regions.values()
            for balancer in region.load_balancers
        }
        wanted = _endpoint_ids(topology)
        self._timings = {arn: timing for arn, timing in known.items() if arn in wanted}
        self._standing = {arn: self._standing.get(arn, NEW_ENDPOINT) for arn in self._timings}
        now = self._clock.monotonic()
        for heard_at, report in self._last_reports.values():
            for arn, state in report.load_balancers.items():
                if self._standing.get(arn) is not NEW_ENDPOINT:
                    continue
                if now - heard_at < self._timings[arn].silent_s:
                    self._take(arn, state, heard_at)

    def hear(self, report: LoadBalancerHealthReport) -> bool:
        """Take a Region's report; whether any endpoint's state changed."""
        now = self._clock.monotonic()
        self._last_reports[report.region] = (now, report)
        changes = [
            self._take(arn, state, now)
            for arn, state in report.load_balancers.items()
            if arn in self._standing
        ]
        return any(changes)

    def pass_time(self) -> bool:
        """Let waits end and silence count; whether any endpoint's state changed."""
        now = self._clock.monotonic()
        changes = [
            self._put(arn, advance_to(health, now, self._timings[arn]))
            for arn, health in self._standing.items()
        ]
        return any(changes)

    def state(self, endpoint_id: str) -> EndpointState:
        """An endpoint's state; UNHEALTHY when there is no such load balancer."""
        health = self._standing.get(endpoint_id)
        return EndpointState.UNHEALTHY if health is None else health.state

    def reason(self, endpoint_id: str) -> str:
        """Why it is in that state, for a person."""
        health = self._standing.get(endpoint_id)
        if health is None:
            return NO_SUCH_LOAD_BALANCER
        return describe_endpoint_health(health, self._clock.monotonic(), self._timings[endpoint_id])

    def _take(self, arn: str, state: EndpointState, now: float) -> bool:
        report = REPORT_OF_STATE[state]
        return self._put(arn, apply_report(self._standing[arn], report, now))

    def _put(self, arn: str, health: EndpointHealth) -> bool:
        before = self._standing[arn]
        self._standing[arn] = health
        if before.state is health.state:
            return False
        log.info("%s is %s %s", arn, health.state, self.reason(arn))
        return True

    def _timing(self, balancer: LoadBalancer, region: RegionTopology) -> EndpointTiming:
        groups = {group.arn: group for group in region.target_groups}
        used = [groups[arn] for arn in _target_group_arns(balancer) if arn in groups]
        # The first of its target groups to fail makes the endpoint unhealthy.
        silences = [self._silence(group) for group in used] or [SILENT_WITHOUT_TARGETS_S]
        return EndpointTiming(
            fail_s=self._settings.scaled(self._settings.endpoint_fail_s),
            recover_s=self._settings.scaled(self._settings.endpoint_recover_s),
            silent_s=min(silences),
        )

    def _silence(self, group: TargetGroup) -> float:
        check = group.health_check
        return silence_limit_s(
            unhealthy_threshold=check.unhealthy_threshold,
            scaled_interval_s=self._settings.scaled(check.interval_s),
            timeout_s=check.timeout_s,
        )


def _endpoint_ids(topology: Topology) -> set[str]:
    return {
        endpoint.id
        for accelerator in topology.accelerators
        for listener in accelerator.listeners
        for group in listener.groups
        for endpoint in group.endpoints
    }


def _target_group_arns(balancer: LoadBalancer) -> set[str]:
    return {
        target_group.arn
        for listener in balancer.listeners
        for action in (listener.default_action, *(rule.action for rule in listener.rules))
        for target_group in action.target_groups
    }
