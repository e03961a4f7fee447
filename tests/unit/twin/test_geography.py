"""Locations of Regions and clients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import geography
from twin.errors import RegionUnknown, SettingsError

HOME = geography.find_city("Frankfurt")
REGION_NAMES = tuple(location.name for location in geography.REGIONS)


def test_portland_is_number_seven_and_near_oregon() -> None:
    portland = geography.city_of_client("127.210.7.1", HOME)

    assert portland.name == "Portland"
    assert geography.sort_regions_by_distance(portland, ("eu-central-1", "us-west-2")) == (
        "us-west-2",
        "eu-central-1",
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.210.0.1", "127.210.250.1", "127.75.2.106"])
def test_an_address_of_no_city_is_at_home(address: str) -> None:
    assert geography.city_of_client(address, HOME) == HOME


def test_every_address_of_a_citys_network_is_in_that_city() -> None:
    assert geography.city_of_client("127.210.1.77", HOME) == geography.city_of_client(
        geography.city_address(1), HOME
    )


def test_the_nearest_city_of_a_region_is_near_its_data_centres() -> None:
    assert geography.nearest_city("eu-central-1").name == "Frankfurt"
    assert geography.nearest_city("us-west-2").name == "Portland"


@given(st.sampled_from(geography.CITIES), st.sets(st.sampled_from(REGION_NAMES), min_size=1))
def test_sorting_keeps_every_region_and_orders_by_distance(
    city: geography.Location, regions: set[str]
) -> None:
    ordered = geography.sort_regions_by_distance(city, tuple(regions))

    distances = [
        geography.distance_km(city, location)
        for name in ordered
        for location in geography.REGIONS
        if location.name == name
    ]
    assert set(ordered) == regions
    assert len(ordered) == len(regions)
    assert distances == sorted(distances)


@given(st.sampled_from(geography.CITIES), st.sampled_from(geography.CITIES))
def test_distance_is_the_same_both_ways(a: geography.Location, b: geography.Location) -> None:
    assert geography.distance_km(a, b) == pytest.approx(geography.distance_km(b, a))


def test_frankfurt_to_portland_is_about_8200_km() -> None:
    distance = geography.distance_km(
        geography.find_city("frankfurt"), geography.find_city("PORTLAND")
    )

    assert distance == pytest.approx(8230, rel=0.02)


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RegionUnknown, match=r"'mars-1' is no AWS Region.*us-west-2"):
        geography.region_number("mars-1")
    with pytest.raises(RegionUnknown, match=r"did you mean us-west-2\?$"):
        geography.region_number("us-wets-2")


def test_an_unknown_city_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no city 'Atlantis'.*Portland"):
        geography.find_city("Atlantis")
    with pytest.raises(SettingsError, match=r"did you mean Portland\?$"):
        geography.find_city("portlnad")
