"""The order of writes and reads of the write-read cohort."""

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import RequestKind
from muster.probe.cohorts import ItemRequest, WriteSequence


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
