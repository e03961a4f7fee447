"""The picture of a run at one moment, for a terminal of a certain size.

    ╭─ 2026-11-21T10-02-07-evacuate  1:12 min, about 2:10 min left ─╮   run, and its duration
    │ method  step 3 of 7: dial of us-west-2 to 0 %                 │   phase and step
    │ 12 s so far, at most 14:48 min left                           │   the wait
    │ Region      share of new connections  dial  health            │   the Regions now
    │ new connections, last 5 s:  errors 0 %                        │   errors and latency
    │    61.2  dial of us-west-2 to 25 %: done in 6 s               │   the latest events
    ╰───────────────────────────────────────────────────────────────╯

Builds only; draws nothing. See `layout` for what a size has room for, and muster.terminal for the
meaning of colours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from common.command.wording import count_of
from muster.drill.observation.probe_window import OTHER_WINDOW_S, WINDOW_S, Observation
from muster.drill.plan.instructions import SetWeight
from muster.drill.plan.model import DrillPlan
from muster.drill.view.format_text import (
    format_failed,
    format_overdue,
    format_targets,
    wrap_text,
)
from muster.drill.view.health_cell import door_health_cell, switch_cell
from muster.drill.view.layout import (
    FRAME_COLUMNS,
    FRAME_ROWS,
    GAP_COLUMNS,
    MIN_TIMELINE_ROWS,
    Layout,
    plan_layout,
)
from muster.drill.watch.progress import RunProgress, StepProgress
from muster.formatting import format_duration, format_percent, format_precise_duration
from muster.measure.samples import Cohort
from muster.model import DnsRecordView, RegionView, SystemView, largest_lag
from muster.terminal import BAD, GOOD, WARNING

Lever = Literal["dial", "weight", "inverted"]

TIME_COLUMNS = 9
"""The time before a line of the timeline."""
CLIENT_WORDS: Mapping[Cohort, str] = {
    Cohort.DNS_TTL: "TTL",
    Cohort.DNS_CHROME: "Chrome",
    Cohort.DNS_FIREFOX: "Firefox",
    Cohort.DNS_JVM: "JVM",
    Cohort.DNS_POOL: "pool",
}
TITLES = {"share": "new", "dial": "dial", "health": "health", "switch": "switch", "lag": "lag"}
"""Columns of the Regions' table after the Region and its bar; the DNS door's lever is no dial."""
WIDEST_CELLS = {"share": "> 99 %", "dial": "100 %", "health": "endpoint unhealthy"}
"""What these columns have room for at any time: a width that followed each cell would move the
columns from picture to picture."""
WIDEST_SHORT_HEALTH, WIDEST_LAG = "unhealthy", "0.012 s"
TITLE_EDGE_COLUMNS = 2
"""Of the frame beside its title, beyond the frame's own sides."""
PART_GAP = "  "
LONG_BAR_TITLE = "share of new connections"
MAX_STEPS_COLUMNS = 70
STEP_STATE_COLUMNS = 12
"""`done 9:40 min`, `about 60 s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What is to be shown."""

    run: str
    plan: DrillPlan
    progress: RunProgress
    steps: tuple[StepProgress, ...]
    timeline: tuple[tuple[float, str], ...]
    """Seconds since the run began, and words; oldest first."""
    observation: Observation
    view: SystemView | None
    now_s: float
    """Monotonic seconds."""
    lasted_s: float
    hint: str = ""
    """Which keys do something."""


def render_screen(screen: Screen, columns: int, rows: int, *, ascii_only: bool = False) -> Panel:
    """The picture; `ascii_only` for a terminal that can't show other characters."""
    inner = max(1, columns - FRAME_COLUMNS)
    headlines = _headlines(screen, inner)
    figures = [*_figures(screen.observation, inner), *_dns_clients(screen.observation, inner)]
    head_rows = len(headlines) + 1 + len(screen.plan.regions)
    event_rows = _latest_event_rows(screen, inner)
    figures = figures[: max(0, rows - FRAME_ROWS - head_rows - event_rows)]
    fixed_rows = head_rows + len(figures)
    regions, layout = _plan(screen, columns, rows, fixed_rows)
    if "lag" in layout.hidden:
        regions, layout = _plan(screen, columns, rows, fixed_rows, short=("lag",))
    if "dial" in layout.hidden:
        regions, layout = _plan(screen, columns, rows, fixed_rows, short=("lag", "health"))
    blank = [Text()] if layout.spaced else []
    table = _region_table(screen, regions, layout, ascii_only=ascii_only)
    timeline = Text("\n".join(_visible_timeline(screen.timeline, layout)))
    body: RenderableType = Group(*headlines, *blank, table, *figures, *blank, timeline)
    if layout.steps_columns:
        steps = _steps_list(screen, layout)
        notes = _plan_notes(screen.plan, layout, layout.rows - steps.row_count - 1)
        body = _beside(body, Group(steps, *notes), layout)
    times = f"{_seconds(screen.lasted_s)}{_left(screen.progress)}"
    title = Text(f"{screen.run}  {times}")
    title = title if title.cell_len <= inner - TITLE_EDGE_COLUMNS else Text(times)
    hint = Text(screen.hint)
    return Panel(body, title=title, title_align="left", subtitle=hint, subtitle_align="right")


