"""Events of every kind, as a run's listeners get them."""

import io
from collections.abc import Sequence

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    ApprovalAnswered,
    BaselineRecorded,
    DrillStopped,
    GuardsEvaluated,
    InterferenceSeen,
    JournalEvent,
    JournalLine,
    MomentMarked,
    NoteAdded,
    PhaseStarted,
    RollbackGaveUp,
    RollbackHeld,
    RunClosed,
    RunResumed,
    SteadyStateDeviated,
    StepDone,
    StepFailed,
    StepRetried,
    StepStarted,
)
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import SetDial
from muster.drill.view.run_logs import RunDisplay
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_view
from tests.unit.muster.drill.fake_system import build_run_opened

OBSERVED = Observation(
    at_s=3.0,
    requests=100,
    failed=2,
    good_by_region={HOME: 70, AWAY: 28},
    p99_s=0.2,
    lags_s={AWAY: {HOME: 0.5}, HOME: {AWAY: 0.4}},
    total=400,
    total_failed=3,
)
EVENTS: tuple[JournalEvent, ...] = (
    build_run_opened(build_plan("evacuate")),
    BaselineRecorded(
        state=DrillBaseline(
            dials={AWAY: 100.0},
            switches={AWAY: SwitchSetting()},
            faults={
                "network of us-west-2": (ActiveFault(kind="network-slow", region=AWAY),),
                "control planes": (),
            },
        )
    ),
    PhaseStarted(phase="method"),
    GuardsEvaluated(
        step="m1",
        verdicts=(
            GuardVerdict(guard="lease", ruling="ok", reason="free"),
            GuardVerdict(guard="alarms", ruling="hold", reason="no data"),
            GuardVerdict(guard="capacity", ruling="ok", reason="too small", forced=True),
        ),
    ),
    StepStarted(step="m1", do=SetDial(region=AWAY, percent=50.0, lowers=True)),
    StepRetried(step="m1", attempt=1, why="throttled", wait_s=0.7),
    StepDone(step="m1", took_s=1.5),
    StepFailed(step="m2", why="refused"),
    ApprovalAnswered(step="m3", approved=True, by="ann@desk", host="desk", order=2),
    MomentMarked(words="on-call paged", marked_at=0.0, by="ben@desk", host="desk", order=1),
    SteadyStateDeviated(step="h1", why="errors"),
    InterferenceSeen(
        what="dial", where=AWAY, expected="0 %", found="50 %", who="bob", good_before_s=2.0
    ),
    DrillStopped(cause="signal", why="SIGINT"),
    RollbackHeld(why="sick"),
    RollbackGaveUp(why="still sick"),
    NoteAdded(words="by the way"),
    RunResumed(by="ann", host="desk", pid=2, boot="b", rollback=True),
    RunClosed(status="incomplete", exit_code=5, why="still sick"),
)


def lines() -> list[JournalLine]:
    return [JournalLine(n=n, at_s=float(n), at=0.0, event=one) for n, one in enumerate(EVENTS, 1)]


def play(show: RunDisplay, events: Sequence[JournalLine]) -> None:
    with show:
        for line in events:
            show.on_event(line)
        show.on_observation(OBSERVED, build_view())
        show.on_note("a lever says so")


class BrokenOutput(io.StringIO):
    """A pipe whose reader has ended, or an output that lacks a character."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error
