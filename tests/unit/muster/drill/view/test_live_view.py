"""The live view of a run on a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from muster.drill.journal.events import (
    JournalEvent,
    JournalLine,
    PhaseStarted,
    RollbackHeld,
    StepDone,
    StepStarted,
)
from muster.drill.observation.replication_tracker import ReplicationLags
from muster.drill.plan.instructions import SetDial
from muster.drill.view.live_view import LiveView, hide_keystrokes
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan, build_region_view, build_view
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.drill.view.builders import EVENTS, OBSERVED, lines, play
from tests.unit.muster.sample_clock import make_clock


def test_the_view_shows_step_shares_errors_and_lag() -> None:
    console = Console(file=io.StringIO(), width=110, force_terminal=False)
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), console)

    play(view, lines()[:5])

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(view.render())
    text = shown.export_text()
    assert "RUN  " in text.splitlines()[0]
    assert "evacuate" not in text
    for part in ("method  1/", "m1: dial of us-west-2 to 50 %", "71 %", "29 %"):
        assert part in text
    assert "new connections, last 5 s:  errors 2 %" in text
    assert "all requests so far:  400, 3 failed (0.75 %)" in text
    assert "0.5 s" in text
    assert "HEALTHY" in text


def test_the_view_says_what_a_phase_does_between_its_steps() -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))
    step = StepStarted(step="h2", do=SetDial(region=AWAY, percent=50.0, lowers=True))

    events: tuple[JournalEvent, ...] = (
        PhaseStarted(phase="steady-state"),
        step,
        StepDone(step="h2", took_s=0.2),
    )
    headlines = []
    for event in events:
        view.on_event(JournalLine(n=1, at_s=make_clock().monotonic(), at=0.0, event=event))
        shown = Console(file=io.StringIO(), width=110, record=True)
        shown.print(view.render())
        headlines.append(" ".join(shown.export_text().splitlines()[1].strip("│ ").split()))

    assert headlines == [
        "steady-state watches 0 s",
        "steady-state h2: dial of us-west-2 to 50 % 0 s",
        "steady-state watches 0 s",
    ]


def test_no_event_is_older_than_the_view() -> None:
    """The first event is journaled a moment before the view begins."""
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))

    view.on_event(JournalLine(n=1, at_s=make_clock().monotonic() - 0.04, at=0.0, event=EVENTS[0]))

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(view.render())
    assert "    0.0  run 2026-11-21T10-00-00-test" in shown.export_text()


def test_with_three_regions_the_view_names_the_slowest_and_the_unreadable_direction() -> None:
    far = "ap-southeast-1"
    plan = replace(build_plan("evacuate"), regions=(HOME, far, AWAY))
    lags: ReplicationLags = {AWAY: {HOME: 0.5, far: 9.0}, HOME: {AWAY: 0.4, far: None}}
    view = LiveView(plan, "RUN", make_clock(), Console(file=io.StringIO()))

    view.on_observation(replace(OBSERVED, lags_s=lags), build_view())

    shown = Console(file=io.StringIO(), width=140, record=True)
    shown.print(view.render())
    text = shown.export_text()
    assert "9 s to ap-southeast-1" in text
    assert "0.4 s to us-west-2, ? to ap-southeast-1" in text


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("number", "height"), [(2, 24), (3, 24), (8, 24), (2, 11)])
def test_the_view_fits_a_terminal_with_many_regions(number: int, height: int, width: int) -> None:
    """Nothing is cut off: neither a Region's line nor the newest event."""
    regions = ("ap-southeast-1", "eu-central-1", *(f"ap-northeast-{n}" for n in range(6)))[:number]
    plan = replace(build_plan("evacuate"), regions=regions)
    observation = replace(
        OBSERVED,
        good_by_region=dict.fromkeys(regions, 10),
        lags_s={regions[1]: {regions[0]: 14.5}},
    )
    console = Console(file=io.StringIO(), width=width, height=height)
    view = LiveView(plan, "RUN", make_clock(), console)

    for line in lines():
        view.on_event(line)
    view.on_observation(observation, build_view(*(build_region_view(name) for name in regions)))

    shown = Console(file=io.StringIO(), width=width, record=True)
    shown.print(view.render())
    text = shown.export_text()
    assert len(text.splitlines()) <= height
    assert "still sick" in text.splitlines()[-2]
    table = text.splitlines()[3 : 4 + number]
    assert not any("…" in line for line in table)
    assert all(name in text for name in regions)


def test_the_view_marks_what_is_unknown() -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), Console(file=io.StringIO()))

    shown = Console(file=io.StringIO(), width=110, record=True)
    shown.print(view.render())

    assert "errors ?" in shown.export_text()


def test_the_view_shows_a_long_reason_to_its_end() -> None:
    console = Console(file=io.StringIO(), width=80, height=40)
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), console)

    why = f"{'us-west-2 is unhealthy now, ' * 5}so no traffic is sent there"
    view.on_event(JournalLine(n=1, at_s=0.0, at=0.0, event=RollbackHeld(why=why)))

    shown = Console(file=io.StringIO(), width=80, record=True)
    shown.print(view.render())
    assert why in " ".join(shown.export_text().replace("│", " ").split())


PROGRAM = """
import sys
from common.clock import SystemClock
from muster.drill.view.live_view import LiveView, PipeTolerantConsole
from tests.unit.muster.drill.builders import build_plan

with LiveView(
    build_plan("evacuate"), "RUN", SystemClock(), PipeTolerantConsole(width=80)
) as view:
    view.on_note("drawn")
    sys.stdin.readline()
"""


def test_typed_text_is_not_echoed_into_the_view() -> None:
    """The terminal would echo it at the cursor, at the end of the view's last line."""
    shown = run_in_terminal(PROGRAM, {"drawn": "typed\n"})

    assert "drawn" in shown
    assert "typed" not in shown


ECHO_PROGRAM = """
import sys
from muster.drill.view.live_view import hide_keystrokes

with hide_keystrokes(sys.stdout):
    print("first", flush=True)
    sys.stdin.readline()
print("second", flush=True)
sys.stdin.readline()
"""


def test_keystrokes_are_hidden_for_a_while() -> None:
    shown = run_in_terminal(ECHO_PROGRAM, {"first": "hidden\n", "second": "plain\n"})

    assert "hidden" not in shown
    assert "plain" in shown


def test_an_output_that_is_no_terminal_is_left_alone() -> None:
    with hide_keystrokes(io.StringIO()):
        pass
