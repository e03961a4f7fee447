"""Which alarms a drill expects, because its own steps bring them about. Pure.

An alarm that somebody has named (`REGION:NAME`) is expected where the drill has broken its Region.
Of a stack's own alarms it is known what they show, and of which Regions, wherever they are: the
accelerator's about every Region are in us-west-2. They are expected where a step of the drill has
that effect. A paused replication does not excuse a Region that fails its health checks.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from muster.drill.guards.region_health import DEGRADING_FAULTS
from muster.drill.plan.instructions import InjectFault, Instruction, SetInverted, SetSwitch
from muster.model import AlarmEffect, StackAlarm, SystemView


@dataclass(frozen=True, slots=True)
class Disturbance:
    """An effect that a drill has on a Region."""

    effect: AlarmEffect
    region: str


def disturbances_of(do: Instruction) -> frozenset[Disturbance]:
    """The effects of a step that alarms are made to show."""
    effects: tuple[AlarmEffect, ...] = ()
    region: str | None = None
    match do:
        case InjectFault(fault=fault):
            region = fault.region
            if fault.kind in DEGRADING_FAULTS:
                effects = ("health", "replication")
            elif fault.kind == "replication-pause":
                effects = ("replication",)
        case SetSwitch(region=region, status="fail") | SetInverted(region=region, inverted=True):
            effects = ("health",)
        case _:
            pass
    if region is None:
        return frozenset()
    return frozenset(Disturbance(effect, region) for effect in effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """What a drill knows about its alarms."""

    stack_alarms: Mapping[str, StackAlarm] = field(default_factory=dict)
    """By `REGION:NAME`."""
    broken: Set[str] = frozenset()
    """Regions in which the drill has injected a degrading fault at any time."""
    disturbed: Set[Disturbance] = frozenset()
    """What its steps have disturbed at any time."""

    def unexpected(self, view: SystemView) -> dict[str, str | None]:
        """The states of the alarms that the drill does not expect."""
        return {name: state for name, state in view.alarms.items() if not self._expects(name)}

    def _expects(self, name: str) -> bool:
        if name.partition(":")[0] in self.broken:  # CloudWatch may be gone there
            return True
        alarm = self.stack_alarms.get(name)
        if alarm is None:
            return False
        return any(Disturbance(alarm.shows, region) in self.disturbed for region in alarm.regions)
