"""Screens of staged runs at a moment, and how they look on terminals."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.segment import Segment

from muster.drill.journal.events import RunOpened
from muster.drill.observation.probe_window import ProbeWindow
from muster.drill.view.live_view import LiveView
from muster.drill.view.screen import Screen, render_screen
from muster.report.run_reader import RunRecords
from tests.clocks import ManualClock


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal."""

    columns: int
    rows: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows}"


SIZES = (Size(80, 24), Size(100, 30), Size(200, 50))


def screen_at(records: RunRecords, seconds: float) -> Screen:
    """What a live view shows this long after the run began."""
    first = records.lines[0]
    assert isinstance(first.event, RunOpened)
    plan, now_s = first.event.plan, first.at_s + seconds
    view = LiveView(plan, records.name, ManualClock(now_s), Console(file=io.StringIO()))
    for line in records.lines:
        if line.at_s <= now_s:
            view.on_event(line)
    window = ProbeWindow(plan.regions, plan.door)
    samples = [sample for run in records.probe_runs for sample in run.samples]
    window.add(sample for sample in samples if sample.finished_s <= now_s)
    window.add(seen for seen in records.sightings if seen.answered_s <= now_s)
    views = [snapshot.view for snapshot in records.views if snapshot.at_s <= now_s]
    view.on_observation(window.observe(now_s), views[-1] if views else None)
    return view.screen()


def draw(screen: Screen, size: Size, *, ascii_only: bool = False) -> list[str]:
    """The rows of the picture, without colours."""
    console = Console(file=io.StringIO(), width=size.columns, record=True)
    console.print(render_screen(screen, size.columns, size.rows, ascii_only=ascii_only))
    return console.export_text().splitlines()


def coloured_words(screen: Screen, size: Size) -> Iterator[tuple[str, str]]:
    """Each text that has a colour, and the colour's name."""
    console = Console(file=io.StringIO(), width=size.columns, force_terminal=True)
    segments: list[Segment] = list(console.render(render_screen(screen, size.columns, size.rows)))
    for segment in segments:
        if segment.style is not None and segment.style.color is not None and segment.text.strip():
            yield segment.text.strip(), segment.style.color.name


def draw_svg(screen: Screen, size: Size) -> str:
    """The picture as a terminal's window, in fonts of the reader's machine."""
    console = Console(file=io.StringIO(), width=size.columns, record=True, force_terminal=True)
    console.print(render_screen(screen, size.columns, size.rows))
    svg = console.export_svg(title="muster drill run evacuate", unique_id="live-view")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # they are of another host
