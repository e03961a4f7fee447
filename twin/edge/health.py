"""Track the health of each endpoint from the Regions' reports, their silence, and time.

The rules are in twin.core.accelerator.endpoint_health; the tracker keeps one state for each
endpoint and reports whether a state changed, so that the caller rebuilds the routes only then.
"""

import logging

from common.clock import Clock
from twin.core.accelerator.endpoint_health import (
    NEW_ENDPOINT,
    REPORT_OF_STATE,
    EndpointHealth,
    EndpointTiming,
    advance_to,
    apply_report,
    describe_endpoint_health,
    silence_limit_s,
)
from twin.core.alb.target_health import target_groups_of
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport
from twin.settings import TwinSettings
from twin.topology.model import LoadBalancer, RegionTopology, TargetGroup, Topology

log = logging.getLogger(__name__)

SILENT_WITHOUT_TARGETS_S = 5.0
"""Silence limit for a load balancer without target groups."""
NO_SUCH_LOAD_BALANCER = "no load balancer has this ARN"


class EndpointHealthTracker:
    """The health of every endpoint of every accelerator."""

    def __init__(self, settings: TwinSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._timings: dict[str, EndpointTiming] = {}
        self._states: dict[str, EndpointHealth] = {}
        self._last_reports: dict[str, tuple[float, LoadBalancerHealthReport]] = {}

    def set_topology(self, topology: Topology) -> None:
        """Track the load balancers that are endpoints of this Topology, and no others.

        A new endpoint takes its state from the Region's last report unless that is too old: its
        load balancer may have been checked for a long time.
        """
        known = {
            balancer.arn: self._timing(balancer, region)
            for region in topology.regions.values()
            for balancer in region.load_balancers
        }
        wanted = _endpoint_ids(topology)
        self._timings = {arn: timing for arn, timing in known.items() if arn in wanted}
        self._states = {arn: self._states.get(arn, NEW_ENDPOINT) for arn in self._timings}
        now = self._clock.monotonic()
        for received_at, report in self._last_reports.values():
            for arn, state in report.load_balancers.items():
                if self._states.get(arn) is not NEW_ENDPOINT:
                    continue
                if now - received_at < self._timings[arn].silent_s:
                    self._apply_state(arn, state, received_at)

    def apply_report(self, report: LoadBalancerHealthReport) -> bool:
        """Apply a Region's report; True if any endpoint's state changed."""
        now = self._clock.monotonic()
        self._last_reports[report.region] = (now, report)
        changes = [
            self._apply_state(arn, state, now)
            for arn, state in report.load_balancers.items()
            if arn in self._states
        ]
        return any(changes)

    def advance(self) -> bool:
        """Apply elapsed delays and silence; True if any endpoint's state changed."""
        now = self._clock.monotonic()
        changes = [
            self._set_health(arn, advance_to(health, now, self._timings[arn]))
            for arn, health in self._states.items()
        ]
        return any(changes)

    def state(self, endpoint_id: str) -> EndpointState:
        """The endpoint's state; UNHEALTHY if there is no such load balancer."""
        health = self._states.get(endpoint_id)
        return EndpointState.UNHEALTHY if health is None else health.state

    def reason(self, endpoint_id: str) -> str:
        """Why the endpoint is in its state, as a phrase for users."""
        health = self._states.get(endpoint_id)
        if health is None:
            return NO_SUCH_LOAD_BALANCER
        return describe_endpoint_health(health, self._clock.monotonic(), self._timings[endpoint_id])

    def _apply_state(self, arn: str, state: EndpointState, now: float) -> bool:
        report = REPORT_OF_STATE[state]
        return self._set_health(arn, apply_report(self._states[arn], report, now))

    def _set_health(self, arn: str, health: EndpointHealth) -> bool:
        before = self._states[arn]
        self._states[arn] = health
        if before.state is health.state:
            return False
        log.info("%s is %s %s", arn, health.state, self.reason(arn))
        return True

    def _timing(self, balancer: LoadBalancer, region: RegionTopology) -> EndpointTiming:
        groups = {group.arn: group for group in region.target_groups}
        used = [groups[arn] for arn in target_groups_of(balancer) if arn in groups]
        # The first of its target groups to fail makes the endpoint unhealthy.
        limits = [self._silence_limit_s(group) for group in used] or [SILENT_WITHOUT_TARGETS_S]
        return EndpointTiming(
            fail_s=self._settings.scaled(self._settings.endpoint_fail_s),
            recover_s=self._settings.scaled(self._settings.endpoint_recover_s),
            silent_s=min(limits),
        )

    def _silence_limit_s(self, group: TargetGroup) -> float:
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
