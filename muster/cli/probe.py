"""`muster probe`: send requests for a while, measure the answers, print the numbers.

Nothing is changed. docs/drills/measurements.md defines the numbers.
"""

import asyncio
import dataclasses
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from common.command.wording import count_of
from muster import codec
from muster.cli.console import stdout_console
from muster.cli.context import CommandContext
from muster.cli.options import (
    RATE,
    DurationType,
    check_new_file,
    json_option,
    make_request,
    path_option,
    require_trusted_option,
)
from muster.drill.result import EXIT_UNRELIABLE
from muster.formatting import format_duration, format_percent, format_precise_duration
from muster.measure import Latency, PhaseSummary, Summary, summarise_samples
from muster.measure.doors import CLIENT_NAMES, DOOR_NAMES
from muster.measure.samples import NEW_OF_DOOR, Cohort, Sample
from muster.model import FrontDoor
from muster.parsers import parse_scenario_duration
from muster.probe import ProbePlan, ProberProcess, ProbeRun, cohort_shares, read_probe_run
from muster.probe.plan import DNS_WEIGHTS

if TYPE_CHECKING:
    from muster.deployment import Deployment

GOOD, BAD = "green", "bold red"


def print_summary(
    run: ProbeRun,
    summary: Summary,
    console: Console | None = None,
    *,
    door: FrontDoor = "accelerator",
) -> None:
    """`door`: the one whose new connections the summary is of."""
    console = console or stdout_console()
    failed = Text(f"{summary.failed} failed", style=BAD if summary.failed else GOOD)
    console.print(
        Text.assemble(
            f"{count_of(summary.requests, 'request')}{_format_duration_of(run)}, ", failed
        )
    )
    console.print()
    console.print(_availability_table(summary, NEW_OF_DOOR[door]))
    console.print()
    if any(door.door == "dns" for door in summary.doors):
        console.print(_clients_table(summary))
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


