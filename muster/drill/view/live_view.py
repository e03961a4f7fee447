"""A live view of a run on a terminal.

    ╭─ 2026-11-21T10-02-07-evacuate  1:12 min ─────╮   run, and its duration
    │ method  3/7 m3: dial of us-west-2 to 0 %     │   phase and step
    │ Region      share of new connections  dial   │   the Regions now
    │ new connections, last 5 s:  errors 0 %       │   errors and latency
    │    61.2  m2: done in 6 s                     │   the latest events
    ╰──────────────────────────────────────────────╯

It changes nothing, and never holds the drill up.
"""

import termios
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from common.clock import Clock
from muster.drill.journal.events import (
    JournalLine,
    PhaseName,
    PhaseStarted,
    StepDone,
    StepFailed,
    StepStarted,
)
from muster.drill.observation.probe_window import OTHER_WINDOW_S, WINDOW_S, Observation
from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import DrillPlan
from muster.drill.view.format_text import format_event_lines, format_failed
from muster.drill.view.run_logs import OUTPUT_ERRORS
from muster.formatting import format_duration, format_percent, format_precise_duration
from muster.measure.samples import Cohort
from muster.model import RegionView, SystemView, largest_lag
from muster.terminal import set_terminal_modes

MAX_TIMELINE_LINES, MIN_TIMELINE_LINES = 10, 1
OTHER_LINES = 9
"""Lines of the view besides the timeline's and the Regions'."""
FRAME_COLUMNS = 4
TIME_COLUMNS = 9
"""The time before a line of the timeline."""
MIN_LINE_COLUMNS = 30
MAX_BAR_COLUMNS, MIN_BAR_COLUMNS = 30, 4
BESIDE_BAR_COLUMNS = 76
"""Everything beside the bars, which give way on a narrow terminal."""
BETWEEN_STEPS: dict[PhaseName, str] = {
    "preflight": "looks at what is found",
    "steady-state": "watches",
    "method": "on to the next step",
    "targets": "watches",
    "rollback": "looks at what is to be put back",
    "closing": "makes the numbers",
}
"""What a phase does while no step runs."""
CLIENT_WORDS: Mapping[Cohort, str] = {
    Cohort.DNS_TTL: "TTL",
    Cohort.DNS_CHROME: "Chrome",
    Cohort.DNS_FIREFOX: "Firefox",
    Cohort.DNS_JVM: "JVM",
    Cohort.DNS_POOL: "pool",
}
TERMIOS_LOCAL_MODES = 3
"""Index of the flags with ECHO."""


@dataclass(slots=True)
class _Present:
    """What the drill does now."""

    phase: PhaseName = "preflight"
    step: str = ""
    """The last step."""
    step_running: bool = False
    since_s: float = 0.0


class PipeTolerantConsole(Console):
    """A console that survives a closed output."""

    def on_broken_pipe(self) -> None:
        """Show nothing more; rich would end the process, and the drill with it."""
        self.quiet = True


