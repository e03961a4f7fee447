"""What the cohorts send, and the outcome of a response."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import SystemClock
from muster.measure.samples import RequestKind, RequestOutcome
from muster.probe.cohorts import ItemRequest, RequestSender, WriteSequence, classify_response
from muster.probe.connection import ProbeResponse
from muster.probe.plan import ProbePlan, ProbeTarget


def make_sequence(rewrite_every: int = 2) -> WriteSequence:
    return WriteSequence("p-", read_later_s=5.0, rewrite_every=rewrite_every)


def test_a_write_is_read_soon_and_later() -> None:
    sequence = make_sequence()

    write = sequence.next(0, 10.0)
    sequence.acknowledged(write, 10.1)

    assert write == ItemRequest(RequestKind.WRITE, "p-000001")
    assert sequence.next(1, 10.2) == ItemRequest(RequestKind.READ_SOON, "p-000001")
    assert sequence.next(2, 15.2) == ItemRequest(RequestKind.READ_LATER, "p-000001")


def test_a_read_without_an_item_becomes_a_write() -> None:
    sequence = make_sequence()

    assert [sequence.next(turn, 10.0).step for turn in range(3)] == [RequestKind.WRITE] * 3


def test_the_later_read_waits_for_its_time() -> None:
    sequence = make_sequence()
    sequence.acknowledged(sequence.next(0, 10.0), 10.0)

    assert sequence.next(2, 14.9).step is RequestKind.WRITE
    assert sequence.next(2, 15.0).step is RequestKind.READ_LATER


def test_an_old_acknowledgement_is_not_read_soon() -> None:
    sequence = make_sequence()
    sequence.acknowledged(sequence.next(0, 10.0), 10.0)

    assert sequence.next(1, 12.0).step is RequestKind.WRITE


def test_every_second_missed_item_is_rewritten_once() -> None:
    sequence = make_sequence()
    for item in ("a", "b", "c", "d"):
        sequence.missed(ItemRequest(RequestKind.READ_LATER, item))

    requests = [sequence.next(0, 10.0) for _ in range(3)]

    assert requests == [
        ItemRequest(RequestKind.REWRITE, "b"),
        ItemRequest(RequestKind.REWRITE, "d"),
        ItemRequest(RequestKind.WRITE, "p-000001"),
    ]
    sequence.acknowledged(requests[0], 10.0)
    assert sequence.next(2, 20.0).step is RequestKind.WRITE


def test_nothing_is_rewritten_when_the_plan_says_so_or_after_an_early_read() -> None:
    never, soon = make_sequence(rewrite_every=0), make_sequence(rewrite_every=1)
    never.missed(ItemRequest(RequestKind.READ_LATER, "a"))
    soon.missed(ItemRequest(RequestKind.READ_SOON, "a"))

    assert never.next(0, 1.0).step is RequestKind.WRITE
    assert soon.next(0, 1.0).step is RequestKind.WRITE


@given(st.lists(st.sampled_from(["ack", "miss", "fail"]), max_size=200))
def test_every_item_is_written_first_and_read_at_most_once_each_way(outcomes: list[str]) -> None:
    sequence = make_sequence()
    seen: list[ItemRequest] = []
    for turn, outcome in enumerate(outcomes):
        request = sequence.next(turn, turn * 0.5)
        seen.append(request)
        if outcome == "ack" and request.step in (RequestKind.WRITE, RequestKind.REWRITE):
            sequence.acknowledged(request, turn * 0.5)
        if outcome == "miss":
            sequence.missed(request)

    assert len(set(seen)) == len(seen)
    for index, request in enumerate(seen):
        if request.step is not RequestKind.WRITE:
            assert ItemRequest(RequestKind.WRITE, request.item) in seen[:index]


@pytest.mark.parametrize(
    ("status", "region", "step", "outcome"),
    [
        (200, "us-west-2", RequestKind.GET, RequestOutcome.OK),
        (201, "us-west-2", RequestKind.WRITE, RequestOutcome.OK),
        (200, None, RequestKind.GET, RequestOutcome.BAD_ANSWER),
        (404, "us-west-2", RequestKind.READ_SOON, RequestOutcome.ABSENT),
        (404, "us-west-2", RequestKind.READ_LATER, RequestOutcome.ABSENT),
        (404, "us-west-2", RequestKind.GET, RequestOutcome.STATUS),
        (404, None, RequestKind.READ_SOON, RequestOutcome.STATUS),
        (503, "us-west-2", RequestKind.READ_SOON, RequestOutcome.STATUS),
    ],
)
def test_a_response_has_the_outcome_of_its_status_its_region_and_its_request(
    status: int, region: str | None, step: RequestKind, outcome: RequestOutcome
) -> None:
    response = ProbeResponse(status, region, received=100, reusable=True)

    assert classify_response(response, step) is outcome


@pytest.mark.parametrize(
    ("target", "tls", "host"),
    [
        (ProbeTarget(ip="192.0.2.1"), False, "192.0.2.1"),
        (ProbeTarget(ip="192.0.2.1", port=8080), False, "192.0.2.1:8080"),
        (ProbeTarget(ip="192.0.2.1", port=443), True, "192.0.2.1"),
        (ProbeTarget(ip="192.0.2.1", port=80), True, "192.0.2.1:80"),
        (ProbeTarget(ip="2001:db8::1", port=8080), False, "[2001:db8::1]:8080"),
    ],
)
def test_the_host_of_a_request_is_the_target_unless_the_plan_names_one(
    target: ProbeTarget, tls: bool, host: str
) -> None:
    plan = ProbePlan(run="r", targets=(target,), tls=tls)
    named = replace(plan, host="muster.example.com")

    assert RequestSender(plan, SystemClock(), None).host(target) == host
    assert RequestSender(named, SystemClock(), None).host(target) == "muster.example.com"
