"""A call is superseded by a later write of its slot, unless a call between may have read it."""

import dataclasses
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from twin.control.journaled_services import (
    RecordedCall,
    ResourceSlot,
    find_resource_slot,
    find_superseded_calls,
)
from twin.moto.aws_call import AwsCall

FRANKFURT, OREGON = "eu-central-1", "us-west-2"


def signed(method: str, path: str, region: str = FRANKFURT, service: str = "lambda") -> AwsCall:
    """A call of a service in a Region."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request"
    return AwsCall(method=method, url=path, headers={"authorization": scope})


def reserve(name: str = "app", region: str = FRANKFURT) -> AwsCall:
    """PutFunctionConcurrency."""
    return signed("PUT", f"/2017-10-31/functions/{name}/concurrency", region)


def release(name: str = "app", region: str = FRANKFURT) -> AwsCall:
    """DeleteFunctionConcurrency."""
    return signed("DELETE", f"/2017-10-31/functions/{name}/concurrency", region)


PUBLISH = signed("POST", "/2015-03-31/functions/app/versions")
ELSEWHERE = signed("POST", "/", OREGON, "ec2")


def superseded(*calls: AwsCall, failed: Sequence[int] = ()) -> set[int]:
    """Numbers, from 1, of the superseded ones among these calls."""
    return set(
        find_superseded_calls(
            RecordedCall(number, call, number not in failed)
            for number, call in enumerate(calls, start=1)
        )
    )


def test_only_the_last_write_of_a_slot_is_kept() -> None:
    assert superseded(reserve(), release(), reserve(), release()) == {1, 2, 3}


def test_writes_of_another_region_do_not_read_the_slot() -> None:
    calls = (reserve(), reserve(region=OREGON), release(), release(region=OREGON))

    assert superseded(*calls) == {1, 2}


def test_any_other_call_may_read_the_slot() -> None:
    assert superseded(reserve(), PUBLISH, release()) == set()
    assert superseded(reserve(), ELSEWHERE, release()) == set()


def test_another_functions_reservation_reads_this_one() -> None:
    assert superseded(reserve(), reserve("other"), release()) == set()


def test_a_failed_call_is_kept_and_may_read_the_slot() -> None:
    assert superseded(reserve(), reserve(), release(), failed=[2]) == set()
    assert superseded(reserve(), reserve(), reserve(), failed=[1, 3]) == set()


def test_only_plain_names_signed_for_a_region_are_known() -> None:
    arn = reserve("arn:aws:lambda:eu-central-1:123456789012:function:app")
    unsigned = dataclasses.replace(reserve(), headers={})

    assert find_resource_slot(reserve()) == ResourceSlot("lambda", FRANKFURT, "app")
    assert find_resource_slot(arn) is None
    assert find_resource_slot(unsigned) is None
    assert find_resource_slot(signed("GET", reserve().path)) is None
    assert find_resource_slot(signed("PUT", reserve().path, service="s3")) is None


CALLS = st.sampled_from(
    [
        *(make(name, region) for make in (reserve, release) for name in "ab" for region in "xy"),
        PUBLISH,
    ]
)


@given(st.lists(st.tuples(CALLS, st.booleans()), max_size=30))
def test_every_reader_sees_the_same_without_superseded_calls(
    made: list[tuple[AwsCall, bool]],
) -> None:
    """A write reads the other slots of its Region, any other call reads all slots."""
    recorded = [
        RecordedCall(number, call, good) for number, (call, good) in enumerate(made, start=1)
    ]
    left_out = find_superseded_calls(recorded)

    full, short = (
        _visible_writes(recorded),
        _visible_writes([r for r in recorded if r.number not in left_out]),
    )

    assert full.keys() - short.keys() == left_out
    assert {number: full[number] for number in short} == short


def _visible_writes(recorded: Sequence[RecordedCall]) -> dict[int, dict[ResourceSlot, int]]:
    """Call's number, 0 for the end -> slot that it may read -> number of the last write."""
    slots: dict[ResourceSlot, int] = {}
    visible = {}
    for number, call, succeeded in recorded:
        own = find_resource_slot(call) if succeeded else None
        visible[number] = {
            slot: by
            for slot, by in slots.items()
            if own is None or (slot != own and slot.region == own.region)
        }
        if own is not None:
            slots[own] = number
    return visible | {0: slots}
