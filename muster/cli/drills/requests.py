"""What a command line says about a drill; imported without what runs it."""

from dataclasses import dataclass, field

from muster.ci.files import CiFiles
from muster.drill.scenario.model import RawValue, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRequest:
    """A scenario, and what the command line says about it."""

    scenario: Scenario
    parameters: dict[str, RawValue]
    targets: dict[str, float]
    forced: tuple[str, ...]
    """Guards that are overridden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is shown, and what its probes send."""

    as_json: bool = False
    plain: bool = False
    rate: float = 50.0
    """Requests per second in all."""
    writes: bool = True
    """Whether numbered items are written, without which there is no recovery point."""
    path: str = "/get/foobar"
    require_trusted: bool = False
    """Whether the run has failed if its numbers can't be believed."""
    forced: tuple[str, ...] = ()
    """Guards that are overridden."""
    ci_files: CiFiles = field(default_factory=CiFiles)
    """What is written at the end for continuous integration."""
