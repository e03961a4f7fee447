"""Where the accelerator sends new connections."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.aws import ENDPOINT_GROUPS_TRIED
from twin.core.accelerator.routing import (
    CandidateEndpoint,
    CandidateGroup,
    ClientAffinity,
    Flow,
    NoRoute,
    RandomDraws,
    Route,
    RouteReason,
    choose_endpoint,
    draw_for_flow,
    group_by_dial,
)
from twin.internal_api.schemas import EndpointState

HEALTHY, UNHEALTHY, INITIAL = (
    EndpointState.HEALTHY,
    EndpointState.UNHEALTHY,
    EndpointState.INITIAL,
)


def group(
    region: str,
    dial: float = 100.0,
    *,
    state: EndpointState = HEALTHY,
    weights: tuple[int, ...] = (128,),
) -> CandidateGroup:
    endpoints = tuple(
        CandidateEndpoint(id=f"{region}/{number}", weight=weight, state=state)
        for number, weight in enumerate(weights)
    )
    return CandidateGroup(region=region, dial=dial, endpoints=endpoints)


def route(
    groups: tuple[CandidateGroup, ...], group_draw: float = 0.5, endpoint_draw: float = 0.5
) -> Route:
    found = choose_endpoint(groups, RandomDraws(group=group_draw, endpoint=endpoint_draw))
    assert isinstance(found, Route)
    return found


def shares(groups: tuple[CandidateGroup, ...], connections: int = 4000) -> dict[str, float]:
    """Share of each Region, over draws from a fixed seed."""
    rng = random.Random(20)
    taken = Counter(
        route(groups, rng.random(), rng.random()).group.region for _ in range(connections)
    )
    return {region: count / connections for region, count in taken.items()}


unit = st.floats(min_value=0, max_value=1, exclude_max=True)
endpoints = st.builds(
    CandidateEndpoint,
    id=st.uuids().map(str),
    weight=st.one_of(st.just(0), st.integers(0, 255)),
    state=st.sampled_from(EndpointState),
)
some_groups = st.lists(
    st.builds(
        CandidateGroup,
        region=st.uuids().map(str),
        dial=st.one_of(st.just(0.0), st.just(100.0), st.floats(0, 100)),
        endpoints=st.lists(endpoints, max_size=3).map(tuple),
    ),
    max_size=5,
).map(tuple)
some_draws = st.builds(RandomDraws, group=unit, endpoint=unit)


# -- dials


def test_two_groups_at_dial_50_exchange_half_of_their_clients() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    east, west = group("us-east-1", 50), group("us-west-2", 50)
    evenly = [number / 50 for number in range(50)]

    from_east = Counter(route((east, west), draw).group.region for draw in evenly)
    from_west = Counter(route((west, east), draw).group.region for draw in evenly)

    assert from_east == {"us-east-1": 25, "us-west-2": 25}
    assert from_west == {"us-west-2": 25, "us-east-1": 25}


def test_a_dial_of_0_gives_the_region_no_new_connection() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    assert shares((group("a", 0), group("b"))) == {"b": 1.0}
    assert shares((group("b"), group("a", 0))) == {"b": 1.0}


def test_the_share_beyond_a_dial_goes_to_the_next_group_with_a_dial_above_0() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html"""
    taken = shares((group("a", 25), group("b", 0), group("c", 10), group("d", 100)))

    assert set(taken) == {"a", "c"}
    assert taken["c"] == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("dials", [(50, 0), (0, 0), (0, 0, 0), (100, 0)])
def test_the_share_beyond_all_dials_stays_with_the_nearest_group(dials: tuple[float, ...]) -> None:
    """AWS does not say; see
    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    """
    groups = tuple(group(f"r{number}", dial) for number, dial in enumerate(dials))

    assert shares(groups, 200) == {"r0": 1.0}


