"""Whoever watches a run: a live picture on a terminal, plain lines, or JSON for machines.

Decides what is shown and when. Changes nothing, and never holds the drill up.
"""

import json
import sys
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import IO, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from common.clock import Clock
from muster import codec
from muster.drill.journal.events import (
    JournalLine,
    PhaseName,
    PhaseStarted,
    StepDone,
    StepFailed,
    StepStarted,
    encode_line,
)
from muster.drill.observation.probe_window import WINDOW_S, Observation
from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import DrillPlan
from muster.drill.run.ports import RunListener
from muster.drill.view.format_text import format_event_lines, format_failed, format_observation
from muster.drill.view.terminal_echo import hide_keystrokes
from muster.formatting import format_duration, format_percent, format_precise_duration
from muster.model import RegionView, SystemView, largest_lag

LINES = 10
"""Lines of the timeline that stay in sight."""
FRAME = 4
"""Columns of the picture's frame."""
NARROWEST_LINE = 30
BEHIND_TIME = 9
"""Columns of the time before a line of the timeline."""
FEWEST_LINES = 1
"""So many stay however low the terminal is."""
OTHER_LINES = 8
"""Lines of the picture besides the timeline's and the Regions'."""
BAR, SHORTEST_BAR = 30, 4
BESIDE_BAR = 76
"""Columns that everything beside the bars takes: they give way on a narrow terminal."""
UNSHOWN = (OSError, ValueError)
"""What goes wrong when something can't be shown; the drill goes on. The error of a closed output
and of a character that its encoding lacks is a ValueError."""
BETWEEN: dict[PhaseName, str] = {
    "preflight": "looks at what is found",
    "steady-state": "watches",
    "method": "on to the next step",
    "targets": "watches",
    "rollback": "looks at what is to be put back",
    "closing": "makes the numbers",
}
"""What a phase does while none of its steps is under way."""
TELL_EVERY_S = 5.0
"""How often a plain log tells what the probes see."""


class RunDisplay(RunListener, Protocol):
    """A listener with a beginning and an end."""

    def __enter__(self) -> "RunDisplay":
        """Begin to show."""
        ...

    def __exit__(self, *ignored: object) -> None:
        """Leave the output as it is."""
        ...


class PlainLog:
    """One line for each thing that happens."""

    def __init__(self, clock: Clock, out: IO[str] | None = None) -> None:
        """To standard output unless told otherwise."""
        self._clock = clock
        self._out = out or sys.stdout
        self._from_s: float | None = None
        self._told_s = float("-inf")

    def __enter__(self) -> "PlainLog":
        """See Show."""
        return self

    def __exit__(self, *ignored: object) -> None:
        """See Show."""

    def entry(self, line: JournalLine) -> None:
        """See Listener."""
        for told in format_event_lines(line.entry):
            self._say(told, line.at_s)

    def observed(self, observation: Observation, view: SystemView | None) -> None:
        """See Listener."""
        if observation.requests and observation.at_s - self._told_s >= TELL_EVERY_S:
            self._told_s = observation.at_s
            self._say(f"  {format_observation(observation)}", observation.at_s)

    def note(self, words: str) -> None:
        """See Listener."""
        self._say(f"  {words}", self._clock.monotonic())

    def _say(self, told: str, at_s: float) -> None:
        self._from_s = at_s if self._from_s is None else self._from_s
        _write(self._out, f"{at_s - self._from_s:7.1f}  {told}")


class JsonLog:
    """One JSON object a line: `entry` (as in the journal), `observed`, `note`."""

    def __init__(self, clock: Clock, out: IO[str] | None = None) -> None:
        """To standard output unless told otherwise."""
        self._clock = clock
        self._out = out or sys.stdout

    def __enter__(self) -> "JsonLog":
        """See Show."""
        return self

    def __exit__(self, *ignored: object) -> None:
        """See Show."""

    def entry(self, line: JournalLine) -> None:
        """See Listener."""
        self._say({"event": "entry", **encode_line(line)})

    def observed(self, observation: Observation, view: SystemView | None) -> None:
        """See Listener."""
        self._say(
            {
                "event": "observed",
                "at_s": observation.at_s,
                "probes": codec.plain(observation),
                "view": codec.plain(view),
            }
        )

    def note(self, words: str) -> None:
        """See Listener."""
        self._say({"event": "note", "at_s": self._clock.monotonic(), "words": words})

    def _say(self, event: dict[str, object]) -> None:
        _write(self._out, json.dumps(event, separators=(",", ":")))


@dataclass(slots=True)
class _Now:
    """What is going on."""

    phase: PhaseName = "preflight"
    step: str = ""
    """What was begun last."""
    under_way: bool = False
    """Whether that still goes on."""
    since_s: float = 0.0


class PipeTolerantConsole(Console):
    """A console whose reader may leave."""

    def on_broken_pipe(self) -> None:
        """Fall silent; rich would end the process, and the drill with it."""
        self.quiet = True


