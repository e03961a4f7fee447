"""Steps, systems and contexts for tests of guards."""

from dataclasses import replace

from muster.drill.guards.context import GuardContext, GuardVerdict
from muster.drill.guards.evaluation import evaluate_guards
from muster.drill.plan.instructions import InjectFault, Instruction, SetDial, SetSwitch
from muster.levers import Fault
from muster.limits import Limits
from muster.model import ActiveFault, RegionView, SystemView
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view

FAR = "ap-southeast-1"
DOWN = SetDial(region=AWAY, percent=50.0, lowers=True)
OUT = SetDial(region=AWAY, percent=0.0, lowers=True)
OFF = SetSwitch(region=AWAY, status="fail")
KILL = InjectFault(fault=Fault(kind="region-kill", region=AWAY))
CUT = Fault(kind="network-cut", region=AWAY)
SLOW = ActiveFault(
    kind="network-slow", region=AWAY, parameters={"delay_ms": 200.0}, until_epoch_s=580.0
)
PAUSE = InjectFault(fault=Fault(kind="replication-pause", region=HOME))


def make_context(do: Instruction, view: SystemView | None = None, **more: object) -> GuardContext:
    plain = GuardContext(do=do, view=view or build_view(), limits=Limits())
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def evaluate_guard(guard: str, context: GuardContext, *forced: str) -> GuardVerdict:
    (verdict,) = (one for one in evaluate_guards(context, forced) if one.guard == guard)
    return verdict


def other_region(**more: object) -> SystemView:
    """HOME, the only refuge, with these fields; AWAY at dial 50."""
    return build_view(build_region_view(HOME, **more), build_region_view(AWAY, dial=50.0))


def three_regions(away: RegionView, **far: object) -> SystemView:
    """HOME, FAR with these fields, and AWAY."""
    return build_view(build_region_view(HOME), build_region_view(FAR, **far), away)
