"""A lease, and runs of drills over a fake system."""

from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.run.lease import Lease
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY

LEASE = Lease(
    run="mine",
    scenario="evacuate",
    by="ann",
    host="desk",
    until=0.0,
    found=DrillBaseline(
        dials={AWAY: 60.0}, switches={AWAY: SwitchSetting(status="pass", why="exam")}
    ),
    touched=DrillChanges(dials=(AWAY,), faults=(Fault(kind="throttle", region=AWAY),)),
)
