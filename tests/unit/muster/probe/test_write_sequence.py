"""What the write-read cohort does next."""

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import RequestKind
from muster.probe.write_sequence import ItemRequest, WriteSequence


def ledger(rewrite_every: int = 2) -> WriteSequence:
    """Readings `later` after 5 s."""
    return WriteSequence("p-", read_later_s=5.0, rewrite_every=rewrite_every)


def test_a_write_is_read_soon_and_later() -> None:
    made = ledger()

    write = made.next(0, 10.0)
    made.acknowledged(write, 10.1)

    assert write == ItemRequest(RequestKind.WRITE, "p-000001")
    assert made.next(1, 10.2) == ItemRequest(RequestKind.READ_SOON, "p-000001")
    assert made.next(2, 15.2) == ItemRequest(RequestKind.READ_LATER, "p-000001")


def test_a_reading_with_nothing_to_read_becomes_a_write() -> None:
    made = ledger()

    assert [made.next(turn, 10.0).step for turn in range(3)] == [RequestKind.WRITE] * 3


def test_a_reading_waits_for_its_time() -> None:
    made = ledger()
    made.acknowledged(made.next(0, 10.0), 10.0)

    assert made.next(2, 14.9).step is RequestKind.WRITE
    assert made.next(2, 15.0).step is RequestKind.READ_LATER


def test_an_old_acknowledgement_is_not_read_soon() -> None:
    made = ledger()
    made.acknowledged(made.next(0, 10.0), 10.0)

    assert made.next(1, 12.0).step is RequestKind.WRITE


def test_every_second_missed_item_is_written_again_once() -> None:
    made = ledger()
    for item in ("a", "b", "c", "d"):
        made.missed(ItemRequest(RequestKind.READ_LATER, item))

    tasks = [made.next(0, 10.0) for _ in range(3)]

    assert tasks == [
        ItemRequest(RequestKind.REWRITE, "b"),
        ItemRequest(RequestKind.REWRITE, "d"),
        ItemRequest(RequestKind.WRITE, "p-000001"),
    ]
    made.acknowledged(tasks[0], 10.0)
    assert made.next(2, 20.0).step is RequestKind.WRITE


def test_nothing_is_written_again_when_the_plan_says_so_or_a_reading_came_too_soon() -> None:
    never, soon = ledger(rewrite_every=0), ledger(rewrite_every=1)
    never.missed(ItemRequest(RequestKind.READ_LATER, "a"))
    soon.missed(ItemRequest(RequestKind.READ_SOON, "a"))

    assert never.next(0, 1.0).step is RequestKind.WRITE
    assert soon.next(0, 1.0).step is RequestKind.WRITE


@given(st.lists(st.sampled_from(["ack", "miss", "fail"]), max_size=200))
def test_every_item_is_written_first_and_read_at_most_once_each_way(outcomes: list[str]) -> None:
    made = ledger()
    seen: list[ItemRequest] = []
    for turn, outcome in enumerate(outcomes):
        task = made.next(turn, turn * 0.5)
        seen.append(task)
        if outcome == "ack" and task.step in (RequestKind.WRITE, RequestKind.REWRITE):
            made.acknowledged(task, turn * 0.5)
        if outcome == "miss":
            made.missed(task)

    assert len(set(seen)) == len(seen)
    for index, task in enumerate(seen):
        if task.step is not RequestKind.WRITE:
            assert ItemRequest(RequestKind.WRITE, task.item) in seen[:index]
