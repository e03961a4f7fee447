"""Where probes go to and come from."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from muster.errors import CommandFailed, InvalidSetting, InvalidStackOutputs
from muster.levers.twin_command import TwinCommand
from muster.probe import ProbeTarget, VantagePoint
from muster.probe.plan import NamedService
from muster.probe.targets import (
    parse_vantage_points,
    probed_service,
    twin_speed,
    twin_vantage_points,
    with_resolvers,
)
from tests.unit.muster.sample_stack import (
    DOMAIN,
    ENDPOINT,
    make_dns_outputs,
    make_stack,
    make_two_door_stack,
)


def test_both_static_addresses_at_the_port_of_the_url() -> None:
    plain = probed_service(make_stack(url="http://192.0.2.10:8080"))
    named = probed_service(make_stack(url="https://muster.example.com"))

    assert plain.targets == (
        ProbeTarget(ip="192.0.2.10", port=8080),
        ProbeTarget(ip="198.51.100.20", port=8080),
    )
    assert (plain.host, plain.tls) == (None, False)
    assert {target.port for target in named.targets} == {443}
    assert (named.host, named.tls) == ("muster.example.com", True)


def test_an_address_that_is_not_https_is_refused() -> None:
    with pytest.raises(InvalidStackOutputs, match="url: 'ftp://x' is not an address of HTTP"):
        probed_service(make_stack(url="ftp://x"))


def test_vantage_points_are_names_with_addresses() -> None:
    assert parse_vantage_points(["office=127.0.0.9"], "--vantage") == (
        VantagePoint(name="office", source="127.0.0.9"),
    )
    with pytest.raises(InvalidSetting, match=r"'office=paris'.*from --vantage"):
        parse_vantage_points(["office=paris"], "--vantage")


class PlacesProgram:
    """The `twin` program with a list of cities, by their distances to Regions in km."""

    def __init__(self, **distances_km: dict[str, int]) -> None:
        self._distances_km = distances_km

    async def __call__(self, arguments: Sequence[str]) -> str:
        if arguments[0] == "status":
            return json.dumps({"endpoint_url": ENDPOINT, "speed": 10.0})
        assert arguments == ("places", "--json")
        return json.dumps(
            [
                {
                    "name": name,
                    "address": f"127.210.{i}.1",
                    "resolver": f"127.160.{i}.1:5300",
                    "regions": sorted(km, key=km.__getitem__),
                    "distances_km": km,
                }
                for i, (name, km) in enumerate(self._distances_km.items())
            ]
        )


async def test_on_a_twin_the_city_nearest_to_each_region_is_a_vantage_point() -> None:
    places = PlacesProgram(
        Paris={"eu-west-3": 0, "eu-central-1": 480, "us-west-2": 8300},
        Tromso={"eu-central-1": 2300, "us-west-2": 6900},
        Boston={"us-west-2": 3900, "eu-central-1": 5900},
        Portland={"us-west-2": 234, "eu-central-1": 8295},
    )

    found = await twin_vantage_points(TwinCommand(ENDPOINT, {}, places), make_stack())

    assert [vantage.name for vantage in found] == ["Paris", "Portland"]
    assert found[1].source == "127.210.3.1"
    assert found[1].resolver == "127.160.3.1:5300"


async def test_no_city_near_the_stack_is_an_error() -> None:
    twin = TwinCommand(ENDPOINT, {}, PlacesProgram(Sydney={"ap-southeast-2": 0}))

    with pytest.raises(CommandFailed, match="no city is near"):
        await twin_vantage_points(twin, make_stack())


def test_both_doors_are_probed_where_there_are_two() -> None:
    found = probed_service(make_two_door_stack(), ca_file=Path("/x/ca.pem"), speed=10.0)

    assert len(found.targets) == 2
    assert found.dns == NamedService(name=DOMAIN, port=443, ca_file="/x/ca.pem", cache_speed=10.0)
    assert probed_service(make_stack()).dns is None


def test_the_dns_door_alone_has_no_addresses() -> None:
    found = probed_service(make_stack(accelerator_arn=None, dns=make_dns_outputs()))

    assert found.targets == ()
    assert found.dns is not None


async def test_the_speed_of_a_twin_is_its_own() -> None:
    assert await twin_speed(TwinCommand(ENDPOINT, {}, PlacesProgram())) == 10.0


def test_resolvers_are_given_to_vantage_points_by_name() -> None:
    vantages = (
        VantagePoint(name="here"),
        VantagePoint(name="Paris", resolver="127.160.1.1:5300"),
    )

    found = with_resolvers(vantages, ["here=192.0.2.53"], "a test")

    assert [vantage.resolver for vantage in found] == ["192.0.2.53", "127.160.1.1:5300"]


@pytest.mark.parametrize("text", ["here=example.com", "here=192.0.2.1:x", "mars=192.0.2.1"])
def test_a_resolver_is_an_address_for_a_known_vantage_point(text: str) -> None:
    with pytest.raises(InvalidSetting, match="for one of here"):
        with_resolvers((VantagePoint(name="here"),), [text], "a test")
