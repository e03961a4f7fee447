"""Changing the weight of a record, and inverting a health check."""

import pytest

from muster.errors import (
    AllChecksInverted,
    AllWeightsZero,
    CallFailed,
    InvalidSetting,
    LeverUnavailable,
    Route53Unreachable,
    UnknownRegion,
    WaitTimeout,
)
from muster.levers.dns_door import dns_warnings, require_dns
from muster.levers.stack_levers import RetryingLevers
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_levers
from tests.unit.muster.sample_stack import (
    FRANKFURT,
    OREGON,
    make_dns_outputs,
    make_stack,
    make_two_door_stack,
)


def levers_of(
    aws: FakeAws, policy: str = "weighted", notified: NotifiedLines | None = None
) -> RetryingLevers:
    return make_levers(aws, notified, stack=make_two_door_stack(policy))


async def test_a_weight_is_upserted_alone_and_waited_for_until_it_is_in_sync() -> None:
    """The fake checks that the rest of the record stays as it was.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    """
    aws = FakeAws()

    change = await levers_of(aws).set_weight(OREGON, 0, within_s=60)

    (call,) = aws.made("ChangeResourceRecordSets")
    assert call.region == "us-east-1"
    assert [one["Action"] for one in call.given["ChangeBatch"]["Changes"]] == ["UPSERT"]
    assert aws.weights == {FRANKFURT: 100, OREGON: 0}
    assert (change.before, change.after, change.in_sync) == (100, 0, True)
    assert aws.clock.monotonic() >= aws.in_sync_at_s


async def test_a_weight_that_is_right_already_is_not_sent() -> None:
    aws = FakeAws()

    await levers_of(aws).set_weight(OREGON, 100, within_s=60)

    assert aws.made("ChangeResourceRecordSets") == []


async def test_without_waiting_a_weight_is_only_sent() -> None:
    aws = FakeAws()

    change = await levers_of(aws).set_weight(OREGON, 1, within_s=60, wait=False)

    assert not change.in_sync
    assert aws.made("GetChange") == []


async def test_a_weight_that_does_not_become_in_sync_times_out() -> None:
    with pytest.raises(WaitTimeout, match="PENDING"):
        await levers_of(FakeAws(propagating_s=500)).set_weight(OREGON, 1, within_s=10)


async def test_the_last_weight_above_0_stays() -> None:
    """With all weights 0 Route 53 answers with each record equally often.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
    """
    aws = FakeAws(weights={FRANKFURT: 0, OREGON: 5})

    with pytest.raises(AllWeightsZero, match=OREGON):
        await levers_of(aws).set_weight(OREGON, 0, within_s=60)

    assert aws.made("ChangeResourceRecordSets") == []


@pytest.mark.parametrize("weight", [-1, 256])
async def test_a_weight_is_from_0_to_255(weight: int) -> None:
    with pytest.raises(InvalidSetting, match="0 to 255"):
        await levers_of(FakeAws()).set_weight(OREGON, weight, within_s=60)


async def test_another_policy_has_no_weights() -> None:
    with pytest.raises(LeverUnavailable, match="policy latency"):
        await levers_of(FakeAws(), "latency").set_weight(OREGON, 0, within_s=60)


async def test_records_of_a_traffic_policy_have_no_weights() -> None:
    stack = make_stack(dns=make_dns_outputs(traffic_policy_instance_id="tpi-1"))
    aws = FakeAws()

    with pytest.raises(LeverUnavailable, match="follow a traffic policy"):
        await make_levers(aws, stack=stack).set_weight(OREGON, 0, within_s=60)

    assert aws.calls == []


async def test_a_record_or_check_that_is_gone_from_route_53_is_named() -> None:
    aws = FakeAws(weights={FRANKFURT: 100}, inverted={FRANKFURT: False})

    with pytest.raises(CallFailed, match="has no record with set identifier us-west-2; `pulumi"):
        await levers_of(aws).set_weight(OREGON, 0, within_s=60)
    with pytest.raises(CallFailed, match=f"check-{OREGON} of the stack's outputs: there is no"):
        await levers_of(aws).set_inverted(OREGON, inverted=True, within_s=60)

    assert aws.weights == {FRANKFURT: 100}


