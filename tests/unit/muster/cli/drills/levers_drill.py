"""A whole drill made as the command line makes it, over the fake AWS and without probes."""

from pathlib import Path

from common.clock import SystemClock
from muster.cli.drills.drill_factory import RunnerParts, begin_run, make_runner, opened_event
from muster.config import read_settings
from muster.deployment import Deployment
from muster.drill.journal.events import JournalLine, RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import RunFolder
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.model import DrillPlan
from muster.drill.plan.planner import PlanRequest, make_plan
from muster.drill.run.stop import StopRequest
from muster.drill.scenario.catalogue import find_scenario
from muster.limits import parse_limits
from muster.model import SystemView
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import OREGON

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


def make_levers_command_line(folder: Path) -> CommandLine:
    """An account in which SCENARIO can be run, and dials are turned at once."""
    templates = {"replication_pause_templates": {OREGON: "EXT1"}}
    return CommandLine(folder, aws=FakeAws(deploying_s=0), changes=templates)


class NoteRecorder:
    """A run listener that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_event(self, line: JournalLine) -> None: ...

    def on_observation(self, observation: Observation, view: SystemView | None) -> None: ...

    def on_note(self, words: str) -> None:
        self.notes.append(words)


def open_deployment(command_line: CommandLine) -> Deployment:
    """The stack of the fake AWS, in real time."""
    context = command_line.context()
    settings = read_settings({}, environ=context.environ, folder=context.folder)
    return Deployment.open(
        settings, environ=context.environ, clock=SystemClock(), clients=context.clients
    )


async def make_levers_plan(command_line: CommandLine) -> DrillPlan:
    """The plan of SCENARIO."""
    path = command_line.folder / "levers.yaml"
    path.write_text(SCENARIO)
    deployment = open_deployment(command_line)
    quick = parse_limits({"steady_s": 0, "guard_hold_s": 5, "rollback_hold_s": 1}, "a test")
    forced = ("replication-lag", "capacity")  # they need probes and metrics
    request = PlanRequest(parameters={}, targets={}, limits=quick, forced=forced)
    return make_plan(
        find_scenario(str(path), None),
        request,
        deployment.stack,
        await deployment.telemetry().view(),
    )


async def begin_levers_run(command_line: CommandLine) -> DrillJournal:
    """The journal of a run of SCENARIO, of which nothing is done yet."""
    plan, deployment = await make_levers_plan(command_line), open_deployment(command_line)
    folder = RunFolder(command_line.folder / RUN)
    return begin_run(deployment, folder, opened_event(deployment, folder.name, plan))


async def run_levers_drill(
    command_line: CommandLine,
    listener: NoteRecorder,
    stop: StopRequest | None = None,
    *,
    require_trusted: bool = False,
) -> RunClosed:
    """The drill sends no probes."""
    deployment, folder = open_deployment(command_line), RunFolder(command_line.folder / RUN)
    with await begin_levers_run(command_line) as journal:
        parts = RunnerParts(
            deployment=deployment,
            folder=folder,
            journal=journal,
            state=folder.read_state(),
            probes=None,
            require_trusted=require_trusted,
        )
        return await make_runner(parts, listener, stop or StopRequest()).run()
