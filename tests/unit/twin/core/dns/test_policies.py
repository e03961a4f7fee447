"""Which records answer, by policy and health."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.core.dns.zone_setup import (
    IsHealthy,
    RecordFields,
    a_record,
    all_healthy,
    answered,
    ask,
    index_of,
    unhealthy,
    values_of,
)
from twin.core.dns.policies import MAX_MULTIVALUE, order_by_latency, order_by_proximity, shuffled
from twin.core.dns.record_groups import RoutingPolicy
from twin.geography import CITIES, REGIONS, Location, find_city
from twin.topology.route53 import (
    CidrCollection,
    CidrLocation,
    GeoLocation,
    GeoProximity,
    ResourceRecordSet,
)

FRANKFURT, OREGON, TOKYO = "192.0.2.1", "192.0.2.2", "192.0.2.3"


def checked(value: str, **fields: Unpack[RecordFields]) -> ResourceRecordSet:
    """A record set with a health check whose id is its value."""
    return replace(a_record(value, **fields), health_check_id=value)


def shares(
    records: tuple[ResourceRecordSet, ...],
    *,
    is_healthy: IsHealthy = all_healthy,
    count: int = 1000,
) -> dict[str, float]:
    """Share of the answers that each value has, over draws from a fixed seed."""
    index, draw = index_of(*records), random.Random(17).random
    taken = Counter(
        values_of(ask(index, is_healthy=is_healthy, draw=draw))[0] for _ in range(count)
    )
    return {value: taken[value] / count for value in taken}


# -- weighted


def test_weights_share_the_answers() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html"""
    found = shares((a_record("192.0.2.1", weight=1), a_record("192.0.2.3", weight=3)))

    assert abs(found["192.0.2.1"] - 0.25) < 0.04
    assert found["192.0.2.1"] + found["192.0.2.3"] == 1


def test_weight_0_answers_only_when_all_others_are_unhealthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    records = (checked("192.0.2.1", weight=0), checked("192.0.2.2", weight=10))

    assert shares(records) == {"192.0.2.2": 1}
    assert shares(records, is_healthy=unhealthy("192.0.2.2")) == {"192.0.2.1": 1}
    assert shares(records, is_healthy=unhealthy("192.0.2.1", "192.0.2.2")) == {"192.0.2.2": 1}


def test_weights_that_are_all_0_are_equal() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    found = shares((a_record("192.0.2.1", weight=0), a_record("192.0.2.2", weight=0)))

    assert abs(found["192.0.2.1"] - 0.5) < 0.06
    assert abs(found["192.0.2.2"] - 0.5) < 0.06


def test_unhealthy_weighted_records_leave_their_share_to_the_rest() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    records = tuple(checked(f"192.0.2.{n}", weight=n) for n in (1, 2, 3))

    found = shares(records, is_healthy=unhealthy("192.0.2.3"))

    assert "192.0.2.3" not in found
    assert abs(found["192.0.2.1"] - 1 / 3) < 0.05


# -- latency

LATENCY = (
    checked(FRANKFURT, region="eu-central-1"),
    checked(OREGON, region="us-west-2"),
    checked(TOKYO, region="ap-northeast-1"),
)


