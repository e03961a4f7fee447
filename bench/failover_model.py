"""How long clients of a DNS failover are out, computed from the settings alone. Pure.

Sixteen health checkers ask each endpoint, at moments of their own. One gives it up after
`threshold` failures in a row, and an endpoint is unhealthy when 18 % of them or fewer say healthy,
so when 14 of 16 have given it up:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
The interval runs from a check's end to the next one's beginning:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
Then an answer may live in a resolver for the rest of its TTL, and in a client for the rest of its
own time. How long a verdict takes to reach Route 53's name servers is not published; see
`to_servers_s`.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from muster.measure.samples import Cohort

CHECKERS = 16
HEALTHY_SHARE = 0.18
REFUSED_S, BLACK_HOLE_S = 0.0, 4.0
"""How long a failing check takes: a refused connection, and the time limit of connecting."""
MOVING: Mapping[Cohort, float] = {
    Cohort.DNS_TTL: 0.0,
    Cohort.DNS_POOL: 0.0,
    Cohort.DNS_CHROME: 60.0,
    Cohort.DNS_FIREFOX: 120.0,
}
"""How long clients that move keep an address of their own. Connections of a pool end at once with
their Region, so that it asks its resolver again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    interval_s: float = 10.0
    threshold: int = 3
    ttl_s: float = 60.0
    check_s: float = REFUSED_S
    to_servers_s: float = 0.0


def detection_s(settings: CheckSettings, rng: random.Random) -> float:
    """From the failure until Route 53's verdict, once."""
    enough = CHECKERS - int(HEALTHY_SHARE * CHECKERS)
    gave_up = sorted(
        rng.uniform(0, settings.interval_s)
        + (settings.threshold - 1) * (settings.interval_s + settings.check_s)
        + settings.check_s
        for _ in range(CHECKERS)
    )
    return gave_up[enough - 1] + settings.to_servers_s


def outage_s(cohort: Cohort, settings: CheckSettings, rng: random.Random) -> float:
    """How long a client of a kind that moves is out, once."""
    detected_s = detection_s(settings, rng)
    resolver_s = rng.uniform(0, settings.ttl_s)
    keeps_s = MOVING[cohort]
    if not keeps_s:
        return detected_s + resolver_s
    # It asks when its own time has ended; an old answer of its resolver is kept as long again.
    asks_s = rng.uniform(0, keeps_s)
    while asks_s < resolver_s:
        asks_s += keeps_s
    return detected_s + asks_s


def simulate_outages(
    cohort: Cohort, settings: CheckSettings, *, times: int, seed: int = 1
) -> list[float]:
    """So many outages, the shortest first."""
    rng = random.Random(seed)
    return sorted(outage_s(cohort, settings, rng) for _ in range(times))


def simulate_detection(settings: CheckSettings, *, times: int, seed: int = 1) -> list[float]:
    """So many detections, the shortest first."""
    rng = random.Random(seed)
    return sorted(detection_s(settings, rng) for _ in range(times))
