"""Which resources are protected from deletion, and which Regions are about to leave.

A Region leaves in two updates. The first one has it among the draining Regions: it gets no new
traffic, and its own resources may be deleted afterwards. The second one removes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.configuration.reader import ConfigurationReader

LEAST_REGIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """What may not be deleted, and what can be restored."""

    deletion: bool
    """Whether tables, front doors and functions are protected from deletion."""
    recovery: bool
    """Point-in-time recovery of each replica. Apart from `deletion`, since turning it off throws
    the restore window away:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    draining: frozenset[str]
    """Regions about to be removed: without traffic, and without protection of their own parts."""

    def protects(self, region: str) -> bool:
        """Whether the Region's own resources are protected from deletion."""
        return self.deletion and region not in self.draining


def parse_protection(
    reader: ConfigurationReader, regions: Sequence[str], home_region: str
) -> ProtectionSettings:
    """Read `protect`, `point_in_time_recovery` and `draining_regions`."""
    draining = reader.texts("draining_regions")
    unknown = [name for name in draining if name not in regions]
    rest = set(regions) - set(draining)
    if unknown:
        reader.refuse("draining_regions", f"not in muster:regions: {', '.join(unknown)}")
    elif home_region in draining:
        rule = f"{home_region} is the home_region, where the tables live; it can't be removed"
        reader.refuse("draining_regions", rule)
    elif draining and len(rest) < LEAST_REGIONS:
        reader.refuse("draining_regions", f"must leave {LEAST_REGIONS} Regions or more")
    return ProtectionSettings(
        deletion=reader.flag("protect", default=False),
        recovery=reader.flag("point_in_time_recovery", default=True),
        draining=frozenset(draining),
    )
