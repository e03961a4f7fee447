"""Places of geolocation routing."""

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from twin.control.route53.records.geo_locations import (
    CONTINENT_OF,
    COUNTRIES,
    all_places,
    find_place,
)
from twin.core.dns.clients import place_of_city
from twin.geography import CITIES, Location
from twin.topology.route53 import GeoLocation


def test_every_place_has_a_name() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html"""
    names = {find_place(place) for place in all_places()}

    assert None not in names
    assert {"Europe", "Default", "Germany", "Oregon"} <= names


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
def test_every_city_of_a_client_lies_in_known_places(city: Location) -> None:
    place = place_of_city(city)

    assert CONTINENT_OF[place.country] == place.continent
    state = GeoLocation(country=place.country, subdivision=place.subdivision)
    assert find_place(state) is not None


def test_a_country_lies_on_one_continent() -> None:
    assert CONTINENT_OF.keys() == COUNTRIES.keys()


def test_places_are_listed_in_pages() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListGeoLocations.html"""
    service = FakeRoute53()
    listed: list[dict[str, str]] = []
    start: dict[str, str] = {}
    for _ in range(10):
        page = service.call("ListGeoLocations", **start)
        listed += page["GeoLocationDetailsList"]
        if not page["IsTruncated"]:
            break
        start = {f"Start{k[4:]}": page[k] for k in page if k.startswith("Next")}

    assert len(listed) == len(all_places())
    assert listed[0] == {"ContinentCode": "AF", "ContinentName": "Africa"}
    assert {
        "CountryCode": "US",
        "CountryName": "United States",
        "SubdivisionCode": "OR",
        "SubdivisionName": "Oregon",
    } in listed


def test_one_place_is_found_by_its_codes() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetGeoLocation.html"""
    service = FakeRoute53()

    found = service.call("GetGeoLocation", CountryCode="*")["GeoLocationDetails"]

    assert found == {"CountryCode": "*", "CountryName": "Default"}
    service.refuse("NoSuchGeoLocation", "GetGeoLocation", CountryCode="ZZ")
