"""Where probes go to and come from."""

import json
from collections.abc import Sequence

import pytest

from muster.errors import CommandFailed, InvalidSetting, InvalidStackOutputs
from muster.levers.twin_command import TwinCommand
from muster.probe import ProbeTarget, VantagePoint
from muster.probe.targets import parse_vantage_points, probed_service, twin_vantage_points
from tests.unit.muster.sample_stack import ENDPOINT, make_stack


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
            return json.dumps({"endpoint_url": ENDPOINT})
        assert arguments == ("places", "--json")
        return json.dumps(
            [
                {
                    "name": name,
                    "address": f"127.210.{i}.1",
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


async def test_no_city_near_the_stack_is_an_error() -> None:
    twin = TwinCommand(ENDPOINT, {}, PlacesProgram(Sydney={"ap-southeast-2": 0}))

    with pytest.raises(CommandFailed, match="no city is near"):
        await twin_vantage_points(twin, make_stack())
