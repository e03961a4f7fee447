"""A drill's plan: frozen steps that can be printed, checked by guards, and executed.

`planner` makes it. plan.json and the journal hold these values as JSON.
"""

from dataclasses import dataclass
from typing import Literal

from muster.drill.plan.changes import DrillChanges, collect_changes
from muster.drill.plan.instructions import Instruction, MeasureName, SetDial, format_measure
from muster.drill.plan.limits import Limits
from muster.drill.plan.targets import DrillTargets
from muster.drill.scenario.model import Mark, RollbackStrategy
from muster.formatting import format_duration

STEP_BUDGET_S = 120.0
"""Time budget of a step without one of its own."""
DIAL_BUDGET_S = 900.0
"""The same for a dial, until the accelerator is DEPLOYED. AWS does not say how long that takes;
Terraform's provider gave up too early after 5 and after 10 minutes, and waits 30 now:
https://github.com/hashicorp/terraform-provider-aws/pull/17112"""


def step_budget_s(do: Instruction) -> float:
    """Time budget of a step without one of its own."""
    return DIAL_BUDGET_S if isinstance(do, SetDial) else STEP_BUDGET_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """An instruction with its reason, its guards and its time budget."""

    id: str
    """`h1`... of the hypothesis, `m1`... of the method."""
    activity: str
    """Name of the scenario's activity."""
    do: Instruction
    guards: tuple[str, ...] = ()
    within_s: float = STEP_BUDGET_S
    """Time budget, retries included."""
    expected_s: float = 0.0
    marks: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCondition:
    """Stops the drill, and starts the rollback, when it holds for a while."""

    measure: MeasureName
    region: str | None = None
    above: float | None = None
    below: float | None = None
    lasting_s: float = 0.0

    def describe(self) -> str:
        """`error-rate above 20 % for 10 s`."""
        what = f"{self.measure} of {self.region}" if self.region else self.measure
        side, bound = ("below", self.below) if self.above is None else ("above", self.above)
        lasting = f" for {format_duration(self.lasting_s)}" if self.lasting_s else ""
        return f"{what} {side} {format_measure(self.measure, bound)}{lasting}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPolicy:
    """When and how fast the baseline is put back."""

    strategy: RollbackStrategy
    step: float
    """Largest turn of a dial, percentage points."""
    pause_s: float
    hold_s: float
    """Longest wait for a Region to become healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPlan:
    """A drill, ready to be shown and run."""

    version: Literal[1] = 1
    scenario: str
    title: str
    why: str
    source: str
    """The scenario's file."""
    parameters: dict[str, str]
    """Values in words."""
    regions: tuple[str, ...]
    subject: str | None
    """The Region that the drill is about."""
    hypothesis_title: str
    hypothesis: tuple[PlannedStep, ...]
    steps: tuple[PlannedStep, ...]
    stop_conditions: tuple[StopCondition, ...]
    rollback: RollbackPolicy
    undo: tuple[str, ...]
    """The rollback from the end of the method, in words."""
    targets: DrillTargets
    limits: Limits
    forced: tuple[str, ...] = ()
    """Guards that are overridden."""
    watch: tuple[str, ...] = ()
    """What a person should look at during the drill."""
    notes: tuple[str, ...] = ()
    """What the operator should know before the drill."""

    @property
    def expected_s(self) -> float:
        """A rough estimate of the duration."""
        return sum(step.expected_s for step in (*self.hypothesis, *self.steps))

    @property
    def changes(self) -> DrillChanges:
        """Everything that the method may change."""
        return collect_changes(step.do for step in self.steps)

    @property
    def others(self) -> tuple[str, ...]:
        """The Regions that are not the subject."""
        return tuple(region for region in self.regions if region != self.subject)
