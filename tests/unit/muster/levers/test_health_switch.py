"""The health switch of a Region, and the health checks that follow it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.errors import (
    AllRegionsSwitchedOff,
    CallFailed,
    MalformedSwitch,
    UnknownRegion,
    WaitTimeout,
)
from muster.levers.health_switch import (
    HealthCheckInvoker,
    health_check_event,
    switch_from_item,
    switch_to_item,
)
from muster.model import SwitchSetting
from tests.unit.muster.fake_aws import FakeAws, FakeCall, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_levers, make_retry_policy
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, make_stack

FAIL = SwitchSetting(status="fail", by="me", why="drill 12", until_epoch_s=1_800_000_600)


async def test_the_item_is_written_as_the_function_reads_it() -> None:
    aws = FakeAws()

    change = await make_levers(aws).set_switch(OREGON, FAIL, within_s=30)

    (call,) = aws.made("PutItem")
    assert (call.region, call.given["TableName"]) == (OREGON, CONTROL_TABLE)
    assert call.given["Item"] == {
        "item_id": {"S": "health#us-west-2"},
        "status": {"S": "fail"},
        "by": {"S": "me"},
        "why": {"S": "drill 12"},
        "until": {"N": "1800000600"},
    }
    assert (change.written_through, change.target) == (OREGON, "unhealthy")


async def test_the_item_is_read_back_in_its_region_consistently() -> None:
    aws = FakeAws()

    await make_levers(aws).set_switch(OREGON, FAIL, within_s=30)

    last = [call for call in aws.made("GetItem") if call.region == OREGON][-1]
    assert last.given["Key"] == {"item_id": {"S": "health#us-west-2"}}
    assert last.given["ConsistentRead"] is True


async def test_it_is_written_through_another_region_when_its_own_fails() -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.fail("PutItem", FakeFailure("InternalServerError", status=500))

    change = await make_levers(aws, notified).set_switch(OREGON, FAIL, within_s=30)

    assert change.written_through == FRANKFURT
    assert "can't write the switch through us-west-2" in notified


async def test_a_write_that_is_not_allowed_is_not_tried_elsewhere() -> None:
    aws = FakeAws()
    aws.fail("PutItem", FakeFailure("AccessDeniedException"))

    with pytest.raises(CallFailed, match="AccessDenied"):
        await make_levers(aws).set_switch(OREGON, FAIL, within_s=30)

    assert len(aws.made("PutItem")) == 1


async def test_written_elsewhere_it_is_set_once_replication_has_brought_it() -> None:
    aws = FakeAws(replicates=False)
    aws.fail("PutItem", FakeFailure("InternalServerError", status=500))

    with pytest.raises(WaitTimeout, match=r"through eu-central-1.*last seen: no switch there"):
        await make_levers(aws).set_switch(OREGON, FAIL, within_s=5)


async def test_an_unreachable_region_does_not_count_as_switched() -> None:
    aws = FakeAws(down={OREGON})

    with pytest.raises(WaitTimeout, match="written through eu-central-1"):
        await make_levers(aws).set_switch(OREGON, FAIL, within_s=5)


async def test_a_target_that_does_not_follow_is_reported_with_its_state() -> None:
    aws = FakeAws(targets_follow=False)

    with pytest.raises(WaitTimeout, match=r"target of us-west-2 unhealthy.*the target is healthy"):
        await make_levers(aws).set_switch(OREGON, FAIL, within_s=10)


async def test_without_the_load_balancers_api_the_switch_still_works() -> None:
    """Data planes alone: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    aws, notified = FakeAws(down={"elbv2", "globalaccelerator"}), NotifiedLines()

    change = await make_levers(aws, notified).set_switch(OREGON, FAIL, within_s=60)

    assert change.target is None
    assert aws.tables[OREGON]["health#us-west-2"]["status"] == {"S": "fail"}
    assert "whether the target follows is not known" in notified


@pytest.mark.parametrize("status", ["auto", "pass"])
async def test_other_regions_do_not_matter_for_auto_and_pass(status: str) -> None:
    aws = FakeAws(tables={FRANKFURT: {}, OREGON: {}})
    await make_levers(aws).set_switch(FRANKFURT, FAIL, within_s=30)

    change = await make_levers(aws).set_switch(
        OREGON, switch_from_item(OREGON, {"status": {"S": status}}), within_s=30
    )

    assert change.target == {"auto": None, "pass": "healthy"}[status]


async def test_the_last_region_is_not_switched_off() -> None:
    """With all unhealthy the accelerator fails open.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
    """
    aws = FakeAws()
    await make_levers(aws).set_switch(FRANKFURT, FAIL, within_s=30)

    with pytest.raises(AllRegionsSwitchedOff, match="with us-west-2 all"):
        await make_levers(aws).set_switch(OREGON, FAIL, within_s=30)

    assert "health#us-west-2" not in aws.tables[OREGON]


