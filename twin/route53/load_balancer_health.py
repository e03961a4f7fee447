"""The health of load balancers, for aliases that evaluate their target's health.

Each Region reports it each second and at each change. A load balancer whose Region has fallen
silent counts as unhealthy, and one that has not been checked yet as healthy, as a new health check
does.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
"""

from common.clock import Clock
from twin.internal_api.schemas import EndpointState, LoadBalancerHealthReport

SILENT_S = 5.0
"""Without a report for this long; real time, never scaled, as the reports are."""


class LoadBalancerHealth:
    """The last report of each Region."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_at = clock.monotonic()
        self._states: dict[str, EndpointState] = {}
        self._reported_at: dict[str, float] = {}

    def take_report(self, report: LoadBalancerHealthReport) -> None:
        self._reported_at[report.region] = self._clock.monotonic()
        self._states.update(report.load_balancers)

    def is_healthy(self, arn: str) -> bool:
        """Whether the load balancer with this ARN is healthy."""
        region = arn.split(":")[3]
        reported_at = self._reported_at.get(region, self._started_at)
        if self._clock.monotonic() - reported_at >= SILENT_S:
            return False
        return self._states.get(arn) is not EndpointState.UNHEALTHY
