"""`twin status` for people: tables that fit 80 columns; a narrow terminal gets paragraphs.

A terminal wraps long lines. Output to a pipe or a file is never wrapped, for grep and the like.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import (
    Console,
    ConsoleOptions,
    Group,
    JustifyMethod,
    RenderableType,
    RenderResult,
)
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from twin.cli.status_report import (
    HealthCheckReport,
    ProcessReport,
    RegionReport,
    StatusReport,
)
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    ApiGatewayStatus,
    EndpointGroupStatus,
    EndpointState,
    PeerStatus,
    RegionStatus,
)
from twin.runtime.roles import ProcessState

MAX_TARGET = 56
"""Characters of what a health check checks, so that its line fits."""
UNLIMITED_WIDTH = 10_000
"""Columns of a pipe: more than any line of output has."""
NARROW = 72
"""Columns of a terminal below which a table that does not fit becomes paragraphs."""
_STYLES = {
    "running": "green",
    "frozen": "cyan",
    "dead": "red",
    "absent": "dim",
    "HEALTHY": "green",
    "UNHEALTHY": "red",
    "INITIAL": "yellow",
    "healthy": "green",
    "unhealthy": "red",
}


def print_status_page(report: StatusReport, console: Console | None = None) -> None:
    (console or _stdout_console()).print(render_status_page(report))


def _stdout_console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNLIMITED_WIDTH)


def render_status_page(report: StatusReport) -> RenderableType:
    """All parts of the page, in order."""
    return Group(*_parts(report))


def _parts(report: StatusReport) -> Iterator[RenderableType]:
    yield Text(
        f"twin {report.instance}  {report.endpoint_url}  speed {report.speed:g}  "
        f"home city {report.home_city}",
        style="bold",
    )
    yield Text(report.home, style="dim")
    if report.shared:
        yield Text("shared with every user of this machine (--no-share ends it)", style="yellow")
    yield _process_table(report)
    for accelerator in report.accelerators:
        yield Text()
        yield from _accelerator_parts(accelerator, live=report.accelerators_live)
    answering = [region for region in report.regions if region.status is not None]
    if answering:
        yield Text()
        yield _region_table(answering)
    if gateways := list(_api_gateways(answering)):
        yield Text()
        yield _api_gateway_table(gateways)
    if peers := list(_peers(answering)):
        yield Text()
        yield _replication_table(peers, report)
    yield from _route53_parts(report)
    if report.faults:
        yield Text()
        yield _fault_table(report)
    for line in report.warnings:
        yield Text(f"! {line}", style="yellow")


@dataclass(frozen=True, slots=True)
class _StatusTable:
    """A table, or in a narrow terminal a paragraph for each of its rows."""

    columns: tuple[str, ...]
    right: tuple[str, ...]
    remark: str
    """The header of a last column, whose cells explain themselves."""
    rows: list[tuple[Text | str, ...]] = field(default_factory=list)

    def add_row(self, *cells: Text | str) -> None:
        self.rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._as_table()
        width = console.measure(table, options=options.update(width=1000)).maximum
        if width <= options.max_width or options.max_width >= NARROW:
            yield table
        else:
            yield from self._as_paragraphs()

    def _as_table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for number, column in enumerate(self.columns):
            justify: JustifyMethod = "right" if column in self.right else "left"
            table.add_column(column, justify=justify, no_wrap=number == 0)  # the first is a name
        if self.remark:
            table.add_column(self.remark)
        for row in self.rows:
            # A text of its own has no markup: a path that somebody checks may have brackets.
            table.add_row(*(Text.assemble(cell) for cell in row))
        return table

    def _as_paragraphs(self) -> Iterator[RenderableType]:
        yield Text(f"{self.columns[0]}  {self.remark}".rstrip(), style="dim")
        labels = (*self.columns[1:], "")
        for name, *cells in self.rows:
            yield Text.assemble(name, style="bold")
            figures = [
                Text.assemble((label and f"{label} ", "dim"), cell)
                for label, cell in zip(labels, cells, strict=False)
                if cell
            ]
            yield Padding(Text(", ").join(figures), (0, 0, 0, 2))


def _table(*columns: str, right: tuple[str, ...] = (), remark: str = "") -> _StatusTable:
    return _StatusTable(columns, right, remark)


def _styled(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, ""))


# -- processes


def _process_table(report: StatusReport) -> _StatusTable:
    table = _table(
        "process",
        "state",
        "pid",
        "up for",
        "memory",
        "workers",
        right=("pid", "up for", "memory", "workers"),
    )
    for process in report.processes:
        table.add_row(process.role, _process_state(process), *_process_figures(process))
    return table


def _process_state(process: ProcessReport) -> Text:
    if process.state is ProcessState.RUNNING and not process.answers:
        return Text("silent", style="red")
    return _styled(process.state)


def _process_figures(process: ProcessReport) -> tuple[str, ...]:
    if process.pid is None or process.uptime_s is None:
        return ()
    return (
        str(process.pid),
        format_duration(process.uptime_s),
        f"{process.memory_bytes / 1e6:.0f} MB",
        str(process.workers) if process.workers else "",
    )


def format_duration(seconds: float) -> str:
    """Two units at most: `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    rest = int(seconds)
    parts: list[str] = []
    for name, size in units:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


# -- accelerators


def _accelerator_parts(accelerator: AcceleratorStatus, *, live: bool) -> Iterator[RenderableType]:
    note = "" if live else "  (as configured; the edge does not answer)"
    off = "" if accelerator.enabled else "  disabled"
    yield Text(f"accelerator {accelerator.name}  {'  '.join(accelerator.ips)}{off}{note}")
    for listener in accelerator.listeners:
        table = _table(
            f"port {', '.join(listener.ports)}", "dial", "endpoints", "open", "new", "refused",
            right=("dial", "open", "new", "refused"),
        )  # fmt: skip
        for group in listener.groups:
            table.add_row(group.region, f"{group.dial:g} %", *_group_cells(group, live=live))
        yield table
        if live:
            yield from _unhealthy_reasons(listener)


def _unhealthy_reasons(listener: AcceleratorListenerStatus) -> Iterator[Text]:
    """A line for each, since a cell of the table is too narrow for them."""
    for group in listener.groups:
        unhealthy = (one for one in group.endpoints if one.state is EndpointState.UNHEALTHY)
        for reason in dict.fromkeys(one.reason for one in unhealthy if one.reason):
            yield Text(f"{group.region} UNHEALTHY: {reason}", style="dim")


def _group_cells(group: EndpointGroupStatus, *, live: bool) -> tuple[Text | str, ...]:
    if not live:
        return (str(len(group.endpoints)),)
    return (
        _endpoint_states(group),
        str(group.open_connections),
        str(group.new_connections),
        str(group.refused_connections),
    )


def _endpoint_states(group: EndpointGroupStatus) -> Text:
    text = Text()
    for endpoint in group.endpoints:
        text.append(" " if text else "")
        text.append(_styled(endpoint.state))
        if endpoint.weight == 0:
            text.append(" weight 0", style="dim")
    return text


# -- Regions


def _region_table(regions: list[RegionReport]) -> _StatusTable:
    columns = ("requests", "functions", "busy", "calls", "errors", "tables", "items")
    table = _table("Region", "targets", *columns, right=columns)
    for region in regions:
        if region.status is not None:
            table.add_row(region.name, *_region_cells(region.status))
    return table


def _region_cells(status: RegionStatus) -> tuple[Text | str, ...]:
    targets = Text()
    for state, count in Counter(target.state for target in status.targets).items():
        targets.append(" " if targets else "")
        targets.append(f"{count} " if count > 1 else "")
        targets.append(_styled(state))
    functions = status.functions
    figures = (
        sum(balancer.requests for balancer in status.load_balancers),
        len(functions),
        sum(function.busy for function in functions),
        sum(function.invocations for function in functions),
        sum(function.errors + function.throttles for function in functions),
        len(status.tables),
        sum(table.items for table in status.tables),
    )
    return (targets, *map(str, figures))


def _api_gateways(regions: list[RegionReport]) -> Iterator[tuple[str, ApiGatewayStatus]]:
    for region in regions:
        if region.status is not None and region.status.api_gateway is not None:
            yield region.name, region.status.api_gateway


def _api_gateway_table(gateways: list[tuple[str, ApiGatewayStatus]]) -> _StatusTable:
    columns = ("APIs", "names", "requests", "own 5xx")
    table = _table("API Gateway", "at", *columns, right=columns)
    for region, status in gateways:
        figures = (len(status.apis), len(status.domains), status.requests, status.own_5xx)
        table.add_row(region, f"{status.address}:{status.port}", *map(str, figures))
    return table


def _peers(regions: list[RegionReport]) -> Iterator[tuple[RegionReport, PeerStatus]]:
    for region in regions:
        for peer in region.status.peers if region.status else ():
            yield region, peer


def _replication_table(
    peers: list[tuple[RegionReport, PeerStatus]], report: StatusReport
) -> _StatusTable:
    lags = f"median {format_seconds(report.replication_lag_s)}, 95 % within " + format_seconds(
        report.replication_lag_p95_s
    )
    table = _table("replication", "pending", "lag", right=("pending", "lag"), remark=lags)
    for region, peer in peers:
        paused = region.status is not None and region.status.replication_paused
        stuck = "does not get through" if peer.problem else ""  # a warning below has the reason
        note = Text("paused", style="yellow") if paused else Text(stuck, style="red")
        lag = f"{peer.lag_ms / 1000:.2f} s"
        table.add_row(f"{region.name} -> {peer.region}", str(peer.pending), lag, note)
    return table


# -- Route 53


def _route53_parts(report: StatusReport) -> Iterator[RenderableType]:
    if report.zones or report.health_checks:
        yield Text()
    for zone in report.zones:
        yield Text(f"zone {zone.name}  {zone.records} record sets  {zone.id}")
    if report.health_checks:
        table = _table("health check", "state", "checkers", right=("checkers",))
        for check in report.health_checks:
            table.add_row(_shorten(check.target), *_health_check_cells(check))
        yield table


def _shorten(target: str) -> str:
    return target if len(target) <= MAX_TARGET else f"{target[: MAX_TARGET - 1]}…"


def _health_check_cells(check: HealthCheckReport) -> tuple[Text | str, ...]:
    status = check.status
    if status is None:
        return (Text("unknown", style="dim"),)
    state = _styled("HEALTHY" if status.healthy else "UNHEALTHY")
    return state, f"{status.healthy_checkers} of {status.checkers}" if status.checkers else ""


# -- faults


def _fault_table(report: StatusReport) -> _StatusTable:
    table = _table("broken on purpose", "what", "ends in", right=("ends in",))
    for fault in report.faults:
        what = fault.name
        if fault.delay_ms:
            what += f", {fault.delay_ms:g} ms each way"
        table.add_row(
            fault.region or fault.role, Text(what, style="yellow"), _format_left(fault.left_s)
        )
    return table


def _format_left(left_s: float | None) -> str:
    if left_s is None:
        return "no end set"
    return format_duration(left_s) if left_s >= 0 else "overdue"


def format_seconds(value: float) -> str:
    """`0.5 s`, `25 ms`."""
    return f"{value:.3g} s" if value >= 0.1 or value == 0 else f"{value * 1000:.3g} ms"
