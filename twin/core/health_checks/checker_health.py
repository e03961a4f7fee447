"""The state of one health checker, by its own checks of an endpoint.

    state       passed                         failed
    HEALTHY     .                              UNHEALTHY  after `threshold` in a row
    UNHEALTHY   HEALTHY  after `threshold`     .

A check that confirms the state starts the count anew. A new checker is HEALTHY, until it has data:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckerHealth:
    """What one checker reports of an endpoint; starts as `NEW_CHECKER`."""

    healthy: bool = True
    opposing_checks: int = 0
    """Consecutive checks that contradict the state."""


NEW_CHECKER = CheckerHealth()


def apply_check(health: CheckerHealth, threshold: int, *, passed: bool) -> CheckerHealth:
    """Return the health after one check."""
    if passed == health.healthy:
        return CheckerHealth(health.healthy)
    opposing = health.opposing_checks + 1
    if opposing < threshold:
        return CheckerHealth(health.healthy, opposing)
    return CheckerHealth(passed)