async def test_an_ended_switch_of_another_region_does_not_count() -> None:
    aws = FakeAws()
    await make_levers(aws).set_switch(FRANKFURT, FAIL, within_s=30)
    aws.clock.seconds += 3600

    change = await make_levers(aws).set_switch(OREGON, SwitchSetting(status="fail"), within_s=30)

    assert change.target == "unhealthy"


async def test_an_unreadable_switch_of_another_region_is_reported() -> None:
    aws, notified = FakeAws(down={FRANKFURT}), NotifiedLines()

    await make_levers(aws, notified).set_switch(OREGON, FAIL, within_s=30)

    assert "the switch of eu-central-1 is not known" in notified


async def test_a_malformed_switch_of_another_region_is_reported_and_hinders_nothing() -> None:
    aws, notified = FakeAws(), NotifiedLines()
    aws.tables[FRANKFURT][f"health#{FRANKFURT}"] = {"status": {"S": "off"}}

    change = await make_levers(aws, notified).set_switch(OREGON, FAIL, within_s=30)

    assert change.target == "unhealthy"
    assert "the switch of eu-central-1 is not known" in notified


async def test_where_no_region_answers_a_reason_is_told_once_and_the_error_is_its_own() -> None:
    aws, notified = FakeAws(down={FRANKFURT, OREGON}), NotifiedLines()

    with pytest.raises(CallFailed, match=f"put_item in {OREGON}"):
        await make_levers(aws, notified).set_switch(OREGON, FAIL, within_s=30)

    told = [line for line in notified.lines if "the switch of eu-central-1 is not known" in line]
    assert len(told) == 1


async def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(UnknownRegion):
        await make_levers(FakeAws()).set_switch("mars-1", FAIL, within_s=30)


@given(
    st.builds(
        SwitchSetting,
        status=st.sampled_from(["auto", "fail", "pass"]),
        by=st.text(),
        why=st.text(),
        until_epoch_s=st.integers(0, 10**11).map(float),
    )
)
def test_an_item_keeps_all_of_a_switch(wanted: SwitchSetting) -> None:
    assert switch_from_item(OREGON, switch_to_item(OREGON, wanted)) == wanted


def test_a_switch_does_not_end_before_its_time() -> None:
    item = switch_to_item(OREGON, SwitchSetting(status="fail", until_epoch_s=1_800_000_600.2))

    assert item["until"] == {"N": "1800000601"}


def test_no_item_is_auto() -> None:
    assert switch_from_item(OREGON, None) == SwitchSetting()


@pytest.mark.parametrize(
    "item",
    [
        {"status": {"S": "off"}},
        {"status": {"N": "1"}},
        {},
        {"status": {"S": "fail"}, "until": {"N": "soon"}},
    ],
)
def test_the_error_for_a_malformed_item_says_that_it_counts_as_auto(
    item: dict[str, dict[str, str]],
) -> None:
    with pytest.raises(MalformedSwitch, match=r"us-west-2: .*the service takes it as auto"):
        switch_from_item(OREGON, item)


def make_invoker(aws: FakeAws) -> HealthCheckInvoker:
    return HealthCheckInvoker(aws.clients(), make_stack(), make_retry_policy(aws))


async def test_the_alias_is_invoked_with_the_event_of_a_health_check() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    aws = FakeAws()

    answer = await make_invoker(aws).invoke(OREGON)

    (call,) = aws.made("Invoke")
    assert call.given["FunctionName"] == "muster-test"
    assert b'"ELB-HealthChecker/2.0"' in health_check_event("arn")
    assert (answer.status, answer.body) == (200, "health: 200")


async def test_it_waits_until_the_function_follows_the_switch() -> None:
    aws = FakeAws(targets={OREGON: "unhealthy"})

    assert (await make_invoker(aws).wait_for(OREGON, "fail", within_s=5)).status == 503
    assert (await make_invoker(aws).wait_for(OREGON, "auto", within_s=5)).status == 503
    with pytest.raises(WaitTimeout, match=r"answered with 200.*last seen: 503"):
        await make_invoker(aws).wait_for(OREGON, "pass", within_s=5)


class FakeFunction(FakeAws):
    """AWS with a function that has one answer."""

    answer: dict[str, object]

    def _invoke(self, call: FakeCall) -> dict[str, object]:
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"FunctionError": "Unhandled", "Payload": io.BytesIO(b"boom")}, "Unhandled: boom"),
        ({"Payload": io.BytesIO(b"[]")}, "not an answer for a load balancer"),
        ({"Payload": io.BytesIO(b"nonsense")}, "not an answer for a load balancer"),
    ],
)
async def test_a_function_that_fails_is_an_error(answer: dict[str, object], words: str) -> None:
    aws = FakeFunction()
    aws.answer = answer

    with pytest.raises(CallFailed, match=words):
        await make_invoker(aws).invoke(OREGON)
