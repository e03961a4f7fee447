"""What whoever watches a run gets to see."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillStopped,
    GuardsEvaluated,
    JournalEvent,
    JournalLine,
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
from muster.drill.observation.replication_tracker import ReplicationLags
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import SetDial
from muster.drill.view.live_view import LiveView, PipeTolerantConsole
from muster.drill.view.run_logs import JsonLog, PlainLog, RunDisplay
from muster.model import ActiveFault, SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_region_view, build_view
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.sample_clock import make_clock

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
ENTRIES: tuple[JournalEvent, ...] = (
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
    SteadyStateDeviated(step="h1", why="errors"),
    DrillStopped(cause="signal", why="SIGINT"),
    RollbackHeld(why="sick"),
    RollbackGaveUp(why="still sick"),
    NoteAdded(words="by the way"),
    RunResumed(by="ann", host="desk", pid=2, boot="b", rollback=True),
    RunClosed(status="incomplete", exit_code=5, why="still sick"),
)


def lines() -> list[JournalLine]:
    return [JournalLine(n=n, at_s=float(n), at=0.0, event=one) for n, one in enumerate(ENTRIES, 1)]


def watch(show: RunDisplay, entries: Sequence[JournalLine]) -> None:
    with show:
        for line in entries:
            show.on_event(line)
        show.on_observation(OBSERVED, build_view())
        show.on_note("a lever says so")


def test_plain_lines_tell_everything_that_happens() -> None:
    out = io.StringIO()

    watch(PlainLog(make_clock(), out), lines())

    told = out.getvalue()
    for part in (
        "run 2026-11-21T10-00-00-test on a test",
        "found: dial us-west-2 100 %, switch us-west-2 auto,"
        " fault network-slow of us-west-2, control planes whole",
        "== method",
        "m1: guard alarms holds for now: no data\n",
        "m1: guard capacity overridden: too small\n",
        "m1: dial of us-west-2 to 50 %",
        "m1: try 1 failed: throttled; again in 0.7 s",
        "m1: done in 1.5 s",
        "m2: failed: refused",
        "deviated: errors",
        "stops (signal): SIGINT",
        "rollback holds: sick",
        "rollback incomplete: still sick",
        "note: by the way",
        "taken up again, to roll back",
        "INCOMPLETE, not everything is as it was found: still sick",
        "eu-central-1 71 %  us-west-2 29 %  errors 2 %  p99 200 ms",
        "lag 0.5 s (us-west-2 to eu-central-1)",
        "3 failed (0.75 %) so far",
        "a lever says so",
    ):
        assert part in told
    assert "\x1b" not in told


def test_guards_that_find_the_same_say_it_together() -> None:
    blind = "the dial of us-west-2 can't be read"
    verdicts = (
        GuardVerdict(guard="dial-step", ruling="hold", reason=blind),
        GuardVerdict(guard="alarms", ruling="refuse", reason="x in ALARM"),
        GuardVerdict(guard="all-dials-zero", ruling="hold", reason=blind),
        GuardVerdict(guard="capacity", ruling="ok", reason="room enough"),
    )
    out = io.StringIO()

    PlainLog(make_clock(), out).on_event(
        JournalLine(n=1, at_s=0.0, at=0.0, event=GuardsEvaluated(step="m1", verdicts=verdicts))
    )

    assert out.getvalue().splitlines() == [
        f"    0.0  m1: guards dial-step, all-dials-zero hold for now: {blind}",
        "    0.0  m1: guard alarms refuses: x in ALARM",
    ]


def test_a_stop_by_guards_does_not_repeat_what_they_have_found() -> None:
    """It stands above, and at the end."""
    out = io.StringIO()

    PlainLog(make_clock(), out).on_event(
        JournalLine(
            n=1, at_s=0.0, at=0.0, event=DrillStopped(cause="guard", why="m1: alarms refuses")
        )
    )

    assert out.getvalue() == "    0.0  stops (guard)\n"


def test_json_is_one_object_a_line() -> None:
    out = io.StringIO()

    watch(JsonLog(make_clock(), out), lines())

    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events[:-2]] == ["entry"] * len(ENTRIES)
    assert [event["event"] for event in events[-2:]] == ["observed", "note"]
    assert events[4]["kind"] == "begun"
    assert events[-2]["probes"]["failed"] == 2
    assert events[-2]["view"]["regions"][AWAY]["dial"] == 100.0


def test_the_picture_shows_step_shares_errors_and_lag() -> None:
    console = Console(file=io.StringIO(), width=110, force_terminal=False)
    picture = LiveView(build_plan("evacuate"), "RUN", make_clock(), console)

    watch(picture, lines()[:5])

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(picture.render())
    text = shown.export_text()
    assert "RUN  " in text.splitlines()[0]
    assert "evacuate" not in text
    for part in ("method  1/", "m1: dial of us-west-2 to 50 %", "71 %", "29 %"):
        assert part in text
    assert "new connections, last 5 s:  errors 2 %" in text
    assert "all requests so far:  400, 3 failed (0.75 %)" in text
    assert "0.5 s" in text
    assert "HEALTHY" in text


def test_the_picture_says_what_a_phase_does_between_its_steps() -> None:
    picture = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))
    step = StepStarted(step="h2", do=SetDial(region=AWAY, percent=50.0, lowers=True))

    entries: tuple[JournalEvent, ...] = (
        PhaseStarted(phase="steady-state"),
        step,
        StepDone(step="h2", took_s=0.2),
    )
    said = []
    for entry in entries:
        picture.on_event(JournalLine(n=1, at_s=make_clock().monotonic(), at=0.0, event=entry))
        shown = Console(file=io.StringIO(), width=110, record=True)
        shown.print(picture.render())
        said.append(" ".join(shown.export_text().splitlines()[1].strip("│ ").split()))

    assert said == [
        "steady-state watches 0 s",
        "steady-state h2: dial of us-west-2 to 50 % 0 s",
        "steady-state watches 0 s",
    ]


def test_no_entry_is_older_than_the_picture() -> None:
    """The first one is journaled a moment before anything is shown."""
    picture = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))

    picture.on_event(
        JournalLine(n=1, at_s=make_clock().monotonic() - 0.04, at=0.0, event=ENTRIES[0])
    )

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(picture.render())
    assert "    0.0  run 2026-11-21T10-00-00-test" in shown.export_text()


def test_with_three_regions_the_picture_names_the_way_that_is_slow_or_dark() -> None:
    far = "ap-southeast-1"
    plan = replace(build_plan("evacuate"), regions=(HOME, far, AWAY))
    lags: ReplicationLags = {AWAY: {HOME: 0.5, far: 9.0}, HOME: {AWAY: 0.4, far: None}}
    picture = LiveView(plan, "RUN", make_clock(), Console(file=io.StringIO()))

    picture.on_observation(replace(OBSERVED, lags_s=lags), build_view())

    shown = Console(file=io.StringIO(), width=140, record=True)
    shown.print(picture.render())
    text = shown.export_text()
    assert "9 s to ap-southeast-1" in text
    assert "0.4 s to us-west-2, ? to ap-southeast-1" in text


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("number", "height"), [(2, 24), (3, 24), (8, 24), (2, 11)])
def test_the_picture_fits_a_terminal_with_many_regions(
    number: int, height: int, width: int
) -> None:
    """Nothing is cut off: neither a Region's line nor the newest entry."""
    regions = ("ap-southeast-1", "eu-central-1", *(f"ap-northeast-{n}" for n in range(6)))[:number]
    plan = replace(build_plan("evacuate"), regions=regions)
    seen = replace(
        OBSERVED,
        good_by_region=dict.fromkeys(regions, 10),
        lags_s={regions[1]: {regions[0]: 14.5}},
    )
    console = Console(file=io.StringIO(), width=width, height=height)
    picture = LiveView(plan, "RUN", make_clock(), console)

    for line in lines():
        picture.on_event(line)
    picture.on_observation(seen, build_view(*(build_region_view(name) for name in regions)))

    shown = Console(file=io.StringIO(), width=width, record=True)
    shown.print(picture.render())
    text = shown.export_text()
    assert len(text.splitlines()) <= height
    assert "still sick" in text.splitlines()[-2]
    table = text.splitlines()[3 : 4 + number]
    assert not any("…" in line for line in table)
    assert all(name in text for name in regions)


