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
from muster.measure.samples import Cohort, Sample
from muster.probe import CohortShare, ProbePlan, ProberProcess, ProbeRun, read_probe_run
from muster.probe.targets import probed_service

if TYPE_CHECKING:
    from muster.deployment import Deployment

EXIT_NOT_TRUSTED = 1
REDRAW_S = 0.5
NEW_SHARE, KEPT_SHARE, WRITE_SHARE = 8.0, 2.0, 2.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """What the command line asks for."""

    span_s: float
    rate: float
    vantages: tuple[str, ...]
    path: str
    writes: bool
    out: Path | None


@click.command()
@click.option(
    "--for", "span_s", type=DurationType(1.0), default="30s", show_default=True, help="How long."
)
@click.option(
    "--rate", type=float, default=20.0, show_default=True, help="Requests per second in all."
)
@click.option(
    "--vantage",
    "vantages",
    multiple=True,
    metavar="NAME=ADDRESS",
    help="Where to send from; may be given again and again.",
)
@click.option("--path", default="/get/foobar", show_default=True, help="What to ask for.")
@click.option("--writes", is_flag=True, help="Write numbered items too. They are never removed.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the samples in this new file.",
)
@json_option
@click.pass_obj
def probe(context: CommandContext, /, as_json: bool, **options: object) -> int:
    """Send requests to the static addresses on a fixed schedule, and measure the answers.

    From a city near each Region on the twin, else from this machine, unless --vantage says where.
    Ctrl-C ends it early, and shows what was measured until then.

    Ends with 0 when the measurement can be trusted, else with 1: failed requests are a result, a
    prober that was late or lost requests is none.
    """
    asked = make_request(ProbeRequest, options)
    if asked.vantages:
        context = context.with_flags({"vantages": list(asked.vantages)})
    deployment = context.deployment()
    click.echo(deployment.place.words, err=True)
    run = asyncio.run(_measure(deployment, asked))
    summary = summarise_samples(run.samples, closing=run.closing)
    _show(run, summary, as_json=as_json)
    return 0 if summary.quality.trusted else EXIT_NOT_TRUSTED


async def _measure(deployment: "Deployment", asked: ProbeRequest) -> ProbeRun:
    plan = await _plan(deployment, asked)
    with _file(asked.out) as path:
        async with await ProberProcess.start(plan, path, clock=deployment.clock) as prober:
            await _until_done(deployment, prober, asked)
            await prober.stop()
        return read_probe_run(path)


async def _plan(deployment: "Deployment", asked: ProbeRequest) -> ProbePlan:
    reached = probed_service(deployment.stack)
    shares = [
        CohortShare(cohort=Cohort.NEW, weight=NEW_SHARE),
        CohortShare(cohort=Cohort.KEEPALIVE, weight=KEPT_SHARE),
    ]
    if asked.writes:
        shares.append(CohortShare(cohort=Cohort.WRITE_READ, weight=WRITE_SHARE))
    return ProbePlan(
        run=f"p{int(deployment.clock.now()):x}",
        targets=reached.targets,
        vantages=await deployment.vantages(),
        shares=tuple(shares),
        rate=asked.rate,
        duration_s=asked.span_s,
        path=asked.path,
        host=reached.host,
        tls=reached.tls,
    )


@contextmanager
def _file(wanted: Path | None) -> Iterator[Path]:
    """The file of the samples: the one to keep, or one for the moment."""
    if wanted is not None:
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        yield Path(folder) / "samples.jsonl"


async def _until_done(deployment: "Deployment", prober: ProberProcess, asked: ProbeRequest) -> None:
    """Wait for the prober's end or Ctrl-C, and show on a terminal how far it is."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    tail, sent, failed = prober.tail(), 0, 0
    shown = sys.stderr.isatty()
    while prober.running and not stopped.is_set():
        samples = [record for record in tail.read() if isinstance(record, Sample)]
        sent, failed = sent + len(samples), failed + sum(s.failed for s in samples)
        if shown:
            _progress(f"{sent} of {asked.span_s * asked.rate:.0f}, {failed} failed")
        await deployment.clock.sleep(REDRAW_S)
    if shown:
        _progress("")
    if not stopped.is_set():
        await prober.wait()


def _progress(words: str) -> None:
    """Write over the terminal's line."""
    click.echo(f"\r\033[K{words}", nl=False, err=True)


def _show(run: ProbeRun, summary: Summary, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(probe_document(run, summary), indent=2))
        return
    from muster.cli.probe_summary import print_summary  # noqa: PLC0415 - brings rich along

    print_summary(run, summary)


def probe_document(run: ProbeRun, summary: Summary) -> dict[str, object]:
    """`muster probe --json`: the Summary of muster.measure, and what it rests on."""
    numbers = codec.plain(summary)
    assert isinstance(numbers, dict)  # noqa: S101 - a dataclass is an object
    return {
        "plan": codec.plain(run.opening.plan) if run.opening else None,
        "rto_s": summary.rto_s,
        "trusted": summary.quality.trusted,
        **numbers,
    }
