"""Text output of `muster status`: a table of at most 80 columns, and warnings under it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.aws.account import StackLocation
from muster.cli.console import stdout_console
from muster.formatting import format_duration, format_percent
from muster.model import RegionView, Stack, SwitchSetting, SystemView
from muster.system.diagnostics import connection_shares, list_warnings

UNKNOWN = Text("?", style="yellow")
UNMEASURED = Text("-", style="dim")
GOOD, BAD, WARNING = "green", "bold red", "yellow"


def print_status(
    place: StackLocation, stack: Stack, view: SystemView, now: float, console: Console | None = None
) -> None:
    """Print the status. `now` in seconds since 1970."""
    console = console or stdout_console()
    console.print(Text(place.description, style="bold"))
    console.print(_format_accelerator(stack, view))
    console.print()
    console.print(status_table(view, now))
    warnings = list_warnings(stack, view, now)
    if warnings or view.problems:
        console.print()
    for line in warnings:
        console.print(Text(f"! {line}", style=WARNING))
    for line in view.problems:
        console.print(Text(f"? {line}", style=WARNING))


def status_table(view: SystemView, now: float) -> Table:
    """One row for each Region."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name, justify in (
        ("Region", "left"),
        ("dial", "left"),
        ("endpoint", "left"),
        ("target", "left"),
        ("switch", "left"),
        ("new", "right"),
        ("lag", "right"),
    ):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # one of two words
    shares = connection_shares(view)
    for region in view.regions.values():
        table.add_row(
            region.region,
            _format_dial(region),
            _format_state(region.endpoint, "HEALTHY"),
            _format_state(region.target, "healthy"),
            _format_switch(region.switch, now),
            _format_share(region, shares),
            _format_lag(region.replication_lag_s),
        )
    return table


def _format_accelerator(stack: Stack, view: SystemView) -> Text:
    if view.accelerator_status is None:
        state = Text("?", style=WARNING)
    elif view.accelerator_enabled is False:
        state = Text("disabled", style=BAD)
    else:
        style = GOOD if view.accelerator_status == "DEPLOYED" else WARNING
        state = Text(view.accelerator_status, style=style)
    return Text.assemble("accelerator ", state, "  ", "  ".join(stack.static_ips))


def _format_dial(region: RegionView) -> Text:
    if region.dial is None:
        return Text(f"? ({region.declared_dial:g})", style=WARNING)
    if region.dial == region.declared_dial:
        return Text(f"{region.dial:g} %")
    return Text(f"{region.dial:g} % ({region.declared_dial:g})", style=WARNING)


def _format_state(state: str | None, good: str) -> Text:
    if state is None:
        return UNKNOWN
    return Text(state, style=GOOD if state == good else BAD)


def _format_switch(switch: SwitchSetting | None, now: float) -> Text:
    if switch is None:
        return UNKNOWN
    if switch.status == "auto":
        return Text("auto")
    left_s = switch.until_epoch_s - now
    left = f" {format_duration(left_s)}" if switch.until_epoch_s else ""
    return Text(f"{switch.status}{left}", style=BAD if switch.status == "fail" else WARNING)


def _format_share(region: RegionView, shares: dict[str, float] | None) -> Text:
    if region.new_connections_per_s is None:
        return UNKNOWN
    return UNMEASURED if shares is None else Text(format_percent(shares[region.region], 0))


def _format_lag(lag_s: float | None) -> Text:
    return UNMEASURED if lag_s is None else Text(format_duration(lag_s))
