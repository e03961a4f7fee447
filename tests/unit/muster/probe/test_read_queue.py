"""Which item is read next in which table."""

import pytest

from muster.probe import auditor as under_test
from muster.probe.auditor import FIRST_PAUSE_S, LONGEST_PAUSE_S, ReadQueue

REGIONS = ("a", "b")


def test_an_offered_item_is_due_at_once_in_every_region() -> None:
    made = ReadQueue(REGIONS)
    made.offer("x", 5.0)

    assert made.take("a", 4.9) is None
    for region in REGIONS:
        errand = made.take(region, 5.0)
        assert errand is not None
        assert errand.item == "x"
    assert made.pending() == 2
    made.found("a")
    assert (made.pending(), made.pending("a"), made.pending("b")) == (1, 0, 1)


def test_pauses_double_up_to_the_longest() -> None:
    made, now_s, pauses = ReadQueue(("a",)), 0.0, []
    made.offer("x", now_s)
    errand = made.take("a", now_s)
    for _ in range(8):
        assert errand is not None
        made.again("a", errand, now_s)
        due_s = now_s + errand.pause_s
        assert made.take("a", due_s - 0.001) is None
        pauses.append(errand.pause_s)
        now_s = due_s
        errand = made.take("a", now_s)

    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_what_is_beyond_the_bound_is_counted() -> None:
    made = ReadQueue(REGIONS)
    for number in range(under_test.MAX_WAITING + 3):
        made.offer(str(number), 0.0)

    assert made.overflow == 3 * len(REGIONS)
    assert made.pending("a") == under_test.MAX_WAITING


def test_an_unknown_region_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        ReadQueue(REGIONS).take("c", 0.0)
