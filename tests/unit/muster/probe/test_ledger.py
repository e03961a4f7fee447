"""What the write-read cohort does next."""

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import Step
from muster.probe.ledger import Ledger, Task


def ledger(rewrite_every: int = 2) -> Ledger:
    """Readings `later` after 5 s."""
    return Ledger("p-", read_later_s=5.0, rewrite_every=rewrite_every)


def test_a_write_is_read_soon_and_later() -> None:
    made = ledger()

    write = made.next(0, 10.0)
    made.acknowledged(write, 10.1)

    assert write == Task(Step.WRITE, "p-000001")
    assert made.next(1, 10.2) == Task(Step.READ_SOON, "p-000001")
    assert made.next(2, 15.2) == Task(Step.READ_LATER, "p-000001")


def test_a_reading_with_nothing_to_read_becomes_a_write() -> None:
    made = ledger()

    assert [made.next(turn, 10.0).step for turn in range(3)] == [Step.WRITE] * 3


def test_a_reading_waits_for_its_time() -> None:
    made = ledger()
    made.acknowledged(made.next(0, 10.0), 10.0)

    assert made.next(2, 14.9).step is Step.WRITE
    assert made.next(2, 15.0).step is Step.READ_LATER


def test_an_old_acknowledgement_is_not_read_soon() -> None:
    made = ledger()
    made.acknowledged(made.next(0, 10.0), 10.0)

    assert made.next(1, 12.0).step is Step.WRITE


def test_every_second_missed_item_is_written_again_once() -> None:
    made = ledger()
    for item in ("a", "b", "c", "d"):
        made.missed(Task(Step.READ_LATER, item))

    tasks = [made.next(0, 10.0) for _ in range(3)]

    assert tasks == [
        Task(Step.REWRITE, "b"),
        Task(Step.REWRITE, "d"),
        Task(Step.WRITE, "p-000001"),
    ]
    made.acknowledged(tasks[0], 10.0)
    assert made.next(2, 20.0).step is Step.WRITE


def test_nothing_is_written_again_when_the_plan_says_so_or_a_reading_came_too_soon() -> None:
    never, soon = ledger(rewrite_every=0), ledger(rewrite_every=1)
    never.missed(Task(Step.READ_LATER, "a"))
    soon.missed(Task(Step.READ_SOON, "a"))

    assert never.next(0, 1.0).step is Step.WRITE
    assert soon.next(0, 1.0).step is Step.WRITE


@given(st.lists(st.sampled_from(["ack", "miss", "fail"]), max_size=200))
def test_every_item_is_written_first_and_read_at_most_once_each_way(outcomes: list[str]) -> None:
    made = ledger()
    seen: list[Task] = []
    for turn, outcome in enumerate(outcomes):
        task = made.next(turn, turn * 0.5)
        seen.append(task)
        if outcome == "ack" and task.step in (Step.WRITE, Step.REWRITE):
            made.acknowledged(task, turn * 0.5)
        if outcome == "miss":
            made.missed(task)

    assert len(set(seen)) == len(seen)
    for index, task in enumerate(seen):
        if task.step is not Step.WRITE:
            assert Task(Step.WRITE, task.item) in seen[:index]
