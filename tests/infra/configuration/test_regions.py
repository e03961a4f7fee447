"""The networks of all Regions."""

from infra.configuration.regions import REGION_NUMBERS
from tests.infra.graph import EIGHT_REGIONS, build_graph


def test_networks_of_regions_do_not_overlap() -> None:
    networks = [
        vpc.inputs["cidrBlock"] for vpc in build_graph("prod", regions=EIGHT_REGIONS).of(":Vpc")
    ]

    assert len(set(networks)) == len(EIGHT_REGIONS)


def test_the_programs_regions_have_networks_of_their_own() -> None:
    assert len(set(REGION_NUMBERS.values())) == len(REGION_NUMBERS)
    assert max(REGION_NUMBERS.values()) < 256
