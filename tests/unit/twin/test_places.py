"""Where Regions and clients are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import places
from twin.errors import RegionUnknown, SettingsError

HOME = places.city("Frankfurt")
REGION_NAMES = tuple(place.name for place in places.REGIONS)


def test_portland_is_number_seven_and_near_oregon() -> None:
    portland = places.city_of("127.210.7.1", HOME)

    assert portland.name == "Portland"
    assert places.nearest_first(portland, ("eu-central-1", "us-west-2")) == (
        "us-west-2",
        "eu-central-1",
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "127.210.0.1", "127.210.250.1", "127.75.2.106"])
def test_an_address_of_no_city_is_at_home(address: str) -> None:
    assert places.city_of(address, HOME) == HOME


def test_every_address_of_a_citys_network_is_in_that_city() -> None:
    assert places.city_of("127.210.1.77", HOME) == places.city_of(places.city_address(1), HOME)


@given(st.sampled_from(places.CITIES), st.sets(st.sampled_from(REGION_NAMES), min_size=1))
def test_the_order_holds_every_region_once_and_never_steps_back(
    city: places.Place, regions: set[str]
) -> None:
    ordered = places.nearest_first(city, tuple(regions))

    distances = [
        places.distance_km(city, place)
        for name in ordered
        for place in places.REGIONS
        if place.name == name
    ]
    assert set(ordered) == regions
    assert len(ordered) == len(regions)
    assert distances == sorted(distances)


@given(st.sampled_from(places.CITIES), st.sampled_from(places.CITIES))
def test_distance_is_the_same_both_ways(a: places.Place, b: places.Place) -> None:
    assert places.distance_km(a, b) == pytest.approx(places.distance_km(b, a))


def test_frankfurt_to_portland_is_about_8200_km() -> None:
    distance = places.distance_km(places.city("frankfurt"), places.city("PORTLAND"))

    assert distance == pytest.approx(8230, rel=0.02)


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RegionUnknown, match=r"'mars-1' is no AWS Region.*us-west-2"):
        places.region_number("mars-1")


def test_an_unknown_city_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no city 'Atlantis'.*Portland"):
        places.city("Atlantis")
