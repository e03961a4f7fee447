"""What a drill changes, and what the system was like before.

`DrillChanges` is one fold over actions: a plan's give what a drill may ever change, a journal's
started steps give what it may have changed by now. The journal and the lease hold both classes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from muster.drill.plan.instructions import (
    ClearFault,
    InjectFault,
    Instruction,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillBaseline:
    """How the system was before the drill changed anything, as far as it could be read."""

    dials: dict[str, float] = field(default_factory=dict)
    switches: dict[str, SwitchSetting] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    """Region -> weight of its record in Route 53."""
    inversions: dict[str, bool] = field(default_factory=dict)
    """Region -> whether its health check in Route 53 is inverted."""
    faults: dict[str, tuple[ActiveFault, ...]] = field(default_factory=dict)
    """Fault scope (see muster.levers) -> the faults that were active there, mostly none."""

    @property
    def active_faults(self) -> tuple[ActiveFault, ...]:
        """The faults of all scopes."""
        return tuple(fault for faults in self.faults.values() for fault in faults)

    def select(
        self, changes: "DrillChanges", without_scopes: Collection[str] = ()
    ) -> "DrillBaseline":
        """The part of what these changes change."""
        scopes = set(changes.scopes).difference(without_scopes)
        return DrillBaseline(
            dials={name: one for name, one in self.dials.items() if name in changes.dials},
            switches={name: one for name, one in self.switches.items() if name in changes.switches},
            weights={name: one for name, one in self.weights.items() if name in changes.weights},
            inversions={
                name: one for name, one in self.inversions.items() if name in changes.inversions
            },
            faults={scope: one for scope, one in self.faults.items() if scope in scopes},
        )

    def merge(self, later: "DrillBaseline") -> "DrillBaseline":
        """This baseline, completed by a later reading."""
        return DrillBaseline(
            dials=later.dials | self.dials,
            switches=later.switches | self.switches,
            weights=later.weights | self.weights,
            inversions=later.inversions | self.inversions,
            faults=later.faults | self.faults,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillChanges:
    """What a drill changes."""

    dials: tuple[str, ...] = ()
    """Regions."""
    switches: tuple[str, ...] = ()
    """Regions."""
    weights: tuple[str, ...] = ()
    """Regions."""
    inversions: tuple[str, ...] = ()
    """Regions."""
    faults: tuple[Fault, ...] = ()
    """Faults that the drill injects and has not cleared."""
    cleared: tuple[Fault, ...] = ()
    """Faults that the drill clears, its own or not."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scopes of the injected and cleared faults."""
        return tuple(dict.fromkeys(scope_of_fault(one) for one in (*self.faults, *self.cleared)))

    def with_instruction(self, do: Instruction) -> "DrillChanges":
        """These changes and those of one more instruction."""
        match do:
            case SetDial(region=region):
                return replace(self, dials=_with(self.dials, region))
            case SetSwitch(region=region):
                return replace(self, switches=_with(self.switches, region))
            case SetWeight() | SetInverted():
                return self._with_dns(do)
            case InjectFault(fault=fault):
                return replace(self, faults=_with(self.faults, fault))
            case ClearFault(fault=fault):
                return replace(self, cleared=_with(self.cleared, fault))
            case _:
                return self

    def _with_dns(self, do: SetWeight | SetInverted) -> "DrillChanges":
        if isinstance(do, SetWeight):
            return replace(self, weights=_with(self.weights, do.region))
        return replace(self, inversions=_with(self.inversions, do.region))

    def without_fault(self, cleared: Fault) -> "DrillChanges":
        """These changes after a fault was cleared."""
        left = tuple(fault for fault in self.faults if not is_same_fault(fault, cleared))
        return replace(self, faults=left)


def collect_changes(instructions: Iterable[Instruction]) -> DrillChanges:
    """Everything that these instructions change."""
    changes = DrillChanges()
    for do in instructions:
        changes = changes.with_instruction(do)
    return changes


def is_same_fault(one: Fault, other: Fault) -> bool:
    """True if clearing one clears the other: parameters don't matter."""
    return (one.kind, one.region) == (other.kind, other.region)


def _with(values: tuple[T, ...], value: T) -> tuple[T, ...]:
    return values if value in values else (*values, value)
