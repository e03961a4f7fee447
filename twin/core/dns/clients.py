"""Where the sender of a query stands, as far as its address tells.

A query with a client subnet (ECS) is answered for that subnet, else for the resolver's address:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-edns0.html
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from twin.geography import Location, city_of_client

CITY_PREFIX = 24
"""Each city of the twin has a /24 of addresses (twin.geography)."""

IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class ClientPlace:
    """A city, and what geolocation routing knows of it."""

    city: Location
    continent: str
    """AF AN AS EU OC NA SA."""
    country: str
    """ISO 3166-1 alpha-2."""
    subdivision: str = ""
    """A state of the US."""


@dataclass(frozen=True, slots=True)
class DnsClient:
    """The addresses that an answer is for, and their place."""

    network: IpNetwork
    """The client's subnet, else the one address of the resolver."""
    place: ClientPlace

    @property
    def place_prefix(self) -> int:
        """Bits of the address that the place follows from: none of an IPv6 one."""
        return CITY_PREFIX if self.network.version == 4 else 0


_PLACES: dict[str, tuple[str, str, str]] = {
    "Frankfurt": ("EU", "DE", ""),
    "London": ("EU", "GB", ""),
    "Stockholm": ("EU", "SE", ""),
    "Madrid": ("EU", "ES", ""),
    "New York": ("NA", "US", "NY"),
    "Chicago": ("NA", "US", "IL"),
    "Portland": ("NA", "US", "OR"),
    "San Francisco": ("NA", "US", "CA"),
    "Toronto": ("NA", "CA", ""),
    "São Paulo": ("SA", "BR", ""),
    "Johannesburg": ("AF", "ZA", ""),
    "Dubai": ("AS", "AE", ""),
    "Mumbai": ("AS", "IN", ""),
    "Singapore": ("AS", "SG", ""),
    "Tokyo": ("AS", "JP", ""),
    "Seoul": ("AS", "KR", ""),
    "Sydney": ("OC", "AU", ""),
    "Auckland": ("OC", "NZ", ""),
}
"""City -> continent, country, state."""


def place_of_city(city: Location) -> ClientPlace:
    continent, country, subdivision = _PLACES[city.name]
    return ClientPlace(city, continent, country, subdivision)


@lru_cache(maxsize=4096)
def locate_client(address: str, prefix: int | None, home: Location) -> DnsClient:
    """The clients with the first `prefix` bits of `address`, an IPv4 or IPv6 one; None: all bits.

    Raises ValueError for another text, and for a prefix that is too long.
    """
    network = ip_network(address if prefix is None else f"{address}/{prefix}", strict=False)
    if network.version == 6:
        return DnsClient(network, place_of_city(home))
    return DnsClient(network, place_of_city(city_of_client(str(network.network_address), home)))
