"""Which two availability zones a Region's load balancer stands in.

Configured zones are taken as they are. Otherwise AWS is asked at each run, and the first two are
taken; what exists keeps its zones (infra/network.py), so another answer of AWS moves nothing.
"""

from collections.abc import Callable, Sequence

from pulumi_aws.get_availability_zones import (
    GetAvailabilityZonesResult,
    get_availability_zones,
)

from infra.errors import ZonesLacking, ZonesUnknown
from infra.rules import is_zone
from infra.settings import RegionSettings

ZoneLookup = Callable[..., GetAvailabilityZonesResult]


def availability_zones(
    region: RegionSettings, ask: ZoneLookup = get_availability_zones
) -> tuple[str, str]:
    """The Region's two zones. Asks AWS where none are configured.

    Raises ZonesLacking, and ZonesUnknown when AWS does not answer.
    """
    if region.zones is not None:
        return region.zones
    try:
        answer = ask(region=region.name, state="available")
    except Exception as exc:  # Pulumi's invoke has no narrower one
        raise ZonesUnknown(region.name, exc) from exc
    return first_two(region.name, answer.names)


def first_two(region: str, names: Sequence[str]) -> tuple[str, str]:
    """The first two by name. Local Zones, which sort first, can't hold it. Raises ZonesLacking."""
    ordinary = sorted(name for name in names if is_zone(region, name))
    match ordinary:
        case [one, other, *_]:
            return one, other
    raise ZonesLacking(region, ordinary)
