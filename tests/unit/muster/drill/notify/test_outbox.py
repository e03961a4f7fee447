"""An outbox: what is sent again, dropped and counted, and that nobody waits for it."""

from dataclasses import replace

import pytest

from muster.drill.notify.outbox import CAPACITY, PAUSES_S, Outbox
from muster.errors import NotDelivered
from tests.unit.muster.drill.notify.builders import NOTICE, FakeDestination, HangingDestination
from tests.waiting import eventually

BUSY = NotDelivered("HTTP 503", transient=True)


def deliver_all(destination: FakeDestination, notices: int = 1) -> tuple[Outbox, list[float]]:
    """The outbox after its end, and its pauses between attempts."""
    pauses: list[float] = []
    outbox = Outbox(destination, pauses.append)
    for n in range(notices):
        outbox.put(replace(NOTICE, id=f"run/{n}"))
    outbox.close()
    outbox.join(60)
    return outbox, pauses


def test_notices_arrive_in_their_order() -> None:
    destination = FakeDestination()

    outbox, pauses = deliver_all(destination, 3)

    assert [notice.id for notice in destination.taken] == ["run/0", "run/1", "run/2"]
    assert (outbox.describe_loss(), pauses) == ("", [])


def test_a_transient_error_is_followed_by_other_attempts() -> None:
    destination = FakeDestination([BUSY, BUSY])

    outbox, pauses = deliver_all(destination)

    assert len(destination.taken) == 1
    assert outbox.describe_loss() == ""
    assert pauses == list(PAUSES_S)


def test_after_three_attempts_the_next_notice_has_its_turn() -> None:
    destination = FakeDestination([BUSY] * 3)

    outbox, _ = deliver_all(destination, 2)

    assert [notice.id for notice in destination.taken] == ["run/1"]
    assert outbox.describe_loss() == "fake: 1 of 2 notices not delivered: HTTP 503"


@pytest.mark.parametrize("error", [NotDelivered("HTTP 404"), KeyError("a bug")])
def test_no_other_error_is_tried_again(error: Exception) -> None:
    destination = FakeDestination([error])

    outbox, pauses = deliver_all(destination, 2)

    assert (destination.attempts, pauses) == (2, [])
    assert outbox.describe_loss().startswith("fake: 1 of 2 notices not delivered: ")


def test_a_bug_is_told_with_its_place() -> None:
    outbox, _ = deliver_all(FakeDestination([KeyError("a bug")]))

    assert "this should not happen: KeyError at builders.py:" in outbox.describe_loss()


def test_a_full_queue_drops_what_comes_and_counts_it() -> None:
    destination = HangingDestination()
    outbox = Outbox(destination, lambda _s: None)

    for _ in range(CAPACITY + 3):
        outbox.put(NOTICE)
    outbox.close()
    destination.go.set()
    outbox.join(60)

    assert len(destination.taken) == CAPACITY
    assert outbox.describe_loss().startswith(f"fake: 3 of {CAPACITY + 3} notices not delivered: ")


def test_who_waits_for_a_destination_that_hangs_waits_for_the_given_time_only() -> None:
    destination = HangingDestination()
    outbox = Outbox(destination, lambda _s: None)
    outbox.put(NOTICE)
    outbox.close()

    outbox.join(0.05)

    assert outbox.describe_loss() == (
        "fake: 1 of 1 notices not delivered: no answer before the command's end"
    )
    destination.go.set()
    assert eventually(lambda: outbox.describe_loss() == "")


def test_a_notice_that_a_destination_does_not_take_is_not_sent_to_it() -> None:
    destination = FakeDestination()
    destination.kinds = frozenset({"end"})

    outbox, _ = deliver_all(destination)

    assert (destination.attempts, outbox.describe_loss()) == (0, "")


class Unprepared(FakeDestination):
    """What it needs is not there."""

    def prepare(self) -> None:
        raise NotDelivered("no such library")

    def deliver(self, notice: object) -> None:
        raise NotDelivered("no such library")


def test_a_destination_that_can_not_be_prepared_is_one_loss_among_others() -> None:
    outbox, _ = deliver_all(Unprepared())

    assert outbox.describe_loss() == "fake: 1 of 1 notices not delivered: no such library"
