"""The levers of a stack: one attempt for a drill, retries for a person."""

import pytest

from muster.errors import AcceleratorUnreachable, CallFailed
from muster.formatting import format_duration
from muster.levers import Fault
from muster.levers.dial import API_TIMEOUT_S
from muster.levers.stack_levers import StackLevers
from muster.model import SwitchSetting
from muster.retry import MAX_PAUSE_S
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import THROTTLE, NotifiedLines, make_levers
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


async def test_each_different_failure_is_shown_once() -> None:
    aws, notified = FakeAws(), NotifiedLines()
    throttled, broken = (
        FakeFailure("ThrottlingException"),
        FakeFailure("InternalServiceErrorException", 500),
    )
    aws.fail("DescribeAccelerator", throttled, broken, throttled, broken)

    await make_levers(aws, notified).set_dial(FRANKFURT, 50, within_s=60)

    assert len(notified.lines) == 2
    assert "ThrottlingException" in notified.lines[0]
    assert "InternalServiceErrorException" in notified.lines[1]


async def test_a_throttled_call_is_shown_and_retried() -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.fail("ListEndpointGroups", FakeFailure("ThrottlingException"))

    await make_levers(aws, notified).set_dial(OREGON, 50, within_s=60)

    assert aws.dials[OREGON] == 50
    assert "ThrottlingException" in notified


async def test_a_permanent_error_is_not_retried() -> None:
    aws = FakeAws()
    aws.fail("UpdateEndpointGroup", FakeFailure("AccessDeniedException", message="not you"))

    with pytest.raises(CallFailed, match=r"update_endpoint_group.*AccessDenied.*not you"):
        await make_levers(aws).set_dial(OREGON, 50, within_s=60)

    assert len(aws.made("UpdateEndpointGroup")) == 1


@pytest.mark.parametrize(
    ("operation", "limit_s"),
    [
        ("DescribeAccelerator", 8),
        ("ListEndpointGroups", 8),
        ("UpdateEndpointGroup", 60),  # the API answers reads
    ],
)
async def test_a_call_that_keeps_failing_is_given_up_before_the_deadline(
    operation: str, limit_s: float
) -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.fail(operation, *(FakeFailure("InternalFailure", 500) for _ in range(500)))

    began_s = aws.clock.monotonic()

    with pytest.raises(AcceleratorUnreachable):
        await make_levers(aws, notified).set_dial(FRANKFURT, 50, within_s=900)

    assert limit_s - MAX_PAUSE_S < aws.clock.monotonic() - began_s <= limit_s
    assert f"trying again, for {format_duration(limit_s)} at most" in notified
    assert aws.dials[FRANKFURT] == 100


async def test_an_update_that_is_answered_late_is_not_given_up() -> None:
    aws = FakeAws()
    aws.fail("UpdateEndpointGroup", *(FakeFailure("InternalFailure", 500) for _ in range(6)))

    began_s = aws.clock.monotonic()
    change = await make_levers(aws).set_dial(FRANKFURT, 50, within_s=900)

    assert change.deployed
    assert aws.clock.monotonic() - began_s > API_TIMEOUT_S


async def test_all_attempts_to_pause_replication_start_one_experiment() -> None:
    aws = FakeAws()
    aws.fail(
        "StartExperiment", FakeFailure("ThrottlingException"), FakeFailure("InternalServer", 500)
    )

    await make_levers(aws).inject(Fault(kind="replication-pause", region=OREGON))

    tokens = {call.given["clientToken"] for call in aws.made("StartExperiment")}
    assert len(aws.made("StartExperiment")) == 3
    assert len(tokens) == 1


def make_drill_levers(aws: FakeAws) -> StackLevers:
    """Levers as a drill uses them."""
    levers = make_levers(aws)
    return StackLevers(dial=levers.dial, switch=levers.switch, dns=levers.dns, faults=levers.faults)


async def test_a_drills_levers_make_one_attempt_of_a_change() -> None:
    """Its step executor makes the others, and journals them."""
    aws = FakeAws()
    throttled = FakeFailure("ThrottlingException")
    for operation in ("UpdateEndpointGroup", "PutItem"):
        aws.fail(operation, *[throttled] * 9)
    levers = make_drill_levers(aws)

    for change in (
        levers.set_dial(OREGON, 50, within_s=60),
        levers.inject(THROTTLE, token="t"),
    ):
        with pytest.raises(CallFailed, match="ThrottlingException"):
            await change

    assert len(aws.made("UpdateEndpointGroup")) == 1
    assert len(aws.made("PutItem")) == 1


async def test_a_drills_dial_waits_for_an_earlier_change() -> None:
    aws = FakeAws()
    aws.busy_until_s = aws.clock.monotonic() + 10

    await make_drill_levers(aws).set_dial(OREGON, 50, within_s=60)

    assert aws.dials[OREGON] == 50


async def test_a_drills_levers_set_and_restore() -> None:
    aws = FakeAws()
    levers = make_drill_levers(aws)

    await levers.set_switch(OREGON, SwitchSetting(status="fail", by="me"), within_s=60)
    await levers.inject(THROTTLE, token="t")
    throttled = aws.reserved[OREGON]
    await levers.clear(THROTTLE)

    assert aws.tables[OREGON][f"health#{OREGON}"]["status"] == {"S": "fail"}
    assert (throttled, aws.reserved[OREGON]) == (0, None)