class LiveView:
    """A live picture on a terminal."""

    def __init__(
        self, plan: DrillPlan, run: str, clock: Clock, console: Console | None = None
    ) -> None:
        """Nothing is shown before it is entered."""
        self._plan = plan
        self._run = run
        self._clock = clock
        self._console = console or PipeTolerantConsole()
        self._live = Live(console=self._console, auto_refresh=False)
        self._keys = ExitStack()
        self._timeline: deque[str] = deque(maxlen=LINES)
        self._now = _Now(since_s=clock.monotonic())
        self._from_s = clock.monotonic()
        self._observation = Observation()
        self._view: SystemView | None = None

    def __enter__(self) -> "LiveView":
        """See Show."""
        self._keys.enter_context(hide_keystrokes(self._console.file))
        with suppress(*UNSHOWN):
            self._live.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        """See Show."""
        self._refresh()
        with self._keys, suppress(*UNSHOWN):
            self._live.stop()

    def entry(self, line: JournalLine) -> None:
        """See Listener."""
        if isinstance(line.entry, PhaseStarted):
            self._now = _Now(phase=line.entry.phase, since_s=line.at_s)
        if isinstance(line.entry, StepStarted):
            step = f"{line.entry.step}: {describe_instruction(line.entry.do)}"
            self._now = _Now(phase=self._now.phase, step=step, under_way=True, since_s=line.at_s)
        if isinstance(line.entry, StepDone | StepFailed):
            self._now = replace(self._now, under_way=False, since_s=line.at_s)
        for told in format_event_lines(line.entry):
            self._timeline.append(f"{max(0.0, line.at_s - self._from_s):7.1f}  {told}")
        self._refresh()

    def observed(self, observation: Observation, view: SystemView | None) -> None:
        """See Listener."""
        self._observation, self._view = observation, view
        self._refresh()

    def note(self, words: str) -> None:
        """See Listener."""
        self._timeline.append(f"{self._clock.monotonic() - self._from_s:7.1f}    {words}")
        self._refresh()

    def render(self) -> RenderableType:
        """The picture as it is now."""
        lasted = format_duration(max(0.0, self._clock.monotonic() - self._from_s))
        title = f"{self._run}  {lasted}"  # the run's name ends with the scenario's
        timeline = Text("\n".join(self._latest()))
        body = Group(self._headline(), Text(), self._regions(), self._errors(), Text(), timeline)
        return Panel(body, title=title, title_align="left")

    def _latest(self) -> list[str]:
        """As much of the timeline as the terminal has room for: what is too low is cut off."""
        room = self._console.height - OTHER_LINES - len(self._plan.regions)
        columns = max(NARROWEST_LINE, self._console.width - FRAME)
        told = [part for line in self._timeline for part in _wrapped(line, columns)]
        return told[-max(min(room, LINES), FEWEST_LINES) :]

    def _refresh(self) -> None:
        if self._live.is_started:
            with suppress(*UNSHOWN):  # the terminal is gone; the drill is not
                self._live.update(self.render(), refresh=True)

    def _headline(self) -> Text:
        steps = [step.id for step in self._plan.steps]
        step_id = self._now.step.partition(":")[0]
        done = f"{steps.index(step_id) + 1}/{len(steps)} " if step_id in steps else ""
        what = self._now.step if self._now.under_way else BETWEEN[self._now.phase]
        since = format_duration(max(0.0, self._clock.monotonic() - self._now.since_s))
        return Text.assemble((self._now.phase, "bold"), f"  {done}{what}", (f"  {since}", "dim"))

    def _regions(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        bar = max(SHORTEST_BAR, min(BAR, self._console.width - BESIDE_BAR))
        title = "share of new connections" if bar == BAR else "new"
        for name in ("Region", title, "", "dial", "health", "switch", "lag"):
            table.add_column(name, no_wrap=True)
        good = self._observation.good
        for region in self._plan.regions:
            share = self._observation.good_by_region.get(region, 0) / good if good else 0.0
            one = self._view.regions.get(region) if self._view else None
            table.add_row(
                region,
                _bar(share, bar),
                format_percent(share, 0) if good else "?",
                *_cells(one),
                self._lag(region),
            )
        return table

    def _lag(self, region: str) -> str:
        """Of the slowest direction; with more than one, which that is, and which can't be read."""
        lags = self._observation.lags_s.get(region, {})
        told = largest_lag(lags)
        slowest = [to for to, lag_s in lags.items() if lag_s == told]
        blind = [to for to, lag_s in lags.items() if lag_s is None]
        if len(self._plan.regions) < 3:
            return "?" if blind else "-" if told is None else format_duration(told)
        known = [] if told is None else [f"{format_duration(told)} to {slowest[0]}"]
        return ", ".join([*known, *(f"? to {to}" for to in blind)]) or "-"

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


def _write(out: IO[str], line: str) -> None:
    """Write a line; a reader that is gone (`| head`, a closed terminal) is no reason to stop."""
    with suppress(*UNSHOWN):
        out.write(f"{line}\n")
        out.flush()


def _wrapped(line: str, columns: int) -> list[str]:
    """The reason of a refusal stands at the end of its line, so no line is cut."""
    behind = " " * BEHIND_TIME
    return wrap(line, columns, subsequent_indent=behind, break_on_hyphens=False)


def _bar(share: float, width: int) -> Text:
    full = round(share * width)
    return Text.assemble(("█" * full, "cyan"), ("·" * (width - full), "dim"))


def _cells(one: RegionView | None) -> tuple[str, Text, str]:
    if one is None:
        return "?", Text("?"), "?"
    dial = "?" if one.dial is None else f"{one.dial:g} %"
    healthy = one.endpoint == "HEALTHY" and one.target == "healthy"
    shown = one.endpoint or one.target or "?"
    health = Text(shown, style="green" if healthy else "yellow" if shown == "?" else "bold red")
    return dial, health, one.switch.status if one.switch else "?"
