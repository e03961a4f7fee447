"""Where the sender of a query stands."""

import pytest

from twin.core.dns.clients import locate_client, place_of_city
from twin.geography import CITIES, Location, city_address, city_number, find_city

HOME = find_city("Frankfurt")


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_every_city_has_a_place(city: Location) -> None:
    client = locate_client(city_address(city_number(city)), None, HOME)

    assert client.place.city is city
    assert client.place.continent in {"AF", "AN", "AS", "EU", "OC", "NA", "SA"}
    assert len(client.place.country) == 2
    assert bool(client.place.subdivision) == (client.place.country == "US")


def test_a_subnet_of_a_city_is_in_the_city() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-edns0.html"""
    client = locate_client("127.210.7.0", 24, HOME)

    assert client.place.city.name == "Portland"
    assert client.place_prefix == 24


def test_other_addresses_are_in_the_home_city() -> None:
    assert locate_client("127.0.0.1", None, HOME).place == place_of_city(HOME)
    assert locate_client("192.0.2.0", 24, HOME).place == place_of_city(HOME)


def test_an_ipv6_subnet_is_in_the_home_city_whatever_its_bits_are() -> None:
    client = locate_client("2001:db8::", 56, HOME)

    assert client.place == place_of_city(HOME)
    assert client.place_prefix == 0


@pytest.mark.parametrize("address", ["", "Portland", "1.2.3", "127.210.7.256"])
def test_what_is_no_address_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        locate_client(address, None, HOME)