async def test_a_stack_without_the_door_is_told_how_to_get_it() -> None:
    aws = FakeAws()
    levers = make_levers(aws, stack=make_stack())

    with pytest.raises(LeverUnavailable, match="muster:front_doors"):
        await levers.set_inverted(OREGON, inverted=True, within_s=60)
    with pytest.raises(UnknownRegion):
        await levers_of(aws).set_inverted("mars-1", inverted=True, within_s=60)
    assert aws.calls == []


@pytest.mark.parametrize("policy", ["weighted", "latency"])
async def test_inverting_changes_that_alone_and_can_be_taken_back(policy: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
    aws = FakeAws()
    levers = levers_of(aws, policy)

    on = await levers.set_inverted(OREGON, inverted=True, within_s=60)
    again = await levers.set_inverted(OREGON, inverted=True, within_s=60)
    assert aws.inverted == {FRANKFURT: False, OREGON: True}
    off = await levers.set_inverted(OREGON, inverted=False, within_s=60)

    assert [(one.before, one.after) for one in (on, again, off)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert len(aws.made("UpdateHealthCheck")) == 2


async def test_the_last_check_that_is_not_inverted_stays() -> None:
    aws = FakeAws(inverted={FRANKFURT: True, OREGON: False})

    with pytest.raises(AllChecksInverted, match=OREGON):
        await levers_of(aws).set_inverted(OREGON, inverted=True, within_s=60)


@pytest.mark.parametrize("lever", ["weight", "invert"])
async def test_without_us_east_1_it_says_what_needs_no_control_plane(lever: str) -> None:
    aws = FakeAws(down={"us-east-1"})
    levers = levers_of(aws)
    began_s = aws.clock.monotonic()

    change = (
        levers.set_weight(OREGON, 0, within_s=300)
        if lever == "weight"
        else levers.set_inverted(OREGON, inverted=True, within_s=300)
    )

    with pytest.raises(
        Route53Unreachable, match=r"us-east-1 only, .* health switches work without it"
    ):
        await change

    assert aws.clock.monotonic() - began_s <= 30


async def test_whether_a_lever_can_be_pulled_is_known_beforehand() -> None:
    down = FakeAws(down={"us-east-1"})

    await levers_of(FakeAws()).require_weight()
    await levers_of(FakeAws()).require_inversion()
    for levers in (levers_of(down), levers_of(FakeAws(), "latency")):
        with pytest.raises((Route53Unreachable, LeverUnavailable)):
            await levers.require_weight()
    with pytest.raises(
        Route53Unreachable, match=r"us-east-1 only, .* health switches work without it"
    ):
        await levers_of(down).require_inversion()
    assert down.made("ChangeResourceRecordSets") == down.made("UpdateHealthCheck") == []


async def test_an_earlier_change_that_is_not_complete_is_waited_for() -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
    aws, notified = FakeAws(), NotifiedLines()
    aws.fail("ChangeResourceRecordSets", FakeFailure("PriorRequestNotComplete"))

    await levers_of(aws, notified=notified).set_weight(OREGON, 3, within_s=60)

    assert aws.weights[OREGON] == 3
    assert "PriorRequestNotComplete" in notified


async def test_the_notes_tell_what_stays() -> None:
    change = await levers_of(FakeAws()).set_weight(OREGON, 0, within_s=60)

    assert any("within 60 s" in note and "stay" in note for note in change.notes)


@pytest.mark.parametrize(
    ("region", "leaves", "warned"),
    [("us-east-1", True, True), ("us-east-1", False, False), (OREGON, True, False)],
)
def test_who_leaves_the_region_of_route_53s_api_is_warned_of_its_failure(
    region: str, leaves: bool, warned: bool
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    notes = dns_warnings(require_dns(make_two_door_stack()), region, leaves=leaves)

    assert any("can't be taken back" in note for note in notes) is warned