@given(dial=st.integers(0, 100))
def test_dial_shares_converge(dial: int) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html

    Over 2000 connections four standard deviations are at most 0.045.
    """
    rng = random.Random(dial)
    groups = (group("a", dial), group("b", 40))

    taken = Counter(group_by_dial(groups, rng.random()).region for _ in range(2000))

    assert taken["a"] / 2000 == pytest.approx(dial / 100, abs=0.045)


@given(groups=some_groups.filter(len), chance=some_draws)
def test_dials_choose_a_group_at_dial_0_only_when_all_are_at_0(
    groups: tuple[CandidateGroup, ...], chance: RandomDraws
) -> None:
    chosen = group_by_dial(groups, chance.group)

    if chosen.dial == 0:
        assert all(g.dial == 0 for g in groups)


# -- health


def test_health_failover_ignores_the_dial() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    near, far = group("a"), group("b", 0)
    assert shares((near, far), 200) == {"a": 1.0}

    near = group("a", state=UNHEALTHY)

    found = route((near, far))
    assert (found.group.region, found.reason) == ("b", RouteReason.FAILOVER)


def test_without_a_healthy_endpoint_the_closest_group_takes_all_even_at_dial_0() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    groups = (group("a", 0, state=UNHEALTHY), group("b", state=UNHEALTHY))

    found = route(groups)

    assert (found.group.region, found.reason) == ("a", RouteReason.FAIL_OPEN)


def test_failing_open_picks_any_endpoint_of_the_group() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    closest = group("a", state=UNHEALTHY, weights=(0, 1, 255))

    picked = {route((closest,), endpoint_draw=draw).endpoint.id for draw in (0.0, 0.5, 0.999999)}

    assert picked == {"a/0", "a/1", "a/2"}


def test_three_groups_are_tried_in_all() -> None:
    """https://repost.aws/knowledge-center/global-accelerator-failover-different-region"""
    sick = [group(name, state=UNHEALTHY) for name in "abc"]

    assert route((*sick[:2], group("d"))).group.region == "d"
    assert route((*sick, group("d"))).reason is RouteReason.FAIL_OPEN


def test_the_group_that_the_dials_chose_is_one_of_the_three_tried() -> None:
    """https://repost.aws/knowledge-center/global-accelerator-failover-different-region"""
    groups = (group("a", 0), group("b", 0), group("c", state=UNHEALTHY))

    found = route(groups)

    assert (found.group.region, found.reason) == ("a", RouteReason.FAILOVER)


def test_an_endpoint_not_checked_yet_takes_nothing_while_another_is_healthy() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    assert route((group("a", state=INITIAL), group("b"))).group.region == "b"


# -- weights


def test_weights_share_the_connections_of_a_group() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.html"""
    weighted = group("a", weights=(30, 0, 90))
    rng = random.Random(3)

    taken = Counter(route((weighted,), endpoint_draw=rng.random()).endpoint.id for _ in range(4000))

    assert set(taken) == {"a/0", "a/2"}
    assert taken["a/0"] / 4000 == pytest.approx(0.25, abs=0.03)


def test_the_share_of_an_unhealthy_endpoint_goes_to_its_neighbours() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    sick, well = group("a", weights=(128, 128)).endpoints
    mixed = CandidateGroup(region="a", endpoints=(replace(sick, state=UNHEALTHY), well))

    assert {route((mixed, group("b")), 0.5, draw).endpoint.id for draw in (0.0, 0.9)} == {"a/1"}


def test_a_group_whose_weights_are_all_0_is_skipped() -> None:
    """https://repost.aws/knowledge-center/global-accelerator-failover-different-region"""
    found = route((group("a", weights=(0, 0)), group("b", 0)))

    assert (found.group.region, found.reason) == ("b", RouteReason.FAILOVER)


# -- nothing to choose from


def test_no_group_and_no_endpoint_are_different_reasons() -> None:
    anything = RandomDraws(group=0.5, endpoint=0.5)

    assert choose_endpoint((), anything) is NoRoute.NO_GROUP
    assert (
        choose_endpoint((CandidateGroup(region="a"), CandidateGroup(region="b")), anything)
        is NoRoute.NO_ENDPOINT
    )


def test_failing_open_skips_a_group_without_endpoints() -> None:
    groups = (CandidateGroup(region="a"), group("b", state=UNHEALTHY))

    assert route(groups).group.region == "b"


# -- promises