def _plan(
    screen: Screen, columns: int, rows: int, fixed_rows: int, *, short: Sequence[str] = ()
) -> tuple[Mapping[str, Mapping[str, Text]], Layout]:
    """The cells of each Region, and the layout for them; `short`: columns with short cells."""
    regions = {name: _region_cells(screen, name, short=short) for name in screen.plan.regions}
    layout = plan_layout(
        columns,
        rows,
        cells=_cell_widths(regions, screen, short),
        fixed_rows=fixed_rows,
        steps_columns=_steps_width(screen.steps),
        event_rows=_latest_event_rows(screen, max(1, columns - FRAME_COLUMNS)),
    )
    return regions, layout


def _seconds(length_s: float) -> str:
    """In whole seconds: parts of one would flicker."""
    return format_duration(float(round(length_s)))


def _left(progress: RunProgress) -> str:
    """How long the run will still take."""
    if not progress.left_s:
        return ""
    return f", {'at least' if progress.left_is_least else 'about'} {_seconds(progress.left_s)} left"


def _headlines(screen: Screen, columns: int) -> list[Text]:
    """Phase and step, and the time of its wait, until the run has ended."""
    progress, wait = screen.progress, screen.progress.wait
    step = f"step {progress.number} of {len(screen.steps)}: " if progress.number else ""
    first, *more = wrap(f"{progress.phase}  {step}{wait.what}", max(1, columns))
    line = Text(first)
    line.stylize("bold", 0, len(progress.phase))
    if progress.left_s is None:
        return [line, *map(Text, more)]
    since_s, left_s = max(0.0, screen.now_s - wait.since_s), wait.left_s(screen.now_s)
    words = f"{_seconds(since_s)} so far"
    if left_s is not None and wait.exact:
        words = f"{_seconds(left_s)} of {format_duration(wait.at_most_s or 0.0)} left"
    else:
        words += ", longer than expected" if wait.is_overdue(screen.now_s) else ""
        words += "" if left_s is None else f", at most {_seconds(left_s)} left"
    style = WARNING if wait.held else ""
    return [line, *map(Text, more), *(Text(one, style) for one in wrap(words, max(1, columns)))]


def _region_cells(screen: Screen, region: str, *, short: Sequence[str]) -> dict[str, Text]:
    """The cells after the Region's bar."""
    seen = screen.view.regions.get(region) if screen.view else None
    record = (screen.view.dns or {}).get(region) if screen.view else None
    door = screen.plan.door
    share = screen.observation.good_by_region.get(region, 0) / (screen.observation.good or 1)
    health, health_style = door_health_cell(door, seen, record, short="health" in short)
    switch, switch_style = switch_cell(seen)
    return {
        "share": Text(format_percent(share, 0)) if screen.observation.good else _unknown(),
        "dial": _lever_cell(_lever(screen), seen, record),
        "health": Text(health, health_style),
        "switch": Text(switch, switch_style),
        "lag": _lag_cell(screen, region, short="lag" in short),
    }


def _lever(screen: Screen) -> Lever:
    """What moves the clients of the door: a policy without weights has the inversion of checks."""
    if screen.plan.door != "dns":
        return "dial"
    records = (screen.view.dns or {}) if screen.view else {}
    is_turned = any(isinstance(step.do, SetWeight) for step in screen.plan.steps)
    has_weights = any(record.weight is not None for record in records.values())
    return "weight" if is_turned or has_weights else "inverted"


def _lever_cell(lever: Lever, seen: RegionView | None, record: DnsRecordView | None) -> Text:
    if lever == "dial":
        return _unknown() if seen is None or seen.dial is None else Text(f"{seen.dial:g} %")
    if record is None:
        return _unknown()
    if lever == "weight":
        return _unknown() if record.weight is None else Text(str(record.weight))
    return {True: Text("on", BAD), False: Text("off"), None: _unknown()}[record.inverted]


