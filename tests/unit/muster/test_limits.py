"""The limits of drills and of changes by hand: names and ranges."""

import pytest

from muster.errors import InvalidSetting
from muster.limits import Limits, parse_limits


def test_a_limit_that_is_given_overrides_its_default() -> None:
    assert parse_limits({"lag_s": 2}, "muster.yaml") == Limits(lag_s=2.0)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("lag", 2, "one of the limits dial_floor, "),
        ("dial_stp", 5, "steady_s; did you mean dial_step?"),
        ("lag_s", 0, "a number from 0.001 to 3600"),
        ("lag_s", True, "a number from 0.001 to 3600"),
        ("lag_s", float("nan"), "a number from 0.001 to 3600"),
    ],
)
def test_a_wrong_limit_is_named_with_its_origin_and_the_rule(
    name: str, value: float, rule: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        parse_limits({name: value}, "muster.yaml")

    assert str(caught.value).startswith(
        f"limits.{name} is {value!r} (from muster.yaml); it must be "
    )
    assert rule in str(caught.value)
