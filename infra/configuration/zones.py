"""The two availability zones of a Region's load balancer.

Configured zones are used. Otherwise AWS is asked at each run, and the first two that Global
Accelerator can reach are used; existing subnets keep their zones (infra/network.py), so that
another answer of AWS replaces nothing. A Region that is down is not asked, if the configuration
says so.
"""

from collections.abc import Callable, Sequence

from pulumi_aws.get_availability_zones import (
    GetAvailabilityZonesResult,
    get_availability_zones,
)

from infra.configuration.errors import TooFewZones, ZonesUnreadable, ZonesWithoutAccelerator
from infra.configuration.regions import ZONE_IDS_WITHOUT_ACCELERATOR
from infra.configuration.rules import is_zone
from infra.configuration.settings import RegionSettings

ZoneLookup = Callable[..., GetAvailabilityZonesResult]


def availability_zones(
    region: RegionSettings, look_up: ZoneLookup = get_availability_zones
) -> tuple[str, str]:
    """Raises TooFewZones, ZonesUnreadable, ZonesWithoutAccelerator."""
    lacking = ZONE_IDS_WITHOUT_ACCELERATOR.get(region.name, ())
    if region.unreachable:
        # The subnets are there, and keep their zones.
        return region.zones or (f"{region.name}a", f"{region.name}b")
    if region.zones is None:
        names = _look_up(look_up, region.name, state="available", exclude_zone_ids=[*lacking])
        return first_two(region.name, names)
    if lacking:
        # Not only those that are available: an impaired zone stays configured.
        usable = _look_up(look_up, region.name, exclude_zone_ids=[*lacking])
        if refused := [zone for zone in region.zones if zone not in usable]:
            raise ZonesWithoutAccelerator(region.name, refused, usable)
    return region.zones


def _look_up(look_up: ZoneLookup, region: str, **options: object) -> Sequence[str]:
    try:
        return look_up(region=region, **options).names
    except Exception as exc:  # Pulumi raises no narrower one
        raise ZonesUnreadable(region, exc) from exc


def first_two(region: str, names: Sequence[str]) -> tuple[str, str]:
    """The first two availability zones by name, without Local Zones. Raises TooFewZones."""
    ordinary = sorted(name for name in names if is_zone(region, name))
    match ordinary:
        case [one, other, *_]:
            return one, other
    raise TooFewZones(region, ordinary)
