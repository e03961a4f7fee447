"""A scenario: what to practise and why, as data that anyone can write.

The terms are Chaos Toolkit's where it has one (https://chaostoolkit.org/reference/api/experiment/).
Values are as written in the file: parameters (`${region}`) are filled in by `parameters`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from common.command.wording import suggest_name
from muster import codec
from muster.model import FrontDoor
from muster.parsers import (
    parse_dials,
    parse_number,
    parse_percent,
    parse_region,
    parse_scenario_duration,
)

PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_-]*)\}")

RawValue = str | float | bool | dict[str, "RawValue"] | list["RawValue"] | None
"""A value of the document; strings may hold `${parameter}`."""

ParameterType = Literal["region", "percent", "duration", "number", "text", "dials"]
_PARSERS: dict[ParameterType, Callable[[object], Any]] = {
    "region": parse_region,
    "percent": parse_percent,
    "duration": parse_scenario_duration,
    "number": parse_number,
    "text": str,
    "dials": parse_dials,
}
RollbackStrategy = Literal["always", "deviated"]
Mark = Literal["away", "alone", "back"]
"""A step's meaning to the measurement: the outage's cause; from its end on only the other Regions
work; the end of the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioParameter:
    """A value that the operator may choose."""

    name: str
    type: ParameterType
    description: str
    default: RawValue = None
    """None: the parameter is required."""
    choices: tuple[str, ...] = ()

    def parse(self, raw: object) -> RawValue:
        """The value of this parameter's type. Raises ValueError."""
        if self.choices and str(raw) not in self.choices:
            hint = suggest_name(str(raw), self.choices)
            raise ValueError(f"{raw!r} is not one of {', '.join(self.choices)}{hint}")
        value: RawValue = _PARSERS[self.type](raw)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry of the method or of the steady-state hypothesis."""

    type: Literal["action", "probe"]
    name: str
    func: str
    arguments: Mapping[str, RawValue] = field(default_factory=dict)
    tolerance: tuple[RawValue, RawValue] = (None, None)
    """Lowest and highest accepted value of a probe; None: no bound."""
    within: RawValue = None
    pause_before: RawValue = 0.0
    pause_after: RawValue = 0.0
    marks: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStop:
    """A condition that stops the drill and starts the rollback."""

    measure: str
    above: RawValue = None
    below: RawValue = None
    lasting: RawValue = 0.0
    arguments: Mapping[str, RawValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRollbacks:
    """When to roll back, and how fast dials go back."""

    strategy: RollbackStrategy = "always"
    """`always`: at the end of every run. `deviated`: only after a stop or a deviation."""
    step: RawValue = 100.0
    pause: RawValue = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as written."""

    name: str
    title: str
    why: str
    parameters: tuple[ScenarioParameter, ...]
    subject: RawValue
    """The Region that the drill is about; None for none."""
    door: FrontDoor | None
    """The door that measures and targets are of; None: the stack's first."""
    hypothesis_title: str
    hypothesis: tuple[Activity, ...]
    method: tuple[Activity, ...]
    stop_conditions: tuple[ScenarioStop, ...]
    rollbacks: ScenarioRollbacks
    targets: Mapping[str, RawValue]
    """Upper limits: `rto`, `rpo` (durations), `rpo-items`, `failed-share`."""
    watch: tuple[str, ...]
    """What a person should look at during the drill."""
    source: str
    """The file."""

    @property
    def steps_digest(self) -> str:
        """Equal for scenarios whose steps are the same as written, whatever the parameters are."""
        import hashlib  # noqa: PLC0415 - it loads OpenSSL, which completion does not need

        text = codec.dumps((self.hypothesis, self.method))
        return hashlib.sha256(text.encode()).hexdigest()[:8]
