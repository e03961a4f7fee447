"""The live view of a run on a terminal."""

import io

import pytest
from rich.console import Console

from muster.drill.journal.events import (
    JournalEvent,
    JournalLine,
    PhaseStarted,
    StepDone,
    StepStarted,
)
from muster.drill.plan.instructions import SetDial
from muster.drill.view.live_view import ROLLBACK_HINT, RUN_HINT, LiveView, hide_keystrokes
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.drill.view.builders import EVENTS, lines, play
from tests.unit.muster.sample_clock import make_clock


def build_console(columns: int, rows: int) -> Console:
    return Console(file=io.StringIO(), width=columns, height=rows)


def shown(view: LiveView, columns: int) -> str:
    """The view as text."""
    console = Console(file=io.StringIO(), width=columns, record=True)
    console.print(view.render())
    return console.export_text()


def test_the_view_shows_step_shares_errors_and_lag() -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), build_console(110, 30))

    play(view, lines()[:5])

    text = shown(view, 110)
    assert "RUN  " in text.splitlines()[0]
    for part in ("method  step 1 of 18: dial of us-west-2 to 50 %", "71 %", "29 %"):
        assert part in text
    assert "new connections, last 5 s:  errors 2 %" in text
    assert "all requests so far:  400, 3 failed (0.75 %)" in text
    assert "0.5 s" in text
    assert "healthy" in text


def test_the_view_says_what_a_phase_does_between_its_steps() -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), build_console(110, 30))
    step = StepStarted(step="h2", do=SetDial(region=AWAY, percent=50.0, lowers=True))

    events: tuple[JournalEvent, ...] = (
        PhaseStarted(phase="steady-state"),
        step,
        StepDone(step="h2", took_s=0.2),
    )
    headlines = []
    for event in events:
        view.on_event(JournalLine(n=1, at_s=make_clock().monotonic(), at=0.0, event=event))
        headlines.append([line.strip("│ ") for line in shown(view, 110).splitlines()[1:3]])

    assert headlines == [
        ["steady-state  watches", "5 s of 5 s left"],
        ["steady-state  dial of us-west-2 to 50 %", "0 s so far, at most 60 s left"],
        ["steady-state  watches", "5 s of 5 s left"],
    ]


def test_a_run_that_is_taken_up_again_has_its_earlier_steps_done() -> None:
    view = LiveView(
        build_plan("evacuate"), "RUN", make_clock(), build_console(200, 50), earlier=lines()[:7]
    )

    text = " ".join(shown(view, 200).split())

    assert "dial of us-west-2 to 75 % done 1.5 s" in text
    assert "throttled" not in text


def test_the_hint_goes_with_the_drill() -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), build_console(80, 24))

    with view:
        assert "Ctrl-C stops and rolls back" in shown(view, 80)
    assert "Ctrl-C" not in shown(view, 80)


@pytest.mark.parametrize(
    ("hint", "stays"), [(RUN_HINT, False), (ROLLBACK_HINT, True), ("watching", True)]
)
def test_a_drill_that_rolls_back_can_not_be_stopped_any_more(hint: str, stays: bool) -> None:
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), build_console(80, 24), hint=hint)

    with view:
        assert hint in shown(view, 80)
        event = PhaseStarted(phase="rollback")
        view.on_event(JournalLine(n=1, at_s=make_clock().monotonic(), at=0.0, event=event))
        assert (hint in shown(view, 80)) == stays


def test_no_event_is_older_than_the_view() -> None:
    """The first event is journaled a moment before the view begins."""
    view = LiveView(build_plan("evacuate"), "RUN", make_clock(), build_console(110, 30))

    view.on_event(JournalLine(n=1, at_s=make_clock().monotonic() - 0.04, at=0.0, event=EVENTS[0]))

    assert "    0.0  run 2026-11-21T10-00-00-test" in shown(view, 110)


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
