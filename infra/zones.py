"""The two availability zones of a Region's load balancer.

Configured zones are used. Otherwise AWS is asked at each run, and the first two are used; existing
subnets keep their zones (infra/network.py), so that another answer of AWS replaces nothing.
"""

from collections.abc import Callable, Sequence

from pulumi_aws.get_availability_zones import (
    GetAvailabilityZonesResult,
    get_availability_zones,
)

from infra.errors import TooFewZones, ZonesUnreadable
from infra.rules import is_zone
from infra.settings import RegionSettings

ZoneLookup = Callable[..., GetAvailabilityZonesResult]


def availability_zones(
    region: RegionSettings, look_up: ZoneLookup = get_availability_zones
) -> tuple[str, str]:
    """Raises TooFewZones, ZonesUnreadable."""
    if region.zones is not None:
        return region.zones
    try:
        answer = look_up(region=region.name, state="available")
    except Exception as exc:  # Pulumi raises no narrower one
        raise ZonesUnreadable(region.name, exc) from exc
    return first_two(region.name, answer.names)


def first_two(region: str, names: Sequence[str]) -> tuple[str, str]:
    """The first two availability zones by name, without Local Zones. Raises TooFewZones."""
    ordinary = sorted(name for name in names if is_zone(region, name))
    match ordinary:
        case [one, other, *_]:
            return one, other
    raise TooFewZones(region, ordinary)
