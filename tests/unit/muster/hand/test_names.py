"""The guards of changes by hand."""

from muster.drill.guards.names import GUARD_NAMES
from muster.hand.names import HAND_GUARDS


def test_they_are_guards_of_drills_in_the_same_order() -> None:
    assert list(HAND_GUARDS) == [name for name in GUARD_NAMES if name in HAND_GUARDS]


def test_those_that_need_time_or_figures_of_minutes_are_left_out() -> None:
    assert set(GUARD_NAMES) - set(HAND_GUARDS) == {
        "accelerator-deployed",
        "route53-reachable",
        "replication-lag",
        "drained",
        "capacity",
        "alarms",
    }
