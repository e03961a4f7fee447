"""How long clients of a DNS failover are out, computed from the settings alone. Pure.

The time until Route 53's verdict is simulated by the rules that the twin's health checkers follow
(twin.core.health_checks.detection). Then an answer may live in a resolver for the rest of its TTL,
and in a client for the rest of its own time. How long a verdict takes to reach Route 53's name
servers is not published, and left out.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from muster.measure.samples import Cohort
from twin.core.health_checks.checkers import ALL_CHECKERS
from twin.core.health_checks.detection import EndpointChange, find_detection_time_s

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
    change: EndpointChange = EndpointChange.REFUSED


def outage_s(cohort: Cohort, settings: CheckSettings, rng: random.Random) -> float:
    """How long a client of a kind that moves is out, once."""
    detected_s = find_detection_time_s(
        settings.change,
        interval_s=settings.interval_s,
        threshold=settings.threshold,
        first_checks_s=[rng.uniform(0, settings.interval_s) for _ in ALL_CHECKERS],
    )
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
