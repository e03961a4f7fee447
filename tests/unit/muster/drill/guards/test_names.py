"""The names of the guards, for command lines."""

from muster.drill.guards.evaluation import GUARDS
from muster.drill.guards.names import GUARD_NAMES


def test_each_guard_is_named_in_the_order_of_their_evaluation() -> None:
    assert tuple(guard.name for guard in GUARDS) == GUARD_NAMES
