"""A drill's plan: frozen steps to print, to check by guards and to execute, with its targets.

`planner` makes it. plan.json and the journal hold these values as JSON.

Targets bound recovery time (RTO), recovery point (RPO) and failed requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from common.command.wording import count_of
from muster.drill.plan.changes import DrillChanges, collect_changes
from muster.drill.plan.instructions import (
    AwaitApproval,
    DrainWrites,
    Instruction,
    MeasureName,
    SetDial,
    format_measure,
)
from muster.drill.scenario.model import Mark, RollbackStrategy
from muster.formatting import format_duration, format_precise_duration
from muster.limits import Limits
from muster.model import FrontDoor

TargetName = Literal["rto_s", "rpo_s", "rpo_items", "failed_share"]
TARGET_LABELS: Mapping[TargetName, str] = {
    "rto_s": "RTO",
    "rpo_s": "RPO",
    "rpo_items": "RPO in items",
    "failed_share": "Failed requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTargets:
    """Upper limits; None: no target."""

    rto_s: float | None = None
    rpo_s: float | None = None
    rpo_items: float | None = None
    failed_share: float | None = None


def format_target(name: TargetName, value: float) -> str:
    """A target's value with its unit."""
    if name == "failed_share":
        return f"{value * 100:.3g} %"
    if name == "rpo_items":
        return count_of(value, "item")
    return format_precise_duration(value)


def describe_target(
    name: TargetName, measured: float | None, at_most: float, *, at_least: bool = False
) -> str:
    """The measured value beside the target: `RTO 3.22 s, at most 5 s`.

    `at_least`: the measured value is a lower bound, since an outage's end was not seen.
    """
    shown = "not measured" if measured is None else format_target(name, measured)
    if at_least:
        shown = f"at least {shown}, its end was not seen"
    return f"{TARGET_LABELS[name]} {shown}, at most {format_target(name, at_most)}"


STEP_BUDGET_S = 120.0
"""Time budget of a step without one of its own."""
DIAL_BUDGET_S = 900.0
"""The same for a dial, until the accelerator is DEPLOYED. AWS does not say how long that takes;
Terraform's provider gave up too early after 5 and after 10 minutes, and waits 30 now:
https://github.com/hashicorp/terraform-provider-aws/pull/17112"""

APPROVAL_BUDGET_S = 900.0
"""The same for an approval."""


def step_budget_s(do: Instruction) -> float:
    """Time budget of a step without one of its own."""
    if isinstance(do, SetDial):
        return DIAL_BUDGET_S
    if isinstance(do, AwaitApproval):
        return APPROVAL_BUDGET_S
    clients_s = do.clients_s if isinstance(do, DrainWrites) else 0.0
    return STEP_BUDGET_S + clients_s


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
    steps_digest: str = ""
    """Of the scenario's steps as written, before parameters are filled in; empty: not recorded."""
    parameters: dict[str, str]
    """Values in words."""
    regions: tuple[str, ...]
    subject: str | None
    """The Region that the drill is about."""
    door: FrontDoor = "accelerator"
    """The door whose new connections the measures and targets are of."""
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
    def method_s(self) -> float:
        """A rough estimate of the method's duration."""
        return sum(step.expected_s for step in self.steps)

    @property
    def changes(self) -> DrillChanges:
        """Everything that the method may change."""
        return collect_changes(step.do for step in self.steps)

    @property
    def others(self) -> tuple[str, ...]:
        """The Regions that are not the subject."""
        return tuple(region for region in self.regions if region != self.subject)
