"""Route 53's health checkers: sixteen, two in each of eight Regions.

AWS names sixteen redundant zones, and a health check may name the Regions that check it:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-check-latency.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
How the sixteen are spread over the Regions is not documented; here it is two in each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

CHECKER_REGIONS = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)
"""HealthCheckRegion of the API."""
CHECKERS_PER_REGION = 2


@dataclass(frozen=True, slots=True, order=True)
class Checker:
    """One health checker: a Region and a number there."""

    region: str
    number: int

    @property
    def position(self) -> int:
        """0 to 15, for addresses."""
        return CHECKER_REGIONS.index(self.region) * CHECKERS_PER_REGION + self.number


ALL_CHECKERS = tuple(
    Checker(region, number) for region in CHECKER_REGIONS for number in range(CHECKERS_PER_REGION)
)


def choose_checkers(regions: Iterable[str]) -> tuple[Checker, ...]:
    """The checkers of these Regions; all without any."""
    wanted = frozenset(regions)
    return tuple(checker for checker in ALL_CHECKERS if not wanted or checker.region in wanted)
