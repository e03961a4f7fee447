"""The stack and the state of the system as values."""

import pytest

from muster.model import DnsRecordView, SwitchSetting, SwitchStatus, largest_lag
from tests.unit.muster.sample_stack import ACCOUNT, make_stack


@pytest.mark.parametrize(
    ("until", "now", "status"),
    [(0.0, 5e9, "fail"), (100.0, 99.9, "fail"), (100.0, 100.0, "auto"), (100.0, 101.0, "auto")],
)
def test_a_switch_is_auto_from_its_end_on(until: float, now: float, status: SwitchStatus) -> None:
    assert SwitchSetting(status="fail", until_epoch_s=until).status_at(now) == status


def test_the_largest_lag_is_that_of_the_known_ones() -> None:
    assert largest_lag({"a": 0.5, "b": None, "c": 2.0}) == 2.0
    assert largest_lag({"a": None}) is None
    assert largest_lag({}) is None


def test_all_regions_are_named_from_one_of_them_on() -> None:
    stack = make_stack()

    assert stack.regions_from("us-west-2") == ("us-west-2", "eu-central-1")
    assert stack.regions_from("eu-central-1") == ("eu-central-1", "us-west-2")


def test_a_stack_is_in_the_account_of_its_accelerator() -> None:
    assert make_stack().account == ACCOUNT


@pytest.mark.parametrize(
    ("checkers", "healthy", "inverted", "disabled", "expected"),
    [
        (16, 3, False, False, True),
        (16, 2, False, False, False),
        (16, 3, True, False, False),
        (16, 2, True, False, True),
        (16, 2, False, True, True),
        (16, 16, True, True, False),
        (0, 0, False, False, None),
        (0, 0, True, False, None),
        (None, None, False, False, None),
        (16, 16, None, None, None),
    ],
)
def test_a_record_is_healthy_when_enough_checkers_say_so(
    *,
    checkers: int | None,
    healthy: int | None,
    inverted: bool | None,
    disabled: bool | None,
    expected: bool | None,
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"""
    record = DnsRecordView(
        region="us-west-2",
        inverted=inverted,
        disabled=disabled,
        checkers=checkers,
        healthy_checkers=healthy,
    )

    assert record.healthy is expected
