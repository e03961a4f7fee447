"""What keeps a Region from being healthy on purpose, in words."""

import pytest

from tools.local.front_doors.health_causes import Item, describe_fault, describe_switch
from twin.faults.store import FaultReport

FAIL: Item = {"item_id": {"S": "health#us-west-2"}, "status": {"S": "fail"}}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (FAIL, "its health switch is at fail: "),
        (
            {**FAIL, "by": {"S": "ops"}, "why": {"S": "drill 12"}, "until": {"N": "1200"}},
            "its health switch is at fail for 3 min 20 s more, set by ops (drill 12): ",
        ),
    ],
)
def test_a_switch_at_fail_is_a_cause(item: Item, words: str) -> None:
    (found,) = describe_switch(item, "us-west-2", now=1000.0)

    assert found == f"{words}`muster health us-west-2 auto` ends that"


@pytest.mark.parametrize(
    "item", [{}, {**FAIL, "status": {"S": "auto"}}, {**FAIL, "until": {"N": "1000"}}]
)
def test_another_switch_is_none(item: Item) -> None:
    assert list(describe_switch(item, "us-west-2", now=1000.0)) == []


def test_a_fault_has_its_time_left() -> None:
    fault = FaultReport(
        name="network-cut",
        role="network",
        region="us-west-2",
        since_s=0.0,
        until_s=30.0,
        left_s=30.0,
    )

    assert describe_fault(fault) == "fault network-cut is active, 30 s left"
