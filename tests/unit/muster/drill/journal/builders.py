"""A journal with a few events of each kind."""

from pathlib import Path

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    BaselineRecorded,
    GuardsEvaluated,
    JournalLine,
    RunClosed,
    StepDone,
    StepStarted,
)
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import InjectFault, SetDial
from muster.levers import Fault
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.sample_clock import make_clock

EVENTS = (
    build_run_opened(build_plan("evacuate")),
    BaselineRecorded(
        state=DrillBaseline(dials={AWAY: 60.0}, switches={AWAY: SwitchSetting(why="exam")})
    ),
    GuardsEvaluated(step="m1", verdicts=(GuardVerdict(guard="lease", ruling="ok", reason="free"),)),
    StepStarted(step="m1", do=SetDial(region=AWAY, percent=35.0)),
    StepStarted(
        step="m2", do=InjectFault(fault=Fault(kind="throttle", region=AWAY, parameters={"n": 1.0}))
    ),
    StepDone(step="m1", took_s=0.5),
    RunClosed(status="met", exit_code=0, why="fine"),
)


def write_journal(path: Path) -> tuple[JournalLine, ...]:
    with DrillJournal.create(path, make_clock()) as open_journal:
        return tuple(open_journal.append(event) for event in EVENTS)
