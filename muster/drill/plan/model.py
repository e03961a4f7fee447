"""A drill's plan: frozen steps that can be printed, judged and executed.

Decides nothing: `planner` makes a plan, `outlook` says what it leads to. The JSON form of these
values is what plan.json and the journal hold.
"""

from dataclasses import dataclass
from typing import Literal

from muster.drill.plan.instructions import Instruction, MeasureName, SetDial, format_measure
from muster.drill.plan.limits import Limits
from muster.drill.scenario.model import Mark, RollbackStrategy
from muster.formatting import format_duration

STEP_BUDGET_S = 120.0
"""Time budget of a step that has none of its own, and is no turn of a dial."""
DIAL_BUDGET_S = 900.0
"""The same of a turn of a dial, until the accelerator is DEPLOYED. AWS does not say how long that
takes; Terraform's provider gave up too early after 5 and after 10 minutes, and waits 30 now:
https://github.com/hashicorp/terraform-provider-aws/pull/17112"""


def step_budget_s(do: Instruction) -> float:
    """How long a step may take that has no time budget of its own. Seconds."""
    return DIAL_BUDGET_S if isinstance(do, SetDial) else STEP_BUDGET_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step: what, why, judged by which guards, within which time."""

    id: str
    """`h1`... of the hypothesis, `m1`... of the method."""
    activity: str
    """The scenario's name for what it is part of."""
    do: Instruction
    guards: tuple[str, ...] = ()
    within_s: float = STEP_BUDGET_S
    """Time budget, retries included."""
    expected_s: float = 0.0
    marks: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCondition:
    """Ends the drill and rolls back when it lasts."""

    measure: MeasureName
    region: str | None = None
    above: float | None = None
    below: float | None = None
    lasting_s: float = 0.0

    @property
    def words(self) -> str:
        """One line for a person."""
        what = f"{self.measure} of {self.region}" if self.region else self.measure
        side, bound = ("below", self.below) if self.above is None else ("above", self.above)
        lasting = f" for {format_duration(self.lasting_s)}" if self.lasting_s else ""
        return f"{what} {side} {format_measure(self.measure, bound)}{lasting}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPolicy:
    """When and how what was found is put back."""

    strategy: RollbackStrategy
    step: float
    pause_s: float
    hold_s: float
    """How long it waits for a Region to become healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTargets:
    """What the drill is to reach, each at most; None: not judged."""

    rto_s: float | None = None
    rpo_s: float | None = None
    rpo_items: float | None = None
    failed_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPlan:
    """A drill, ready to be shown and run."""

    version: Literal[1] = 1
    scenario: str
    title: str
    why: str
    source: str
    parameters: dict[str, str]
    """In words."""
    regions: tuple[str, ...]
    subject: str | None
    hypothesis_title: str
    hypothesis: tuple[PlannedStep, ...]
    steps: tuple[PlannedStep, ...]
    stop_conditions: tuple[StopCondition, ...]
    rollback: RollbackPolicy
    undo: tuple[str, ...]
    """What a rollback from the end of the method would put back, in words."""
    targets: DrillTargets
    limits: Limits
    forced: tuple[str, ...] = ()
    """Guards that are overridden."""
    watch: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What whoever runs it should know."""

    @property
    def expected_s(self) -> float:
        """How long it may take, very roughly."""
        return sum(step.expected_s for step in (*self.hypothesis, *self.steps))

    @property
    def others(self) -> tuple[str, ...]:
        """The Regions that are not the subject."""
        return tuple(region for region in self.regions if region != self.subject)