def _unknown() -> Text:
    return Text("?", WARNING)


def _lag_cell(screen: Screen, region: str, *, short: bool) -> Text:
    """The largest lag; with more than two Regions and enough room, its receiver and unreadable ones
    too."""
    lags = screen.observation.lags_s.get(region, {})
    largest_s = largest_lag(lags)
    slowest = [to for to, lag_s in lags.items() if lag_s == largest_s]
    unreadable = [to for to, lag_s in lags.items() if lag_s is None]
    if short or len(screen.plan.regions) < 3:
        if unreadable:
            return _unknown()
        return Text("-" if largest_s is None else format_duration(largest_s))
    known = [] if largest_s is None else [f"{format_duration(largest_s)} to {slowest[0]}"]
    words = ", ".join([*known, *(f"? to {to}" for to in unreadable)]) or "-"
    return Text(words, WARNING if unreadable else "")


def _titles(screen: Screen) -> dict[str, str]:
    return TITLES | {"dial": _lever(screen)}


def _cell_widths(
    regions: Mapping[str, Mapping[str, Text]], screen: Screen, short: Sequence[str]
) -> dict[str, int]:
    """Width of each column of the Regions' table but the bars'."""
    widths = {"region": max(len("Region"), *map(len, regions))}
    widest = _widest_cells(screen.plan, short)
    for name, title in _titles(screen).items():
        least = max(len(title), len(widest.get(name, "")))
        widths[name] = max(least, *(cells[name].cell_len for cells in regions.values()))
    return widths


def _widest_cells(plan: DrillPlan, short: Sequence[str]) -> dict[str, str]:
    """Of one unreadable table at most: more of them widen the lags."""
    widest = WIDEST_CELLS | {"lag": WIDEST_LAG}
    if plan.door == "dns" or "health" in short:
        widest["health"] = WIDEST_SHORT_HEALTH
    if len(plan.regions) > 2 and "lag" not in short:
        *_, second, longest = sorted(plan.regions, key=len)
        widest["lag"] = f"{WIDEST_LAG} to {longest}, ? to {second}"
    return widest


def _region_table(
    screen: Screen, regions: Mapping[str, Mapping[str, Text]], layout: Layout, *, ascii_only: bool
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP_COLUMNS, 0, 0))
    names = [name for name in TITLES if name not in layout.hidden]
    has_room = layout.bar >= len(LONG_BAR_TITLE)
    titles = _titles(screen) | ({"share": ""} if has_room else {})
    table.add_column("Region", no_wrap=True)
    if layout.bar:
        table.add_column(LONG_BAR_TITLE if has_room else "", no_wrap=True, width=layout.bar)
    for name in names:
        table.add_column(titles[name], no_wrap=True, min_width=layout.cells[name])
    good = screen.observation.good
    for region, cells in regions.items():
        share = screen.observation.good_by_region.get(region, 0) / good if good else 0.0
        bar = [_bar(share, layout.bar, ascii_only=ascii_only)] if layout.bar else []
        table.add_row(region, *bar, *(cells[name] for name in names))
    return table


def _bar(share: float, width: int, *, ascii_only: bool) -> Text:
    full = round(share * width)
    filled, empty = ("#", ".") if ascii_only else ("█", "·")
    return Text.assemble(filled * full, (empty * (width - full), "dim"))


def _figures(seen: Observation, columns: int) -> Iterator[Text]:
    """Errors and latency, of the last seconds and of the whole run."""
    rate = seen.error_rate
    errors = _unknown() if rate is None else Text(format_percent(rate, 1), BAD if rate else GOOD)
    p99 = "?" if seen.p99_s is None else format_precise_duration(seen.p99_s)
    window = f"new connections, last {WINDOW_S:g} s:"
    waiting = [Text(format_overdue(seen.overdue), BAD)] if seen.overdue else []
    recent: list[str | Text] = [window, Text.assemble("errors ", errors), *waiting, f"p99 {p99}"]
    yield from _fill_lines(recent, columns)
    failed = format_failed(seen.total_failed, seen.total)
    in_all = Text.assemble(f"{seen.total}, ", (failed, BAD if seen.total_failed else GOOD))
    lost = Text(f"{count_of(seen.lost_writes, 'write')} lost", BAD if seen.lost_writes else "")
    yield from _fill_lines(("all requests so far:", in_all, lost), columns)


