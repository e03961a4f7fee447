"""Which active faults a guard takes for foreign ones."""

from muster.levers import Fault
from muster.model import ActiveFault
from tests.unit.muster.drill.builders import AWAY, HOME, build_view
from tests.unit.muster.drill.guards.builders import CUT, OFF, SLOW, make_context

ACTIVE_CUT = ActiveFault(kind="network-cut", region=AWAY)


def foreign_faults(*active: ActiveFault, **more: object) -> tuple[ActiveFault, ...]:
    return make_context(OFF, build_view(faults=active), **more).foreign_faults


def test_an_active_fault_outside_of_the_drills_scopes_is_foreign() -> None:
    assert foreign_faults(SLOW) == (SLOW,)
    assert foreign_faults(SLOW, faults=(Fault(kind="network-slow", region=HOME),)) == (SLOW,)


def test_any_active_fault_in_a_scope_of_the_drills_own_fault_is_its_own() -> None:
    """Telemetry may still show what the drill's fault has replaced."""
    assert foreign_faults(ACTIVE_CUT, faults=(CUT,)) == ()
    assert foreign_faults(SLOW, faults=(CUT,)) == ()


def test_a_fault_of_the_baseline_stays_foreign_in_a_scope_of_the_drills_own() -> None:
    assert foreign_faults(SLOW, faults=(CUT,), baseline_faults=(SLOW,)) == (SLOW,)
    assert foreign_faults(ACTIVE_CUT, faults=(CUT,), baseline_faults=(SLOW,)) == ()


def test_unreadable_faults_are_none() -> None:
    assert make_context(OFF, build_view(faults=None)).foreign_faults == ()
