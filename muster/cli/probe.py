"""`muster probe`: send requests for a while, and measure the answers. Nothing is changed."""

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

from muster import codec
from muster.cli.context import CommandContext
from muster.cli.options import DurationType, json_option, make_request
from muster.measure import Summary, summarise_samples
from muster.measure.samples import Sample
from muster.probe import ProbePlan, ProberProcess, ProbeRun, cohort_shares, read_probe_run
from muster.probe.targets import probed_service

if TYPE_CHECKING:
    from muster.deployment import Deployment

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


@click.command()
@click.option(
    "--for",
    "duration_s",
    type=DurationType(1.0),
    default="30s",
    show_default=True,
    help="Duration of the run.",
)
@click.option(
    "--rate", type=float, default=20.0, show_default=True, help="Requests per second in all."
)
@click.option(
    "--vantage",
    "vantages",
    multiple=True,
    metavar="NAME=ADDRESS",
    help="Where to send from; repeatable.",
)
@click.option("--path", default="/get/foobar", show_default=True, help="Path to GET.")
@click.option("--writes", is_flag=True, help="Write numbered items, too; they are never removed.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the samples in this new file.",
)
@json_option
@click.pass_obj
def probe(context: CommandContext, /, as_json: bool, **options: object) -> int:
    """Send requests to the static addresses on a fixed schedule, and measure the answers.

    On the twin they come from a city near each Region, else from this machine, unless --vantage
    is given. Ctrl-C ends the run early and shows what was measured until then.

    Ends with 0 when the measurement can be trusted, else with 1. Failed requests are a result; with
    a prober that was late or lost requests there is none.
    """
    request = make_request(ProbeRequest, options)
    if request.vantages:
        context = context.with_flags({"vantages": list(request.vantages)})
    deployment = context.open_deployment()
    click.echo(deployment.location.description, err=True)
    run = asyncio.run(_measure(deployment, request))
    summary = summarise_samples(run.samples, closing=run.closing)
    _print_run(run, summary, as_json=as_json)
    return 0 if summary.quality.trusted else EXIT_NOT_TRUSTED


async def _measure(deployment: "Deployment", request: ProbeRequest) -> ProbeRun:
    plan = await _make_plan(deployment, request)
    with _samples_file(request.out) as path:
        async with await ProberProcess.start(plan, path, clock=deployment.clock) as prober:
            await _until_done(deployment, prober, request)
            await prober.stop()
        return read_probe_run(path)


async def _make_plan(deployment: "Deployment", request: ProbeRequest) -> ProbePlan:
    service = probed_service(deployment.stack)
    return ProbePlan(
        run=f"p{int(deployment.clock.now()):x}",
        targets=service.targets,
        vantages=await deployment.vantages(),
        shares=cohort_shares(writes=request.writes),
        rate=request.rate,
        duration_s=request.duration_s,
        path=request.path,
        host=service.host,
        tls=service.tls,
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


def _print_run(run: ProbeRun, summary: Summary, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(probe_document(run, summary), indent=2))
        return
    from muster.cli.probe_summary import print_summary  # noqa: PLC0415 - brings rich along

    print_summary(run, summary)


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