def _dns_clients(seen: Observation, columns: int) -> Iterator[Text]:
    """Failed requests of each kind of client of the DNS door, if it is probed."""
    clients = [cohort for cohort in CLIENT_WORDS if cohort in seen.cohorts]
    if not clients:
        return
    parts: list[str | Text] = [f"through DNS, last {OTHER_WINDOW_S:g} s failed:"]
    for cohort in clients:
        one = seen.cohorts[cohort]
        value = _unknown()
        if one.requests:
            share = format_percent(one.failed / one.requests, 0)
            value = Text(share, BAD if one.failed else GOOD)
        parts.append(Text.assemble(f"{CLIENT_WORDS[cohort]} ", value))
    yield from _fill_lines(parts, columns)


def _fill_lines(parts: Iterable[str | Text], columns: int) -> Iterator[Text]:
    """The parts in as few lines as hold them; a part is never broken."""
    line = Text()
    for part in parts:
        if line and line.cell_len + len(PART_GAP) + len(part) > columns:
            yield line
            line = Text()
        line = Text.assemble(line, PART_GAP if line else "", part)
    yield line


def _visible_timeline(timeline: Sequence[tuple[float, str]], layout: Layout) -> list[str]:
    """The latest events that there is room for, each in lines that are wrapped and never cut.

    Of a latest event that is too long itself its end is shown, where a refusal's reason is.
    """
    lines: list[str] = []
    for timed in reversed(timeline):
        event = _event_lines(timed, layout.columns)
        missing = layout.timeline_rows - len(lines)
        if lines and len(event) > missing:
            lines = [""] * missing + lines  # the picture keeps its height
            break
        lines = [*event, *lines]
    return lines[-layout.timeline_rows :]


def _latest_event_rows(screen: Screen, columns: int) -> int:
    latest = [line for event in screen.timeline[-1:] for line in _event_lines(event, columns)]
    return max(MIN_TIMELINE_ROWS, len(latest))


def _event_lines(timed: tuple[float, str], columns: int) -> list[str]:
    """An event with its time, wrapped."""
    at_s, words = timed
    indent = " " * TIME_COLUMNS
    text = f"{at_s:7.1f}  {words}"
    return wrap(text, columns, subsequent_indent=indent, break_on_hyphens=False)


def _steps_width(steps: Sequence[StepProgress]) -> int:
    """Columns that the list of steps would like to have; 0 without steps."""
    if not steps:
        return 0
    longest = max(len(step.name) for step in steps)
    return min(MAX_STEPS_COLUMNS, longest + GAP_COLUMNS + STEP_STATE_COLUMNS)


def _steps_list(screen: Screen, layout: Layout) -> Table:
    """The steps of the method with what is known of each; those around the one that runs, if there
    are more than rows."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP_COLUMNS, 0, 0))
    table.add_column(
        "steps of the method", width=layout.steps_columns - STEP_STATE_COLUMNS - GAP_COLUMNS
    )
    table.add_column("", width=STEP_STATE_COLUMNS, no_wrap=True)
    begun = sum(step.began_s is not None for step in screen.steps)
    rows = layout.rows - 1
    first = max(0, min(begun - rows // 2, len(screen.steps) - rows))
    for number, step in enumerate(screen.steps[first : first + rows], start=first + 1):
        state, style = _step_state(step, running=screen.progress.number == number)
        table.add_row(Text(step.name, overflow="ellipsis", no_wrap=True), Text(state, style))
    return table


def _step_state(step: StepProgress, *, running: bool) -> tuple[str, str]:
    if step.failed:
        return "failed", BAD
    if step.took_s is not None:
        return f"done {format_duration(step.took_s)}", GOOD
    if step.stopped:
        return ("stopped", WARNING) if step.began_s is not None else ("", "dim")
    if step.began_s is not None:
        return ("now", "bold") if running else ("begun", WARNING)
    return f"about {format_duration(step.expected_s)}" if step.expected_s else "", "dim"


def _plan_notes(plan: DrillPlan, layout: Layout, rows: int) -> list[Text]:
    """The targets, when the drill stops, and what to look at, as far as there are rows."""
    texts = [
        f"targets: {format_targets(plan.targets)}",
        *(f"stops when {condition.describe()}" for condition in plan.stop_conditions),
        *(f"watch: {line}" for line in plan.watch),
    ]
    lines = [""]
    for text in texts:
        lines += wrap_text(text, layout.steps_columns, indent="  ")
    return [Text(line) for line in lines] if len(lines) <= rows else []


def _beside(body: RenderableType, steps: RenderableType, layout: Layout) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=layout.columns)
    grid.add_column(width=layout.steps_columns)
    grid.add_row(body, steps)
    return grid
