"""The availability zones of a Region's load balancer."""

import pytest
from pulumi_aws.get_availability_zones import GetAvailabilityZonesResult

from infra.configuration.errors import TooFewZones, ZonesUnreadable, ZonesWithoutAccelerator
from infra.configuration.settings import RegionSettings
from infra.configuration.zones import availability_zones, first_two


def test_the_first_two_zones_by_name_are_used() -> None:
    names = ["us-west-2d", "us-west-2b", "us-west-2c"]

    assert first_two("us-west-2", names) == ("us-west-2b", "us-west-2c")


def test_local_and_wavelength_zones_are_skipped() -> None:
    """https://docs.aws.amazon.com/local-zones/latest/ug/how-local-zones-work.html"""
    names = ["us-west-2-lax-1a", "us-west-2-wl1-den-wlz-1", "us-west-2b", "us-west-2a"]

    assert first_two("us-west-2", names) == ("us-west-2a", "us-west-2b")


def test_too_few_zones_are_an_error_with_the_remedy() -> None:
    with pytest.raises(TooFewZones, match=r"found: us-west-2a\); name two in"):
        first_two("us-west-2", ["us-west-2a", "us-west-2-lax-1a"])


class FakeEc2:
    """Zones of a Region by id."""

    def __init__(self, zones: dict[str, str]) -> None:
        self.zones = zones

    def __call__(
        self, region: str, exclude_zone_ids: list[str], state: str | None = None
    ) -> GetAvailabilityZonesResult:
        assert region
        assert state in (None, "available")
        names = [name for id_, name in self.zones.items() if id_ not in exclude_zone_ids]
        found: GetAvailabilityZonesResult
        found = GetAvailabilityZonesResult(names=names)  # type: ignore[no-untyped-call]  # Pulumi's own
        return found


CALIFORNIA = FakeEc2({"usw1-az2": "us-west-1a", "usw1-az1": "us-west-1b", "usw1-az3": "us-west-1c"})
"""Of an account in which the first zone by name is the one without Global Accelerator."""


def unavailable(region: str, **_: object) -> GetAvailabilityZonesResult:
    """Pulumi's lookup of a Region that does not answer."""
    raise Exception(  # noqa: TRY002 - it is what Pulumi raises
        f"invoke of getAvailabilityZones failed: invocation of getAvailabilityZones returned an "
        f"error: DescribeAvailabilityZones in {region}: ServiceUnavailable: {region} is down"
    )


def a_region(
    name: str = "us-west-2", zones: tuple[str, str] | None = None, *, down: bool = False
) -> RegionSettings:
    """A Region's settings."""
    return RegionSettings(
        name=name, dial=100.0, zones=zones, unreachable=down, certificate_arn=None
    )


def test_a_region_that_does_not_answer_is_named_with_aws_reason() -> None:
    with pytest.raises(ZonesUnreadable) as caught:
        availability_zones(a_region(), unavailable)

    assert str(caught.value) == (
        "us-west-2: can't ask AWS for its availability zones (DescribeAvailabilityZones in "
        "us-west-2: ServiceUnavailable: us-west-2 is down); if the Region is down and was deployed "
        "before, name it in muster:unreachable_regions, and it is not asked"
    )


def test_a_region_with_configured_zones_is_not_looked_up() -> None:
    zones = ("us-west-2a", "us-west-2b")

    assert availability_zones(a_region(zones=zones), unavailable) == zones


@pytest.mark.parametrize("zones", [None, ("us-west-1b", "us-west-1c")])
def test_a_region_that_is_down_is_not_asked(zones: tuple[str, str] | None) -> None:
    found = availability_zones(a_region("us-west-1", zones, down=True), unavailable)

    assert found == (zones or ("us-west-1a", "us-west-1b"))


def test_a_zone_that_global_accelerator_lacks_is_left_out_by_its_id() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.regions.html"""
    assert availability_zones(a_region("us-west-1"), CALIFORNIA) == ("us-west-1b", "us-west-1c")


def test_a_configured_zone_that_global_accelerator_lacks_is_refused() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.regions.html"""
    with pytest.raises(ZonesWithoutAccelerator) as caught:
        availability_zones(a_region("us-west-1", ("us-west-1a", "us-west-1b")), CALIFORNIA)

    assert "no endpoints in us-west-1a of this account; take two of us-west-1b, us-west-1c" in str(
        caught.value
    )
    usable = ("us-west-1b", "us-west-1c")
    assert availability_zones(a_region("us-west-1", usable), CALIFORNIA) == usable