def _availability_table(summary: Summary, leading: Cohort) -> Table:
    """New connections by vantage point, then the other cohorts: together all requests."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("requests by", no_wrap=True)
    for name in ("requests", "failed", "outages", "longest"):
        table.add_column(name, justify="right", no_wrap=True)
    for vantage in summary.unavailability:
        at_least = "" if vantage.complete else "≥ "
        longest = at_least + format_precise_duration(vantage.longest_s) if vantage.outages else "-"
        table.add_row(
            f"new connections from {vantage.group}",
            str(vantage.requests),
            str(vantage.failed),
            str(len(vantage.outages)),
            longest,
            style=BAD if vantage.failed else "",
        )
    for cohort, one in summary.cohorts.items():
        if cohort != leading:
            style = BAD if one.failed else ""
            cells = (_name_cohort(Cohort(cohort)), str(one.requests), str(one.failed), "-", "-")
            table.add_row(*cells, style=style)
    return table


def _name_cohort(cohort: Cohort) -> str:
    if cohort is Cohort.WRITE_READ:
        return "writes, and readings of them"
    return f"{'DNS: ' if cohort in DNS_WEIGHTS else ''}{CLIENT_NAMES[cohort]}"


def _clients_table(summary: Summary) -> Table:
    """Both doors by kind of client."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("front door", no_wrap=True)
    table.add_column("kind of client", no_wrap=True)
    for name in ("requests", "failed", "longest outage"):
        table.add_column(name, justify="right", no_wrap=True)
    for door in summary.doors:
        for client in door.clients:
            table.add_row(
                DOOR_NAMES[door.door],
                CLIENT_NAMES[client.cohort],
                str(client.requests),
                str(client.failed),
                format_precise_duration(client.rto_s) if client.rto_s else "-",
                style=BAD if client.failed else "",
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
    causes = ", ".join(dict.fromkeys(quality.causes))
    console.print(Text(f"measurement  not reliable ({causes})", style=BAD))
    for reason in quality.reasons:
        console.print(Text(f"             {reason}", style=BAD))


EXIT_NOT_TRUSTED = 1
REDRAW_S = 0.5


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    duration_s: float
    rate: float
    vantages: tuple[str, ...]
    path: str
    writes: bool
    out: Path | None
    require_trusted: bool


@click.command()
@click.option(
    "--for",
    "duration_s",
    type=DurationType(1.0, parse=parse_scenario_duration),
    default="30s",
    show_default=True,
    help="Duration of the run.",
)
@click.option(
    "--rate",
    type=RATE,
    default=20.0,
    show_default=True,
    help="Requests per second in all.",
)
@click.option(
    "--vantage",
    "vantages",
    multiple=True,
    metavar="NAME=ADDRESS",
    help="Where to send from; repeatable.",
)
@path_option("Path to request.")
@click.option(
    "--writes", is_flag=True, help="Write numbered items, too; they expire after seven days."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=check_new_file,
    help="Keep the samples in this new file.",
)
@require_trusted_option
@json_option
@click.pass_obj
def probe(context: CommandContext, /, as_json: bool, **options: object) -> int:
    """Send requests to the static addresses on a fixed schedule, and measure the answers.

    On the twin they come from a city near each Region, else from this machine, unless --vantage
    is given. Ctrl-C ends the run early and shows what was measured until then.

    Ends with 0 when the measurement can be trusted, else with 1, or with 6 where that is required.
    Failed requests are a result; with a prober that was late or lost requests there is none.
    """
    request = make_request(ProbeRequest, options)
    if request.vantages:
        context = context.with_flags({"vantages": list(request.vantages)})
    deployment = context.open_deployment()
    click.echo(deployment.location.description, err=True)
    run = asyncio.run(_measure(deployment, request))
    door = deployment.stack.doors[0]
    summary = summarise_samples(run.samples, closing=run.closing, door=door)
    _print_run(run, summary, door, as_json=as_json)
    return choose_exit_code(summary, require_trusted=request.require_trusted)


def choose_exit_code(summary: Summary, *, require_trusted: bool) -> int:
    if summary.quality.trusted:
        return 0
    return EXIT_UNRELIABLE if require_trusted else EXIT_NOT_TRUSTED


async def _measure(deployment: "Deployment", request: ProbeRequest) -> ProbeRun:
    plan = await _make_plan(deployment, request)
    with _samples_file(request.out) as path:
        async with await ProberProcess.start(plan, path, clock=deployment.clock) as prober:
            await _until_done(deployment, prober, request)
            await prober.stop()
        return read_probe_run(path)


async def _make_plan(deployment: "Deployment", request: ProbeRequest) -> ProbePlan:
    service = await deployment.probed_service()
    return ProbePlan(
        run=f"p{int(deployment.clock.now()):x}",
        targets=service.targets,
        vantages=await deployment.vantages(),
        shares=cohort_shares(writes=request.writes, doors=deployment.stack.doors),
        rate=request.rate,
        duration_s=request.duration_s,
        path=request.path,
        host=service.host,
        tls=service.tls,
        dns=service.dns,
    )


@contextmanager
def _samples_file(named: Path | None) -> Iterator[Path]:
    """The file for the samples: the one that the user named, else a temporary one."""
    if named is not None:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        yield Path(folder) / "samples.jsonl"


async def _until_done(
    deployment: "Deployment", prober: ProberProcess, request: ProbeRequest
) -> None:
    """Wait for the prober's end or Ctrl-C; on a terminal, show its progress."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    tail, sent, failed = prober.tail(), 0, 0
    on_terminal = sys.stderr.isatty()
    while prober.is_running and not stopped.is_set():
        samples = [record for record in tail.read() if isinstance(record, Sample)]
        sent, failed = sent + len(samples), failed + sum(s.failed for s in samples)
        if on_terminal:
            _redraw_progress(f"{sent} of {request.duration_s * request.rate:.0f}, {failed} failed")
        await deployment.clock.sleep(REDRAW_S)
    if on_terminal:
        _redraw_progress("")
    if not stopped.is_set():
        await prober.wait()


def _redraw_progress(text: str) -> None:
    click.echo(f"\r\033[K{text}", nl=False, err=True)


def _print_run(run: ProbeRun, summary: Summary, door: FrontDoor, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(probe_document(run, summary), indent=2))
        return

    print_summary(run, summary, door=door)


def probe_document(run: ProbeRun, summary: Summary) -> dict[str, object]:
    """Document of `muster probe --json`: the Summary of muster.measure and the plan behind it."""
    fields = codec.plain(summary)
    assert isinstance(fields, dict)  # noqa: S101 - a dataclass is an object
    return {
        "plan": codec.plain(run.opening.plan) if run.opening else None,
        "rto_s": summary.rto_s,
        "trusted": summary.quality.trusted,
        **fields,
    }