def test_the_picture_says_what_it_does_not_know() -> None:
    picture = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(picture.render())

    assert "errors ?" in shown.export_text()


class Gone(io.StringIO):
    """A pipe whose reader has left, or an output that can't show it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), UnicodeEncodeError("ascii", "█", 0, 1, "not in range")]
)
def test_a_reader_that_has_left_holds_nothing_up(error: Exception) -> None:
    watch(PlainLog(make_clock(), Gone(error)), lines())
    watch(JsonLog(make_clock(), Gone(error)), lines())
    console = PipeTolerantConsole(file=Gone(error), force_terminal=True, width=100)
    watch(LiveView(build_plan("evacuate"), "RUN", make_clock(), console), lines())


def test_the_picture_tells_a_long_reason_to_its_end() -> None:
    console = Console(file=io.StringIO(), width=80, height=40)
    picture = LiveView(build_plan("evacuate"), "RUN", make_clock(), console)

    why = f"{'us-west-2 is unhealthy now, ' * 5}so no traffic is sent there"
    picture.on_event(JournalLine(n=1, at_s=0.0, at=0.0, event=RollbackHeld(why=why)))

    shown = Console(file=io.StringIO(), width=80, record=True)
    shown.print(picture.render())
    assert why in " ".join(shown.export_text().replace("│", " ").split())


ON_A_TERMINAL = """
import sys
from common.clock import SystemClock
from muster.drill.view.live_view import LiveView, PipeTolerantConsole
from tests.unit.muster.drill.builders import build_plan

with LiveView(
    build_plan("evacuate"), "RUN", SystemClock(), PipeTolerantConsole(width=80)
) as picture:
    picture.on_note("drawn")
    sys.stdin.readline()
"""


def test_what_is_typed_does_not_tear_the_picture() -> None:
    """The terminal would write it at the cursor, at the end of the picture's last line."""
    shown = run_in_terminal(ON_A_TERMINAL, {"drawn": "typed\n"})

    assert "drawn" in shown
    assert "typed" not in shown
