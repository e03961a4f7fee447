"""The availability zones of a Region's load balancer."""

import pytest
from pulumi_aws.get_availability_zones import GetAvailabilityZonesResult

from infra.errors import TooFewZones, ZonesUnreadable
from infra.settings import RegionSettings
from infra.zones import availability_zones, first_two


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


def unavailable(region: str, state: str) -> GetAvailabilityZonesResult:
    """Pulumi's lookup of a Region that does not answer."""
    raise Exception(  # noqa: TRY002 - it is what Pulumi raises
        f"invoke of getAvailabilityZones failed: invocation of getAvailabilityZones returned an "
        f"error: DescribeAvailabilityZones in {region}: ServiceUnavailable: {region} is down"
    )


def oregon(zones: tuple[str, str] | None = None) -> RegionSettings:
    """A Region's settings."""
    return RegionSettings(name="us-west-2", dial=100.0, zones=zones, certificate_arn=None)


def test_a_region_that_does_not_answer_is_named_with_aws_reason() -> None:
    with pytest.raises(ZonesUnreadable) as caught:
        availability_zones(oregon(), unavailable)

    assert str(caught.value) == (
        "us-west-2: can't ask AWS for its availability zones (DescribeAvailabilityZones in "
        "us-west-2: ServiceUnavailable: us-west-2 is down); with two of them in "
        "muster:availability_zones AWS is not asked"
    )


def test_a_region_with_configured_zones_is_not_looked_up() -> None:
    zones = ("us-west-2a", "us-west-2b")

    assert availability_zones(oregon(zones), unavailable) == zones