class LiveView:
    """A RunDisplay that redraws itself on each event."""

    def __init__(
        self, plan: DrillPlan, run: str, clock: Clock, console: Console | None = None
    ) -> None:
        self._plan = plan
        self._run = run
        self._clock = clock
        self._console = console or PipeTolerantConsole()
        self._live = Live(console=self._console, auto_refresh=False)
        self._keystrokes = ExitStack()
        self._timeline: deque[str] = deque(maxlen=MAX_TIMELINE_LINES)
        self._present = _Present(since_s=clock.monotonic())
        self._began_s = clock.monotonic()
        self._observation = Observation()
        self._view: SystemView | None = None

    def __enter__(self) -> "LiveView":
        self._keystrokes.enter_context(hide_keystrokes(self._console.file))
        with suppress(*OUTPUT_ERRORS):
            self._live.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._refresh()
        with self._keystrokes, suppress(*OUTPUT_ERRORS):
            self._live.stop()

    def on_event(self, line: JournalLine) -> None:
        event = line.event
        if isinstance(event, PhaseStarted):
            self._present = _Present(phase=event.phase, since_s=line.at_s)
        if isinstance(event, StepStarted):
            step = f"{event.step}: {describe_instruction(event.do)}"
            phase = self._present.phase
            self._present = _Present(phase, step, step_running=True, since_s=line.at_s)
        if isinstance(event, StepDone | StepFailed):
            self._present = replace(self._present, step_running=False, since_s=line.at_s)
        for text in format_event_lines(event):
            self._timeline.append(f"{max(0.0, line.at_s - self._began_s):7.1f}  {text}")
        self._refresh()

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        self._observation, self._view = observation, view
        self._refresh()

    def on_note(self, words: str) -> None:
        self._timeline.append(f"{self._clock.monotonic() - self._began_s:7.1f}    {words}")
        self._refresh()

    def render(self) -> RenderableType:
        lasted = format_duration(max(0.0, self._clock.monotonic() - self._began_s))
        title = f"{self._run}  {lasted}"  # the run's name ends with the scenario's
        timeline = Text("\n".join(self._visible_timeline()))
        body = Group(
            self._headline(),
            Text(),
            self._region_table(),
            self._errors(),
            *self._dns_clients(),
            Text(),
            timeline,
        )
        return Panel(body, title=title, title_align="left")

    def _visible_timeline(self) -> list[str]:
        """The latest lines that the terminal has room for: what is too low is cut off."""
        room = self._console.height - OTHER_LINES - len(self._plan.regions)
        columns = max(MIN_LINE_COLUMNS, self._console.width - FRAME_COLUMNS)
        lines = [part for line in self._timeline for part in _wrap_line(line, columns)]
        return lines[-max(min(room, MAX_TIMELINE_LINES), MIN_TIMELINE_LINES) :]

    def _refresh(self) -> None:
        if self._live.is_started:
            with suppress(*OUTPUT_ERRORS):  # the terminal is gone; the drill is not
                self._live.update(self.render(), refresh=True)

    def _headline(self) -> Text:
        present = self._present
        steps = [step.id for step in self._plan.steps]
        step_id = present.step.partition(":")[0]
        progress = f"{steps.index(step_id) + 1}/{len(steps)} " if step_id in steps else ""
        what = present.step if present.step_running else BETWEEN_STEPS[present.phase]
        since = format_duration(max(0.0, self._clock.monotonic() - present.since_s))
        return Text.assemble((present.phase, "bold"), f"  {progress}{what}", (f"  {since}", "dim"))

    def _region_table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        width = self._console.width - BESIDE_BAR_COLUMNS
        width = max(MIN_BAR_COLUMNS, min(MAX_BAR_COLUMNS, width))
        share_title = "share of new connections" if width == MAX_BAR_COLUMNS else "new"
        for title in ("Region", share_title, "", "dial", "health", "switch", "lag"):
            table.add_column(title, no_wrap=True)
        good = self._observation.good
        for region in self._plan.regions:
            share = self._observation.good_by_region.get(region, 0) / good if good else 0.0
            seen = self._view.regions.get(region) if self._view else None
            table.add_row(
                region,
                _bar(share, width),
                format_percent(share, 0) if good else "?",
                *_region_cells(seen),
                self._format_lag(region),
            )
        return table

    def _format_lag(self, region: str) -> str:
        """The largest lag; with more than two Regions, its receiver and unreadable ones too."""
        lags = self._observation.lags_s.get(region, {})
        largest_s = largest_lag(lags)
        slowest = [to for to, lag_s in lags.items() if lag_s == largest_s]
        unreadable = [to for to, lag_s in lags.items() if lag_s is None]
        if len(self._plan.regions) < 3:
            if unreadable:
                return "?"
            return "-" if largest_s is None else format_duration(largest_s)
        known = [] if largest_s is None else [f"{format_duration(largest_s)} to {slowest[0]}"]
        return ", ".join([*known, *(f"? to {to}" for to in unreadable)]) or "-"

    def _errors(self) -> Text:
        seen = self._observation
        rate = seen.error_rate
        errors = "?" if rate is None else format_percent(rate, 1)
        p99 = "?" if seen.p99_s is None else format_precise_duration(seen.p99_s)
        failed = format_failed(seen.total_failed, seen.total)
        return Text.assemble(
            f"new connections, last {WINDOW_S:g} s:  errors ",
            (errors, "bold red" if rate else "green"),
            f"  p99 {p99}\n",
            f"all requests so far:  {seen.total}, ",
            (failed, "bold red" if seen.total_failed else "green"),
            f"  {seen.lost_writes} writes lost",
        )

    def _dns_clients(self) -> Iterator[Text]:
        """Failed requests of each kind of client of the DNS door, if it is probed."""
        seen = self._observation.cohorts
        clients = [cohort for cohort in CLIENT_WORDS if cohort in seen]
        if not clients:
            return
        line = Text(f"through DNS, last {OTHER_WINDOW_S:g} s failed: ")
        for cohort in clients:
            one = seen[cohort]
            share = one.failed / one.requests if one.requests else 0.0
            style = "bold red" if one.failed else "green"
            value = format_percent(share, 0) if one.requests else "?"
            line.append_text(Text.assemble(f" {CLIENT_WORDS[cohort]} ", (value, style)))
        yield line


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


def _wrap_line(line: str, columns: int) -> list[str]:
    """Wraps and never cuts: a refusal's reason is at the end of its line."""
    indent = " " * TIME_COLUMNS
    return wrap(line, columns, subsequent_indent=indent, break_on_hyphens=False)


def _bar(share: float, width: int) -> Text:
    full = round(share * width)
    return Text.assemble(("█" * full, "cyan"), ("·" * (width - full), "dim"))


def _region_cells(seen: RegionView | None) -> tuple[str, Text, str]:
    """Dial, health and switch."""
    if seen is None:
        return "?", Text("?"), "?"
    dial = "?" if seen.dial is None else f"{seen.dial:g} %"
    healthy = seen.endpoint == "HEALTHY" and seen.target == "healthy"
    state = seen.endpoint or seen.target or "?"
    style = "green" if healthy else "yellow" if state == "?" else "bold red"
    return dial, Text(state, style=style), seen.switch.status if seen.switch else "?"