@pytest.mark.parametrize(
    ("city", "nearest", "next_nearest"),
    [("London", FRANKFURT, OREGON), ("Portland", OREGON, TOKYO), ("Tokyo", TOKYO, OREGON)],
)
def test_the_nearest_healthy_region_answers(city: str, nearest: str, next_nearest: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-latency.html"""
    everything = unhealthy(FRANKFURT, OREGON, TOKYO)

    assert answered(LATENCY, client=city) == [nearest]
    assert answered(LATENCY, client=city, is_healthy=unhealthy(nearest)) == [next_nearest]
    assert answered(LATENCY, client=city, is_healthy=everything) == [nearest]


def test_a_record_without_health_check_is_always_healthy() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    records = (a_record(FRANKFURT, region="eu-central-1"), checked(OREGON, region="us-west-2"))

    assert answered(records, client="London", is_healthy=unhealthy("", FRANKFURT)) == [FRANKFURT]


def test_a_region_that_the_twin_does_not_know_is_the_farthest() -> None:
    records = (a_record(FRANKFURT, region="xx-nowhere-1"), a_record(OREGON, region="us-west-2"))

    assert answered(records, client="London") == [OREGON]


# -- failover

FAILOVER = (checked("192.0.2.2", failover="SECONDARY"), checked("192.0.2.1", failover="PRIMARY"))


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ((), "192.0.2.1"),
        (("192.0.2.2",), "192.0.2.1"),
        (("192.0.2.1",), "192.0.2.2"),
        (("192.0.2.1", "192.0.2.2"), "192.0.2.1"),
    ],
)
def test_the_secondary_answers_only_for_an_unhealthy_primary(
    failed: tuple[str, ...], expected: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    assert answered(FAILOVER, is_healthy=unhealthy(*failed)) == [expected]


def test_a_secondary_without_check_is_used_whatever_its_state() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    records = (FAILOVER[1], a_record("192.0.2.2", failover="SECONDARY"))

    assert answered(records, is_healthy=unhealthy("192.0.2.1", "192.0.2.2")) == ["192.0.2.2"]


# -- geolocation

OREGON_STATE = checked("192.0.2.1", geo=GeoLocation(country="US", subdivision="OR"))
USA = checked("192.0.2.2", geo=GeoLocation(country="US"))
NORTH_AMERICA = checked("192.0.2.3", geo=GeoLocation(continent="NA"))
DEFAULT = checked("192.0.2.4", geo=GeoLocation(country="*"))
PLACES = (DEFAULT, NORTH_AMERICA, USA, OREGON_STATE)


@pytest.mark.parametrize(
    ("city", "expected"),
    [
        ("Portland", OREGON_STATE),
        ("Chicago", USA),
        ("Toronto", NORTH_AMERICA),
        ("Frankfurt", DEFAULT),
    ],
)
def test_the_smallest_place_answers(city: str, expected: ResourceRecordSet) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geo.html"""
    assert answered(PLACES, client=city) == list(expected.values)


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ((OREGON_STATE,), USA),
        ((OREGON_STATE, USA), NORTH_AMERICA),
        ((OREGON_STATE, USA, NORTH_AMERICA), DEFAULT),
        (PLACES, OREGON_STATE),
    ],
)
def test_an_unhealthy_place_leaves_the_answer_to_the_next_larger_one(
    failed: tuple[ResourceRecordSet, ...], expected: ResourceRecordSet
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    is_healthy = unhealthy(*(record.health_check_id for record in failed))

    assert answered(PLACES, client="Portland", is_healthy=is_healthy) == list(expected.values)


def test_a_place_without_record_and_default_gets_an_empty_answer() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geo.html"""
    answer = ask(index_of(USA), client="Frankfurt")

    assert (answer.code, answer.answer) == ("NOERROR", ())
    assert [records.type for records in answer.authority] == ["SOA"]
    assert answer.scope == 24


# -- geoproximity


def proximity(value: str, kilometers_east: float, bias: int = 0) -> ResourceRecordSet:
    """A record on the equator, east of 0 degrees."""
    longitude = kilometers_east / 111.195
    place = GeoProximity(latitude=0.0, longitude=longitude, bias=bias)
    return checked(value, proximity=place)


def test_a_positive_bias_shortens_the_distance() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geoproximity.html

    150 km with a bias of 50 count as 75.
    """
    null_island = Location("Null Island", 0.0, 0.0)
    far, near = (proximity("a", 150, 50).proximity, proximity("b", -100).proximity)
    assert far is not None
    assert near is not None

    assert order_by_proximity(null_island, (near, far)) == (1, 0)
    unbiased = GeoProximity(latitude=0.0, longitude=far.longitude)
    assert order_by_proximity(null_island, (near, unbiased)) == (0, 1)


@pytest.mark.parametrize(("bias", "expected"), [(0, FRANKFURT), (-90, FRANKFURT), (-95, OREGON)])
def test_a_negative_bias_lengthens_the_distance(bias: int, expected: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geoproximity.html"""
    records = (
        checked(FRANKFURT, proximity=GeoProximity(region="eu-central-1", bias=bias)),
        checked(OREGON, proximity=GeoProximity(region="us-west-2")),
    )

    assert answered(records, client="London") == [expected]


def test_the_next_place_answers_for_an_unhealthy_one() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-geoproximity.html"""
    records = (
        checked(FRANKFURT, proximity=GeoProximity(region="eu-central-1")),
        checked(OREGON, proximity=GeoProximity(region="us-west-2")),
    )

    assert answered(records, client="London", is_healthy=unhealthy(FRANKFURT)) == [OREGON]


# -- multivalue


def multivalue(count: int) -> tuple[ResourceRecordSet, ...]:
    return tuple(checked(f"192.0.2.{n}", multivalue=True) for n in range(count))


def test_up_to_eight_healthy_values_answer() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html"""
    records = multivalue(12)
    three = ["192.0.2.3", "192.0.2.5", "192.0.2.7"]
    others = unhealthy(*(r.health_check_id for r in records if r.health_check_id not in three))

    assert len(set(answered(records))) == MAX_MULTIVALUE == 8
    assert answered(records, is_healthy=others) == three
    assert len(answered(records, is_healthy=lambda _: False)) == 8


def test_multivalue_answers_differ_from_query_to_query() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html"""
    index, draw = index_of(*multivalue(12)), random.Random(3).random

    found = {value for _ in range(20) for value in values_of(ask(index, draw=draw))}

    assert len(found) == 12


# -- IP-based

COLLECTION = CidrCollection(
    id="c", name="c", locations={"office": ("192.0.2.0/24",), "home": ("198.51.100.0/24",)}
)


def located(value: str, location: str) -> ResourceRecordSet:
    return checked(value, cidr=CidrLocation(collection_id="c", name=location))


def answered_to(
    client: str, *records: ResourceRecordSet, is_healthy: IsHealthy = all_healthy
) -> list[str]:
    address, _, prefix = client.partition("/")
    index = index_of(*records, collections=(COLLECTION,))
    answer = ask(index, client=address, prefix=int(prefix or 32), is_healthy=is_healthy)
    return values_of(answer)


def test_the_block_of_the_client_answers_else_the_default() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    records = (located("192.0.2.1", "office"), located("192.0.2.9", "*"))

    assert answered_to("192.0.2.128/25", *records) == ["192.0.2.1"]
    assert answered_to("192.0.2.0/24", *records) == ["192.0.2.1"]
    assert answered_to("192.0.0.0/16", *records) == ["192.0.2.9"]
    assert answered_to("203.0.113.0/24", *records) == ["192.0.2.9"]
    assert answered_to("203.0.113.0/24", records[0]) == []


def test_the_default_answers_for_an_unhealthy_location() -> None:
    records = (located("192.0.2.1", "office"), located("192.0.2.9", "*"))

    found = answered_to("192.0.2.7", *records, is_healthy=unhealthy("192.0.2.1"))

    assert found == ["192.0.2.9"]


def test_a_collection_that_is_gone_leaves_the_default() -> None:
    records = (located("192.0.2.1", "office"), located("192.0.2.9", "*"))

    assert answered(records, client="192.0.2.7") == ["192.0.2.9"]


# -- all policies

values = st.lists(st.integers(0, 255), min_size=1, max_size=6, unique=True)
MEMBERS: dict[RoutingPolicy, Callable[[int], RecordFields]] = {
    RoutingPolicy.WEIGHTED: lambda n: {"weight": n % 3},
    RoutingPolicy.LATENCY: lambda n: {"region": REGIONS[n % len(REGIONS)].name},
    RoutingPolicy.GEOPROXIMITY: lambda n: {
        "proximity": GeoProximity(region=REGIONS[n % len(REGIONS)].name, bias=n % 199 - 99)
    },
    RoutingPolicy.MULTIVALUE: lambda _: {"multivalue": True},
}


@given(
    policy=st.sampled_from(list(MEMBERS)),
    numbers=values,
    failed=st.sets(st.integers(0, 255)),
    city=st.sampled_from(CITIES),
    seed=st.integers(0, 1000),
)
def test_an_unhealthy_record_answers_only_when_none_is_healthy(
    policy: RoutingPolicy, numbers: list[int], failed: set[int], city: Location, seed: int
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    records = [checked(f"192.0.2.{n}", **MEMBERS[policy](n)) for n in numbers]
    failed_values = {f"192.0.2.{n}" for n in failed}

    found = answered(
        records,
        client=city.name,
        is_healthy=unhealthy(*failed_values),
        draw=random.Random(seed).random,
    )

    assert found
    assert set(found) <= {f"192.0.2.{n}" for n in numbers}
    if not set(numbers) <= failed:
        assert not set(found) & failed_values


@given(st.lists(st.integers(), max_size=10), st.integers(0, 1000))
def test_a_shuffle_has_every_position_once(items: list[int], seed: int) -> None:
    order = shuffled([str(item) for item in items], random.Random(seed).random)

    assert sorted(order) == list(range(len(items)))


def test_equal_distances_are_ordered_by_name() -> None:
    order = order_by_latency(find_city("London"), ("us-west-2", "zz", "us-west-2", "aa"))

    assert order == (0, 2, 3, 1)
