"""Which zones a Region's load balancer stands in."""

import pytest

from infra.errors import ZonesLacking
from infra.zones import first_two


def test_the_first_two_by_name_are_taken() -> None:
    names = ["us-west-2d", "us-west-2b", "us-west-2c"]

    assert first_two("us-west-2", names) == ("us-west-2b", "us-west-2c")


def test_local_and_wavelength_zones_do_not_count() -> None:
    """https://docs.aws.amazon.com/local-zones/latest/ug/how-local-zones-work.html"""
    names = ["us-west-2-lax-1a", "us-west-2-wl1-den-wlz-1", "us-west-2b", "us-west-2a"]

    assert first_two("us-west-2", names) == ("us-west-2a", "us-west-2b")


def test_too_few_zones_are_an_error_that_names_the_way_out() -> None:
    with pytest.raises(ZonesLacking, match=r"found: us-west-2a\); name two in"):
        first_two("us-west-2", ["us-west-2a", "us-west-2-lax-1a"])
