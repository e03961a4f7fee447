"""How a run is shown."""

import pytest

from muster.cli.drills.display import DisplayRequest, open_display
from muster.drill.view.run_logs import JsonLog, PlainLog
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.sample_clock import make_clock

PROGRAM = """
from common.clock import SystemClock
from muster.cli.drills.display import DisplayRequest, open_display
from tests.unit.muster.drill.builders import build_plan

plan = build_plan("evacuate")
with open_display(DisplayRequest(plan=plan, run="RUN"), SystemClock()) as display:
    display.on_note("drawn")
"""


def test_output_to_a_pipe_is_lines() -> None:
    plan = build_plan("evacuate")

    plain = open_display(DisplayRequest(plan=plan, run="RUN"), make_clock())
    machines = open_display(DisplayRequest(plan=plan, run="RUN", as_json=True), make_clock())

    assert isinstance(plain, PlainLog)
    assert isinstance(machines, JsonLog)


@pytest.mark.parametrize(("kind", "framed"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_gets_the_live_view_unless_it_can_not_redraw(
    kind: str, framed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", kind)

    shown = run_in_terminal(PROGRAM, {})

    assert "drawn" in shown
    assert ("RUN" in shown) == framed


@pytest.mark.parametrize("name", ["NO_COLOR", "UNRELATED"])
def test_a_terminal_without_colours_gets_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, "1")

    shown = run_in_terminal(PROGRAM, {})

    assert "errors ?" in shown.replace("\x1b[33m", "").replace("\x1b[0m", "")
    assert ("\x1b[33m" in shown) == (name != "NO_COLOR")
