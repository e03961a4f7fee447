"""Locations of Regions and clients, and the distances between them.

Global Accelerator measures network distance from its edge locations, in a way that AWS does not
publish. The twin uses the great circle between the client's city and the Region (a simplification
that docs/aws-behaviour.md names).

The source address gives a client's city: 127.210.N.0/24 is city number N, every other address is
the home city.
"""

import ipaddress
import math
from dataclasses import dataclass
from functools import cache

from common.command.wording import suggest_name
from twin.errors import RegionUnknown, SettingsError

CLIENT_NET = "127.210"
EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Location:
    """A named point on the globe, in degrees; north and east are positive."""

    name: str
    latitude: float
    longitude: float


# The position is the Region's number, a part of its addresses: only ever append.
REGIONS: tuple[Location, ...] = (
    Location("us-east-1", 38.95, -77.45),
    Location("us-east-2", 39.96, -83.00),
    Location("us-west-1", 37.35, -121.96),
    Location("us-west-2", 45.84, -119.70),
    Location("ca-central-1", 45.50, -73.57),
    Location("ca-west-1", 51.05, -114.07),
    Location("mx-central-1", 20.59, -100.39),
    Location("sa-east-1", -23.55, -46.63),
    Location("eu-central-1", 50.11, 8.68),
    Location("eu-central-2", 47.37, 8.54),
    Location("eu-west-1", 53.35, -6.26),
    Location("eu-west-2", 51.51, -0.13),
    Location("eu-west-3", 48.86, 2.35),
    Location("eu-north-1", 59.33, 18.07),
    Location("eu-south-1", 45.46, 9.19),
    Location("eu-south-2", 41.65, -0.88),
    Location("il-central-1", 32.09, 34.78),
    Location("me-central-1", 24.45, 54.38),
    Location("me-south-1", 26.23, 50.59),
    Location("af-south-1", -33.92, 18.42),
    Location("ap-south-1", 19.08, 72.88),
    Location("ap-south-2", 17.39, 78.49),
    Location("ap-southeast-1", 1.35, 103.82),
    Location("ap-southeast-2", -33.87, 151.21),
    Location("ap-southeast-3", -6.21, 106.85),
    Location("ap-southeast-4", -37.81, 144.96),
    Location("ap-southeast-5", 3.14, 101.69),
    Location("ap-southeast-7", 13.76, 100.50),
    Location("ap-northeast-1", 35.68, 139.69),
    Location("ap-northeast-2", 37.57, 126.98),
    Location("ap-northeast-3", 34.69, 135.50),
    Location("ap-east-1", 22.32, 114.17),
    Location("ap-east-2", 25.03, 121.57),
)

# City number = position + 1 (127.210.1.1 is the first): only ever append.
CITIES: tuple[Location, ...] = (
    Location("Frankfurt", 50.11, 8.68),
    Location("London", 51.51, -0.13),
    Location("Stockholm", 59.33, 18.07),
    Location("Madrid", 40.42, -3.70),
    Location("New York", 40.71, -74.01),
    Location("Chicago", 41.88, -87.63),
    Location("Portland", 45.52, -122.68),
    Location("San Francisco", 37.77, -122.42),
    Location("Toronto", 43.65, -79.38),
    Location("São Paulo", -23.55, -46.63),
    Location("Johannesburg", -26.20, 28.05),
    Location("Dubai", 25.20, 55.27),
    Location("Mumbai", 19.08, 72.88),
    Location("Singapore", 1.35, 103.82),
    Location("Tokyo", 35.68, 139.69),
    Location("Seoul", 37.57, 126.98),
    Location("Sydney", -33.87, 151.21),
    Location("Auckland", -36.85, 174.76),
)

_REGION_BY_NAME = {location.name: location for location in REGIONS}
REGION_NAMES = _REGION_BY_NAME.keys()
_REGION_NUMBER = {location.name: number for number, location in enumerate(REGIONS, start=1)}
_CITY_BY_NAME = {location.name.casefold(): location for location in CITIES}


def region_number(region: str) -> int:
    """The Region's number, 1 and up; the third octet of its addresses. Raises RegionUnknown."""
    try:
        return _REGION_NUMBER[region]
    except KeyError:
        raise RegionUnknown(
            f"'{region}' is no AWS Region that the twin knows; known: {', '.join(_REGION_NUMBER)}"
            f"{suggest_name(region, _REGION_NUMBER)}"
        ) from None


def find_city(name: str) -> Location:
    """City by name, ignoring case. Raises SettingsError."""
    try:
        return _CITY_BY_NAME[name.casefold()]
    except KeyError:
        names = [city.name for city in CITIES]
        known = f"{', '.join(names)}{suggest_name(name, names)}"
        raise SettingsError(f"no city '{name}'; the twin knows {known}") from None


def city_address(number: int) -> str:
    """The source address of a client in city `number` (1 and up)."""
    return f"{CLIENT_NET}.{number}.1"


def city_number(city: Location) -> int:
    """The city's number, 1 and up; the third octet of its addresses."""
    return CITIES.index(city) + 1


def find_city_address(name: str) -> str:
    """The source address of a client in a city, by its name. Raises SettingsError."""
    return city_address(city_number(find_city(name)))


def city_of_client(client_ip: str, home: Location) -> Location:
    """City of a client by its source address; `home` for an address of no city."""
    octets = ipaddress.IPv4Address(client_ip).packed
    number = octets[2]
    if f"{octets[0]}.{octets[1]}" == CLIENT_NET and 1 <= number <= len(CITIES):
        return CITIES[number - 1]
    return home


def distance_km(a: Location, b: Location) -> float:
    """Great-circle distance (haversine)."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    d_lat = lat_b - lat_a
    d_lon = math.radians(b.longitude - a.longitude)
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def distance_to_region_km(location: Location, region: str) -> float:
    """Great-circle distance to a Region. Raises RegionUnknown."""
    region_number(region)
    return distance_km(location, _REGION_BY_NAME[region])


@cache
def nearest_city(region: str) -> Location:
    """The city that is nearest to a Region. Raises RegionUnknown."""
    return min(CITIES, key=lambda city: distance_to_region_km(city, region))


def sort_regions_by_distance(location: Location, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Regions, nearest first; equal distances by name. Raises RegionUnknown."""
    return tuple(
        sorted(regions, key=lambda region: (distance_to_region_km(location, region), region))
    )
