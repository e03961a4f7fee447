"""A live view of a run on a terminal: draws the picture that `screen` makes, again and again.

It changes nothing, and never holds the drill up.
"""

import termios
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

from rich.console import Console, RenderableType
from rich.live import Live

from common.clock import Clock
from muster.drill.journal.events import JournalLine, RunClosed, RunOpened
from muster.drill.observation.probe_window import Observation
from muster.drill.plan.model import DrillPlan
from muster.drill.view.narrator import NamingNarrator
from muster.drill.view.run_logs import OUTPUT_ERRORS
from muster.drill.view.screen import Screen, render_screen
from muster.drill.watch.progress import RunTracker
from muster.model import SystemView
from muster.terminal import set_terminal_modes

MAX_TIMELINE_EVENTS = 300
"""Kept for a terminal that grows; more than any has rows."""
RUN_HINT = "Ctrl-C stops and rolls back"
"""Until it rolls back."""
ROLLBACK_HINT = "Ctrl-C ends the rollback's waiting"
"""Of a rollback by hand."""
TERMIOS_LOCAL_MODES = 3
"""Index of the flags with ECHO."""


class PipeTolerantConsole(Console):
    """A console that survives a closed output."""

    def on_broken_pipe(self) -> None:
        """Show nothing more; rich would end the process, and the drill with it."""
        self.quiet = True


class LiveView:
    """A RunDisplay that redraws itself on each event."""

    def __init__(
        self,
        plan: DrillPlan,
        run: str,
        clock: Clock,
        console: Console | None = None,
        *,
        earlier: Iterable[JournalLine] = (),
        hint: str = RUN_HINT,
    ) -> None:
        """`earlier`: lines of a run that is taken up again, which are not shown.

        `hint`: which keys do something.
        """
        self._plan = plan
        self._run = run
        self._clock = clock
        self._console = console or PipeTolerantConsole()
        self._live = Live(console=self._console, auto_refresh=False)
        self._keystrokes = ExitStack()
        self._began_s = clock.monotonic()
        self._tracker = RunTracker(plan, self._began_s)
        self._narrator = NamingNarrator(plan)
        for line in earlier:
            self._tracker.apply(line)
        self._timeline: deque[tuple[float, str]] = deque(maxlen=MAX_TIMELINE_EVENTS)
        self._observation = Observation()
        self._view: SystemView | None = None
        self._hint = hint
        self._ended_s: float | None = None

    def __enter__(self) -> "LiveView":
        self._keystrokes.enter_context(hide_keystrokes(self._console.file))
        with suppress(*OUTPUT_ERRORS):
            self._live.start()
        self._refresh()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._hint = ""
        self._refresh()
        with self._keystrokes, suppress(*OUTPUT_ERRORS):
            self._live.stop()

    def on_event(self, line: JournalLine) -> None:
        if isinstance(line.event, RunOpened):  # in this process a moment ago, in another before
            self._began_s = line.at_s
        self._ended_s = line.at_s if isinstance(line.event, RunClosed) else None
        self._tracker.apply(line)
        for text in self._narrator.lines(line.event):
            self._timeline.append((max(0.0, line.at_s - self._began_s), text))
        self._refresh()

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        self._observation, self._view = observation, view
        self._refresh()

    def on_note(self, words: str) -> None:
        self._timeline.append((self._clock.monotonic() - self._began_s, f"  {words}"))
        self._refresh()

    def render(self) -> RenderableType:
        """The picture for the terminal as large as it is now."""
        columns, rows = self._console.size
        ascii_only = self._console.options.ascii_only
        return render_screen(self.screen(), columns, rows, ascii_only=ascii_only)

    def screen(self) -> Screen:
        """What is to be shown now."""
        now_s = self._clock.monotonic()
        progress = self._tracker.progress(now_s)
        stops_no_more = self._hint == RUN_HINT and progress.phase in ("rollback", "closing")
        return Screen(
            run=self._run,
            plan=self._plan,
            progress=progress,
            steps=self._tracker.steps(),
            timeline=tuple(self._timeline),
            observation=self._observation,
            view=self._view,
            now_s=now_s,
            lasted_s=max(0.0, (self._ended_s or now_s) - self._began_s),
            hint="" if stops_no_more else self._hint,
        )

    def _refresh(self) -> None:
        if self._live.is_started:
            with suppress(*OUTPUT_ERRORS):  # the terminal is gone; the drill is not
                self._live.update(self.render(), refresh=True)


@contextmanager
def hide_keystrokes(out: IO[str]) -> Iterator[None]:
    """Switch the echo of a terminal off, if `out` is one.

    An echoed `^C` or Enter would move the cursor, and the next view would be drawn in the wrong
    place. After `kill -9` the shell restores the terminal.
    """
    try:
        fd = out.fileno()
        modes = termios.tcgetattr(fd)
    except (OSError, ValueError, termios.error):  # no terminal
        yield
        return
    without_echo = [*modes]
    without_echo[TERMIOS_LOCAL_MODES] &= ~termios.ECHO
    set_terminal_modes(fd, without_echo)
    try:
        yield
    finally:
        set_terminal_modes(fd, modes)
