"""The levers of a stack: one attempt for a drill, retries for a person."""

from collections.abc import Awaitable, Callable

import pytest

from muster.errors import AcceleratorBusy, AcceleratorUnreachable, CallFailed
from muster.formatting import format_duration
from muster.levers import Fault
from muster.levers.dial import API_TIMEOUT_S
from muster.levers.dns_door import API_TIMEOUT_S as DNS_API_TIMEOUT_S
from muster.levers.stack_levers import RetryingLevers, StackLevers
from muster.model import SwitchSetting
from muster.retry import MAX_PAUSE_S
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import THROTTLE, NotifiedLines, make_levers
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, make_two_door_stack

Act = Callable[[RetryingLevers], Awaitable[object]]
FAIL = SwitchSetting(status="fail", by="me")


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


TRANSIENT = FakeFailure("ThrottlingException")


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("ListEndpointGroups", lambda levers: levers.require_dial()),
        ("ListResourceRecordSets", lambda levers: levers.require_weight()),
        ("ListHealthChecks", lambda levers: levers.require_inversion()),
        ("ListEndpointGroups", lambda levers: levers.set_dial(OREGON, 50, within_s=60)),
        ("PutItem", lambda levers: levers.set_switch(OREGON, FAIL, within_s=60)),
        ("ChangeResourceRecordSets", lambda levers: levers.set_weight(OREGON, 5, within_s=60)),
        ("UpdateHealthCheck", lambda levers: levers.set_inverted(OREGON, True, within_s=60)),
        ("PutItem", lambda levers: levers.inject(THROTTLE)),
    ],
)
async def test_each_call_for_a_person_is_made_again(operation: str, act: Act) -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.fail(operation, TRANSIENT)

    await act(make_levers(aws, notified, stack=make_two_door_stack()))

    assert len(aws.made(operation)) >= 2
    assert "ThrottlingException" in notified


async def test_the_end_of_a_fault_is_tried_again() -> None:
    aws = FakeAws()
    levers = make_levers(aws)
    await levers.inject(THROTTLE)
    aws.fail("DeleteFunctionConcurrency", TRANSIENT)

    await levers.clear(THROTTLE)

    assert aws.reserved[OREGON] is None


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("ListResourceRecordSets", lambda levers: levers.require_weight()),
        ("ListHealthChecks", lambda levers: levers.require_inversion()),
        ("ListResourceRecordSets", lambda levers: levers.set_weight(OREGON, 5, within_s=900)),
        ("UpdateHealthCheck", lambda levers: levers.set_inverted(OREGON, True, within_s=900)),
    ],
)
async def test_a_name_service_that_keeps_failing_is_given_up_early(
    operation: str, act: Act
) -> None:
    aws = FakeAws()
    aws.fail(operation, *(FakeFailure("InternalFailure", 500) for _ in range(500)))

    began_s = aws.clock.monotonic()

    with pytest.raises(CallFailed):
        await act(make_levers(aws, stack=make_two_door_stack()))

    assert aws.clock.monotonic() - began_s <= DNS_API_TIMEOUT_S


@pytest.mark.parametrize(
    ("read", "act"),
    [
        ("GetChange", lambda levers: levers.set_weight(OREGON, 5, within_s=60, wait=False)),
        (
            "DescribeTargetHealth",
            lambda levers: levers.set_switch(OREGON, FAIL, within_s=60, follow=False),
        ),
    ],
)
async def test_a_change_is_waited_for_unless_that_is_not_wanted(read: str, act: Act) -> None:
    aws = FakeAws()

    await act(make_levers(aws, stack=make_two_door_stack()))

    assert aws.made(read) == []


async def test_a_dial_is_sent_without_waiting_or_after_an_earlier_change() -> None:
    aws = FakeAws()
    levers = make_levers(aws)

    sent = await levers.set_dial(OREGON, 50, within_s=60, wait=False)
    with pytest.raises(AcceleratorBusy):
        await levers.set_dial(OREGON, 0, within_s=60)
    queued = await levers.set_dial(OREGON, 0, within_s=60, queue=True)

    assert (sent.deployed, queued.deployed, aws.dials[OREGON]) == (False, True, 0)


def make_drill_levers(aws: FakeAws) -> StackLevers:
    """Levers as a drill uses them."""
    levers = make_levers(aws, stack=make_two_door_stack())
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
    await levers.set_weight(OREGON, 7, within_s=60)
    await levers.set_inverted(OREGON, True, within_s=60)
    await levers.inject(THROTTLE, token="t")
    throttled = aws.reserved[OREGON]
    await levers.clear(THROTTLE)

    assert (aws.weights[OREGON], aws.inverted[OREGON]) == (7, True)
    assert aws.tables[OREGON][f"health#{OREGON}"]["status"] == {"S": "fail"}
    assert (throttled, aws.reserved[OREGON]) == (0, None)
