"""Who has changed something by hand last."""

import json

import pytest

from muster import codec
from muster.drill.observation.hand_changes import (
    CLOCK_ERROR_S,
    LEAD_S,
    HandChanges,
    describe_hand,
)
from muster.drill.observation.interference import Setting
from muster.drill.plan.instructions import ClearFault, Instruction, SetDial, SetWeight
from muster.levers import Fault
from muster.system.active_faults import TwinFaults
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import ENDPOINT, FRANKFURT, OREGON, make_stack

DIAL = Setting("dial", OREGON)
PROCESSES = Setting("fault", f"processes of {OREGON}")
AT = 1_000.0
BY = f"bob@laptop (`twin region start {OREGON}` at 14:05:10)"


def hand_item(instruction: Instruction, **more: object) -> dict[str, dict[str, str]]:
    """The item after a change by bob; `more` replaces some of its attributes."""
    plain = {"at": AT, "by": "bob", "host": "laptop", "do": codec.plain(instruction), "words": "x"}
    change = plain | more
    return {"item_id": {"S": "hand#last"}, "change": {"S": json.dumps(change)}}


TURN = SetDial(region=OREGON, percent=50.0)


@pytest.mark.parametrize(
    ("do", "setting"),
    [
        (TURN, DIAL),
        (SetWeight(region=OREGON, weight=3), Setting("weight", OREGON)),
        (
            ClearFault(fault=Fault(kind="region-kill", region=OREGON)),
            Setting("fault", f"processes of {OREGON}"),
        ),
    ],
)
def test_the_last_hand_is_named_if_it_changed_this_setting(
    do: Instruction, setting: Setting
) -> None:
    assert describe_hand(hand_item(do), setting, AT) == "bob on laptop"
    assert describe_hand(hand_item(do), Setting("dial", FRANKFURT), AT) == ""


def test_a_hand_is_named_though_others_changed_something_else_since() -> None:
    later = hand_item(SetDial(region=FRANKFURT, percent=50.0), by="ann")
    earlier = [{"S": "no JSON"}, hand_item(TURN)["change"]]

    assert describe_hand({**later, "earlier": {"L": earlier}}, DIAL, AT) == "bob on laptop"


def test_a_change_from_long_before_is_not_the_one() -> None:
    assert describe_hand(hand_item(TURN), DIAL, AT + LEAD_S) == "bob on laptop"
    assert describe_hand(hand_item(TURN), DIAL, AT + LEAD_S + 1) == ""


def test_a_change_that_had_ended_before_the_setting_was_last_as_expected_is_not_the_one() -> None:
    item = hand_item(TURN, ended_at=AT + 20)

    assert describe_hand(item, DIAL, AT + 20 + CLOCK_ERROR_S) == "bob on laptop"
    assert describe_hand(item, DIAL, AT + 20 + CLOCK_ERROR_S + 1) == ""


@pytest.mark.parametrize(
    "item",
    [
        None,
        {"item_id": {"S": "hand#last"}},
        {"change": {"S": "no JSON"}},
        {"change": {"S": "[]"}},
        hand_item(TURN, do={"kind": "dance"}),
        hand_item(TURN, at="soon"),
    ],
)
def test_an_item_that_is_not_understood_names_nobody(item: dict[str, dict[str, str]]) -> None:
    assert describe_hand(item, DIAL, AT) == ""


async def test_it_is_read_from_the_first_region_that_answers() -> None:
    aws = FakeAws()
    aws.tables[OREGON]["hand#last"] = hand_item(TURN)
    aws.down.add(FRANKFURT)
    hands = HandChanges(aws.clients(), make_stack(), None)

    assert await hands.name_hand(DIAL, AT) == "bob on laptop"
    aws.down.add(OREGON)
    assert await hands.name_hand(DIAL, AT) == ""


@pytest.mark.parametrize(
    ("setting", "since", "who"),
    [
        (PROCESSES, AT, BY),
        (PROCESSES, AT + CLOCK_ERROR_S + 1, ""),
        (Setting("fault", f"processes of {FRANKFURT}"), AT, ""),
        (DIAL, AT, ""),
    ],
)
async def test_who_ended_a_fault_by_the_twins_own_command_is_named_by_the_twin(
    setting: Setting, since: float, who: str
) -> None:
    ended = {"name": "region-kill", "role": "r", "region": OREGON, "at_s": AT, "by": BY}
    aws = FakeAws(twin_ended=[ended])
    clients = aws.clients(ENDPOINT)
    hands = HandChanges(clients, make_stack(), TwinFaults(clients))

    assert await hands.name_hand(setting, since) == who


async def test_a_twin_that_does_not_answer_names_nobody() -> None:
    clients = FakeAws(down={"twin"}).clients(ENDPOINT)

    assert (
        await HandChanges(clients, make_stack(), TwinFaults(clients)).name_hand(PROCESSES, AT) == ""
    )
