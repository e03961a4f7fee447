"""Everything in a view that drills and people change, as far as the view could read it."""

from muster.drill.guards.region_health import active_faults_at
from muster.drill.plan.changes import DrillBaseline
from muster.levers import fault_scope
from muster.model import SystemView
from muster.system.active_faults import twin_fault_scopes


def read_settings(view: SystemView) -> DrillBaseline:
    """The dials, switches, records and faults of all Regions, but for what could not be read."""
    regions, records = view.regions.items(), (view.dns or {}).items()
    throttles = (fault_scope("throttle", region) for region in view.regions)
    scopes = (*twin_fault_scopes(view.regions), *throttles)
    faults = {scope: active_faults_at(view, scope) for scope in scopes}
    return DrillBaseline(
        dials={name: seen.dial for name, seen in regions if seen.dial is not None},
        switches={name: seen.switch for name, seen in regions if seen.switch is not None},
        weights={name: record.weight for name, record in records if record.weight is not None},
        inversions={
            name: record.inverted for name, record in records if record.inverted is not None
        },
        faults={scope: active for scope, active in faults.items() if active is not None},
    )
