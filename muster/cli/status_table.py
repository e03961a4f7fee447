"""`muster status` for a person: a table of 80 columns, and lines of words under it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.aws.account import AwsAccount
from muster.cli.console import stdout_console
from muster.formatting import format_duration, format_percent
from muster.model import RegionView, Stack, SwitchSetting, SystemView
from muster.system.diagnostics import connection_shares, list_warnings

UNKNOWN = Text("?", style="yellow")
NOTHING = Text("-", style="dim")
GOOD, BAD, ODD = "green", "bold red", "yellow"


def print_status(
    place: AwsAccount, stack: Stack, view: SystemView, now: float, console: Console | None = None
) -> None:
    """Print it. `now` in seconds since 1970."""
    console = console or stdout_console()
    console.print(Text(place.words, style="bold"))
    console.print(_accelerator(stack, view))
    console.print()
    console.print(status_table(view, now))
    said = list_warnings(stack, view, now)
    if said or view.problems:
        console.print()
    for line in said:
        console.print(Text(f"! {line}", style=ODD))
    for line in view.problems:
        console.print(Text(f"? {line}", style=ODD))


def status_table(view: SystemView, now: float) -> Table:
    """A line for each Region."""
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name, justify in (
        ("Region", "left"),
        ("dial", "left"),
        ("endpoint", "left"),
        ("target", "left"),
        ("switch", "left"),
        ("new", "right"),
        ("lag", "right"),
    ):
        made.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # two words
    share = connection_shares(view)
    for region in view.regions.values():
        made.add_row(
            region.region,
            _dial(region),
            _state(region.endpoint, "HEALTHY"),
            _state(region.target, "healthy"),
            _switch(region.switch, now),
            _share(region, share),
            _lag(region.replication_lag_s),
        )
    return made


def _accelerator(stack: Stack, view: SystemView) -> Text:
    if view.accelerator_status is None:
        state = Text("?", style=ODD)
    elif view.accelerator_enabled is False:
        state = Text("disabled", style=BAD)
    else:
        style = GOOD if view.accelerator_status == "DEPLOYED" else ODD
        state = Text(view.accelerator_status, style=style)
    return Text.assemble("accelerator ", state, "  ", "  ".join(stack.static_ips))


def _dial(region: RegionView) -> Text:
    if region.dial is None:
        return Text(f"? ({region.declared_dial:g})", style=ODD)
    if region.dial == region.declared_dial:
        return Text(f"{region.dial:g} %")
    return Text(f"{region.dial:g} % ({region.declared_dial:g})", style=ODD)


def _state(state: str | None, good: str) -> Text:
    if state is None:
        return UNKNOWN
    return Text(state, style=GOOD if state == good else BAD)


def _switch(switch: SwitchSetting | None, now: float) -> Text:
    if switch is None:
        return UNKNOWN
    if switch.status == "auto":
        return Text("auto")
    left_s = switch.until_epoch_s - now
    left = f" {format_duration(left_s)}" if switch.until_epoch_s else ""
    return Text(f"{switch.status}{left}", style=BAD if switch.status == "fail" else ODD)


def _share(region: RegionView, share: dict[str, float] | None) -> Text:
    if region.new_connections_per_s is None:
        return UNKNOWN
    return NOTHING if share is None else Text(format_percent(share[region.region], 0))


def _lag(lag_s: float | None) -> Text:
    return NOTHING if lag_s is None else Text(format_duration(lag_s))
