"""A whole drill as the command line wires it, over the fake AWS and without probes."""

from muster import config
from muster.cli import drill_wiring as wiring
from muster.clock import SystemClock
from muster.deployment import Deployment
from muster.drill import limits, planner
from muster.drill.catalogue import find
from muster.drill.entries import Closed, Line
from muster.drill.observe import Observation
from muster.drill.plan import Plan
from muster.drill.runs import RunFolder
from muster.drill.stop import Stop
from muster.model import SystemView
from tests.unit.muster.cli.surroundings import Surroundings

RUN = "2026-11-21T10-00-00-levers"
SCENARIO = """
name: levers
title: Pull every lever that AWS has
why: To see which calls a drill makes.
steady-state-hypothesis:
  title: Both Regions are healthy
  probes:
    - {name: Two are healthy, func: healthy-regions, tolerance: [2, null], within: 5s}
method:
  - {type: action, name: Less, func: dial, arguments: {region: us-west-2, to: 50}}
  - {type: action, name: "Off", func: switch, arguments: {region: us-west-2, status: fail}}
  - {type: action, name: "On", func: switch, arguments: {region: us-west-2, status: auto}}
  - {type: action, name: Still, func: fault, arguments: {kind: throttle, region: us-west-2}}
  - {type: action, name: Run, func: clear, arguments: {kind: throttle, region: us-west-2}}
  - type: action
    name: Apart
    func: fault
    arguments: {kind: replication-pause, region: us-west-2}
stop-conditions:
  - {measure: healthy-regions, below: 1, for: 30s}
"""


class Told:
    """Keeps what a listener is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def entry(self, line: Line) -> None: ...

    def observed(self, observation: Observation, view: SystemView | None) -> None: ...

    def note(self, words: str) -> None:
        self.notes.append(words)


def deployment(where: Surroundings) -> Deployment:
    """The stack of the fake AWS, in real time."""
    context = where.context()
    settings = config.read({}, environ=context.environ, folder=context.folder)
    return Deployment.open(
        settings, environ=context.environ, clock=SystemClock(), clients=context.clients
    )


async def plan(where: Surroundings) -> Plan:
    """The plan of the scenario above."""
    path = where.folder / "levers.yaml"
    path.write_text(SCENARIO)
    opened = deployment(where)
    quick = limits.read({"steady_s": 0, "guard_hold_s": 5, "rollback_hold_s": 1}, "a test")
    forced = ("replication-lag", "capacity")  # there are no probes and no metrics to tell them
    wish = planner.Wish(parameters={}, targets={}, limits=quick, forced=forced)
    return planner.make(find(str(path), None), wish, opened.stack, await opened.telemetry().view())


async def drill(where: Surroundings, told: Told, stop: Stop | None = None) -> Closed:
    """Run it to its end."""
    made, opened = await plan(where), deployment(where)
    folder = RunFolder(where.folder / RUN)
    first = wiring.opened(opened, folder.name, made)
    with wiring.begin(opened, folder, first) as journal:
        parts = wiring.Parts(
            deployment=opened,
            folder=folder,
            journal=journal,
            state=folder.state(),
            probes=None,
        )
        return await wiring.runner(parts, told, stop or Stop()).run()
