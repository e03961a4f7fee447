"""Routing tables."""

from dataclasses import replace

from tests.functional.twin.edge.edge_setup import (
    FRANKFURT,
    OREGON,
    balancer_address,
    both_regions,
    endpoint_group,
    group_arn,
    listener_of,
)
from twin.core.accelerator.routing import Flow, NoRoute
from twin.edge.routes import (
    MAX_CACHED_CLIENTS,
    Destination,
    GroupCounters,
    ListenerRoutes,
    load_balancer_addresses,
)
from twin.geography import find_city
from twin.internal_api.schemas import EndpointState
from twin.topology.model import AcceleratorListener

COUNTERS = {group_arn(region): GroupCounters() for region in (FRANKFURT, OREGON, "eu-moon-1")}


def routes(listener: AcceleratorListener) -> ListenerRoutes:
    return ListenerRoutes(
        listener,
        state=lambda _: EndpointState.HEALTHY,
        addresses=load_balancer_addresses(both_regions()),
        home=find_city("Frankfurt"),
        counters=COUNTERS,
    )


def flow(client: str) -> Flow:
    return Flow(
        source_ip=client, source_port=5, destination_ip="127.89.2.106", destination_port=8080
    )


def test_a_destination_has_address_and_counters_of_its_endpoint() -> None:
    table = routes(listener_of(endpoint_group(FRANKFURT), endpoint_group(OREGON)))

    found = table.destination(flow("127.0.0.1"))

    assert isinstance(found, Destination)
    assert (found.host, found.port) == (balancer_address(FRANKFURT), 8080)
    assert found.keep_client_address
    assert found.counters is COUNTERS[group_arn(FRANKFURT)]


def test_more_clients_than_are_cached_change_no_destination() -> None:
    table = routes(listener_of(endpoint_group(FRANKFURT), endpoint_group(OREGON)))
    portland = flow("127.210.7.1")
    before = table.destination(portland)

    for number in range(MAX_CACHED_CLIENTS + 1):
        table.destination(flow(f"127.0.{number // 250}.{number % 250 + 1}"))

    assert table.destination(portland) == before


def test_a_group_in_an_unknown_region_gets_no_connections() -> None:
    unknown = replace(endpoint_group(OREGON), region="eu-moon-1", arn=group_arn("eu-moon-1"))

    assert routes(listener_of(unknown)).destination(flow("127.0.0.1")) is NoRoute.NO_GROUP
