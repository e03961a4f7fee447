"""Turning a traffic dial."""

from dataclasses import replace

import pytest

from muster.errors import (
    AcceleratorBusy,
    AcceleratorUnreachable,
    AllDialsZero,
    InvalidSetting,
    LeverUnavailable,
    UnknownRegion,
    WaitTimeout,
)
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_levers
from tests.unit.muster.sample_stack import (
    FRANKFURT,
    OREGON,
    group_arn,
    make_dns_outputs,
    make_stack,
)


async def test_it_sends_the_percentage_alone_and_waits_until_it_is_deployed() -> None:
    """Endpoints that are sent replace the list.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
    """
    aws = FakeAws()

    change = await make_levers(aws).set_dial(FRANKFURT, 50, within_s=60)

    (call,) = aws.made("UpdateEndpointGroup")
    assert call.given == {
        "EndpointGroupArn": group_arn(FRANKFURT),
        "TrafficDialPercentage": 50,
    }
    assert call.region == "us-west-2"
    assert (change.before, change.after, change.deployed) == (100, 50, True)
    assert aws.clock.monotonic() >= aws.busy_until_s


async def test_a_dial_that_is_right_already_is_not_sent() -> None:
    aws = FakeAws(dials={FRANKFURT: 100, OREGON: 50})

    change = await make_levers(aws).set_dial(OREGON, 50, within_s=60)

    assert aws.made("UpdateEndpointGroup") == []
    assert change.deployed


async def test_without_waiting_it_returns_while_the_change_is_in_progress() -> None:
    aws = FakeAws()

    change = await make_levers(aws).set_dial(OREGON, 50, within_s=60, wait=False)

    assert aws.dials[OREGON] == 50
    assert not change.deployed
    assert aws.clock.monotonic() < aws.busy_until_s


async def test_it_refuses_while_an_earlier_change_is_in_progress() -> None:
    aws = FakeAws()
    aws.busy_until_s = aws.clock.monotonic() + 10

    with pytest.raises(AcceleratorBusy, match="IN_PROGRESS"):
        await make_levers(aws).set_dial(OREGON, 50, within_s=60)

    assert aws.dials[OREGON] == 100


async def test_with_queue_it_waits_for_the_earlier_change() -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.busy_until_s = aws.clock.monotonic() + 10

    await make_levers(aws, notified).set_dial(OREGON, 50, within_s=60, queue=True)

    assert aws.dials[OREGON] == 50
    assert "waiting until it is DEPLOYED" in notified


@pytest.mark.parametrize("queue", [False, True])
async def test_a_change_that_begins_meanwhile_counts_as_an_earlier_one(queue: bool) -> None:
    aws = FakeAws()
    aws.fail("UpdateEndpointGroup", FakeFailure("TransactionInProgressException"))

    if queue:
        await make_levers(aws).set_dial(OREGON, 50, within_s=60, queue=True)
        assert aws.dials[OREGON] == 50
    else:
        with pytest.raises(AcceleratorBusy):
            await make_levers(aws).set_dial(OREGON, 50, within_s=60)


async def test_it_refuses_to_turn_the_last_dial_to_0() -> None:
    aws = FakeAws(dials={FRANKFURT: 0, OREGON: 30})

    with pytest.raises(AllDialsZero, match="us-west-2 is the last Region"):
        await make_levers(aws).set_dial(OREGON, 0, within_s=60)

    assert aws.dials[OREGON] == 30


async def test_the_last_dial_above_0_may_be_turned_but_not_to_0() -> None:
    aws = FakeAws(dials={FRANKFURT: 0, OREGON: 30})

    await make_levers(aws).set_dial(OREGON, 20, within_s=60)

    assert aws.dials[OREGON] == 20


async def test_the_error_for_an_unreachable_api_says_that_health_switches_work() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    aws, notified = FakeAws(down={"globalaccelerator"}), NotifiedLines()

    with pytest.raises(AcceleratorUnreachable) as caught:
        await make_levers(aws, notified).set_dial(FRANKFURT, 0, within_s=600)

    assert "answers in us-west-2 only" in str(caught.value)
    assert "health switches work without it" in str(caught.value)
    assert sum(aws.clock.slept) <= 8
    first, tries = notified.lines
    assert first.endswith("; trying again, for 8 s at most")
    assert tries.startswith(f"{len(aws.made('DescribeAccelerator'))} tries within ")


async def test_whether_a_dial_can_be_turned_is_known_beforehand() -> None:
    down, notified = FakeAws(down={"globalaccelerator"}), NotifiedLines()
    dns_only = replace(make_stack(dns=make_dns_outputs()), accelerator_arn="")

    await make_levers(FakeAws()).require_dial()
    with pytest.raises(AcceleratorUnreachable, match="answers in us-west-2 only"):
        await make_levers(down, notified).require_dial()
    with pytest.raises(LeverUnavailable, match="no accelerator"):
        await make_levers(FakeAws(), stack=dns_only).require_dial()

    assert sum(down.clock.slept) <= 8
    assert "trying again, for 8 s at most" in notified


async def test_a_change_that_takes_too_long_is_reported_with_the_last_state() -> None:
    aws = FakeAws(deploying_s=1000)

    with pytest.raises(WaitTimeout, match=r"not within 30 s; last seen: .*IN_PROGRESS"):
        await make_levers(aws).set_dial(OREGON, 50, within_s=30)


async def test_it_warns_that_pulumi_can_reset_a_turned_dial() -> None:
    change = await make_levers(FakeAws()).set_dial(FRANKFURT, 50, within_s=60)
    reset = await make_levers(FakeAws()).set_dial(FRANKFURT, 100, within_s=60)

    assert any("`pulumi up` without --refresh" in note for note in change.notes)
    assert reset.notes == ()


async def test_emptying_the_region_of_the_api_warns_of_its_failure() -> None:
    change = await make_levers(FakeAws()).set_dial(OREGON, 0, within_s=60)
    reset = await make_levers(FakeAws()).set_dial(OREGON, 100, within_s=60)

    assert any("`muster health us-west-2 fail`" in note for note in change.notes)
    assert reset.notes == ()


async def test_an_unknown_region_and_a_wrong_percentage_are_refused() -> None:
    with pytest.raises(UnknownRegion, match="it has eu-central-1, us-west-2"):
        await make_levers(FakeAws()).set_dial("mars-1", 50, within_s=60)
    with pytest.raises(InvalidSetting, match="0 to 100"):
        await make_levers(FakeAws()).set_dial(OREGON, 101, within_s=60)
