"""Text output of `muster probe`. docs/measurements.md defines the numbers."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.cli.console import stdout_console
from muster.formatting import format_duration, format_percent, format_precise_duration
from muster.measure import Latency, PhaseSummary, Summary
from muster.probe import ProbeRun

GOOD, BAD = "green", "bold red"


def print_summary(run: ProbeRun, summary: Summary, console: Console | None = None) -> None:
    console = console or stdout_console()
    failed = Text(f"{summary.failed} failed", style=BAD if summary.failed else GOOD)
    console.print(Text.assemble(f"{summary.requests} requests{_format_duration_of(run)}, ", failed))
    console.print()
    console.print(_availability_table(summary))
    console.print()
    for phase in summary.phases:
        console.print(_format_shares(phase))
        console.print(_format_latency(phase.latency))
    for cohort, kinds in summary.failures.items():
        for kind, count in kinds.items():
            console.print(Text(f"failed       {cohort}: {count} x {kind}", style=BAD))
    _print_quality(summary, console)


def _format_duration_of(run: ProbeRun) -> str:
    if run.opening is None or run.closing is None:
        return ""
    return f" in {format_duration(run.closing.ended_s - run.opening.started_s)}"


def _availability_table(summary: Summary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("new connections from", no_wrap=True)
    for name in ("requests", "failed", "outages", "longest"):
        table.add_column(name, justify="right", no_wrap=True)
    for vantage in summary.unavailability:
        at_least = "" if vantage.complete else "≥ "
        longest = at_least + format_precise_duration(vantage.longest_s) if vantage.outages else "-"
        table.add_row(
            vantage.group,
            str(vantage.requests),
            str(vantage.failed),
            str(len(vantage.outages)),
            longest,
            style=BAD if vantage.failed else "",
        )
    return table


def _format_shares(phase: PhaseSummary) -> Text:
    if not phase.shares:
        return Text("answered by  nobody", style=BAD)
    shares = ", ".join(
        f"{region} {format_percent(share, 1)}" for region, share in phase.shares.items()
    )
    return Text(f"answered by  {shares}")


def _format_latency(latency: Latency) -> Text:
    if latency.p50_s is None or latency.p99_s is None or latency.max_s is None:
        return Text("latency      nothing was answered", style=BAD)
    numbers = (("p50", latency.p50_s), ("p99", latency.p99_s), ("largest", latency.max_s))
    return Text(
        "latency      " + ", ".join(f"{name} {format_precise_duration(s)}" for name, s in numbers)
    )


def _print_quality(summary: Summary, console: Console) -> None:
    quality = summary.quality
    if quality.trusted:
        late = (
            ""
            if quality.p99_s is None
            else f", 99 % within {format_precise_duration(quality.p99_s)}"
        )
        text = f"measurement  trusted: sends were on time{late}, {quality.lost} lost"
        console.print(Text(text, style=GOOD))
        return
    console.print(Text("measurement  not to be trusted", style=BAD))
    for reason in quality.reasons:
        console.print(Text(f"             {reason}", style=BAD))