@given(groups=some_groups, chance=some_draws)
def test_no_connection_is_lost_while_any_group_has_an_endpoint(
    groups: tuple[CandidateGroup, ...], chance: RandomDraws
) -> None:
    found = choose_endpoint(groups, chance)

    if any(g.endpoints for g in groups):
        assert isinstance(found, Route)
        assert found.endpoint in found.group.endpoints
        assert found.group in groups
    else:
        assert isinstance(found, NoRoute)


@given(groups=some_groups, chance=some_draws)
def test_an_endpoint_that_takes_connections_is_preferred(
    groups: tuple[CandidateGroup, ...], chance: RandomDraws
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    found = choose_endpoint(groups, chance)

    if isinstance(found, NoRoute):
        assert not any(g.endpoints for g in groups)
    elif found.reason is RouteReason.FAIL_OPEN:
        chosen = group_by_dial(groups, chance.group)
        tried = [chosen, *(g for g in groups if g is not chosen)][:ENDPOINT_GROUPS_TRIED]
        assert not any(e.takes_connections for g in tried for e in g.endpoints)
    else:
        assert found.endpoint.takes_connections


@given(others=some_groups, chance=some_draws, sick_endpoints=st.integers(0, 2))
def test_a_failover_goes_to_the_nearest_group_that_takes_connections(
    others: tuple[CandidateGroup, ...], chance: RandomDraws, sick_endpoints: int
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html"""
    sick = group("sick", state=UNHEALTHY, weights=(128,) * sick_endpoints)
    groups = (sick, *others)
    able = [
        g for g in groups[:ENDPOINT_GROUPS_TRIED] if any(e.takes_connections for e in g.endpoints)
    ]

    found = choose_endpoint(groups, chance)

    if able:
        assert isinstance(found, Route)
        assert (found.group, found.reason) == (able[0], RouteReason.FAILOVER)
    else:
        assert isinstance(found, NoRoute) or found.reason is RouteReason.FAIL_OPEN


# -- chance from the flow


FLOW = Flow(
    source_ip="127.210.7.1",
    source_port=40_000,
    destination_ip="127.75.2.106",
    destination_port=80,
)


def draws_over_ports(affinity: ClientAffinity, base: Flow = FLOW) -> set[RandomDraws]:
    return {
        draw_for_flow(replace(base, source_port=port), affinity) for port in range(40_000, 40_100)
    }


def test_with_source_ip_affinity_the_source_port_does_not_matter() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html"""
    assert len(draws_over_ports("SOURCE_IP")) == 1


def test_without_affinity_each_source_port_draws_anew() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html"""
    assert len(draws_over_ports("NONE")) == 100


def test_with_source_ip_affinity_both_static_addresses_lead_to_one_group() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners-client-affinity.html"""
    one = draw_for_flow(FLOW, "SOURCE_IP")
    other = draw_for_flow(replace(FLOW, destination_ip="127.99.19.244"), "SOURCE_IP")

    assert one.group == other.group
    assert one.endpoint != other.endpoint


def test_the_same_flow_always_draws_the_same() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html"""
    assert draw_for_flow(FLOW, "NONE") == draw_for_flow(replace(FLOW), "NONE")


def test_flows_spread_evenly_and_their_two_draws_are_independent() -> None:
    found = [
        draw_for_flow(replace(FLOW, source_port=port), "NONE")
        for port in range(32_768, 32_768 + 4000)
    ]

    quarters = Counter((int(d.group * 2), int(d.endpoint * 2)) for d in found)

    assert all(count / 4000 == pytest.approx(0.25, abs=0.03) for count in quarters.values())
    assert len(quarters) == 4


@given(
    source=st.ip_addresses(v=4).map(str),
    port=st.integers(1, 65_535),
    affinity=st.sampled_from(("NONE", "SOURCE_IP")),
)
def test_draws_are_at_least_0_and_below_1(source: str, port: int, affinity: ClientAffinity) -> None:
    found = draw_for_flow(replace(FLOW, source_ip=source, source_port=port), affinity)

    assert 0 <= found.group < 1
    assert 0 <= found.endpoint < 1
