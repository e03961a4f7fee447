"""How a run is shown: live on a terminal, as lines to anything else."""

import sys
from dataclasses import dataclass

from common.clock import Clock
from muster.drill.journal.events import JournalLine
from muster.drill.plan.model import DrillPlan
from muster.drill.view.live_view import RUN_HINT, LiveView, PipeTolerantConsole
from muster.drill.view.run_logs import JsonLog, PlainLog, RunDisplay


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayRequest:
    """What is shown, and how."""

    plan: DrillPlan
    run: str
    """The run's name."""
    as_json: bool = False
    plain: bool = False
    """Lines on a terminal, too."""
    earlier: tuple[JournalLine, ...] = ()
    """The journal of a run that is taken up again."""
    hint: str = RUN_HINT
    """Which keys do something."""
    needs_reader: bool = False
    """Lines that nobody reads raise BrokenPipeError."""


def open_display(request: DisplayRequest, clock: Clock) -> RunDisplay:
    """A display on this process's output."""
    if request.as_json:
        return JsonLog(clock, needs_reader=request.needs_reader)
    console = PipeTolerantConsole()
    # A dumb terminal can't go back to redraw: a view would appear once, at the end.
    if request.plain or not sys.stdout.isatty() or console.is_dumb_terminal:
        return PlainLog(clock, needs_reader=request.needs_reader)
    return LiveView(
        request.plan,
        request.run,
        clock,
        console,
        earlier=request.earlier,
        hint=request.hint,
    )
