"""How well the prober keeps its schedule: `python -m bench.prober [--rate 500] [--for 20]`.

Three runs against a trivial server in another process, each beside a live view that draws a table
ten times a second: the prober in a process of its own (as `muster` runs it), the prober in the
view's own process, and the first again without a view. Prints lateness, losses, processor time and
the machine's load average.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from common.clock import SystemClock
from muster.measure import Sample, bin_samples, measure_quality
from muster.probe import (
    Cohort,
    CohortShare,
    FileSink,
    ProbePlan,
    Prober,
    ProberProcess,
    ProbeRun,
    ProbeTarget,
    RecordTail,
    VantagePoint,
    read_probe_run,
)

CLOCK = SystemClock()


def make_bench_plan(port: int, rate: float, duration_s: float) -> ProbePlan:
    """A mix as a drill uses it: four vantage points, new and kept connections."""
    return ProbePlan(
        run="bench",
        targets=(ProbeTarget(ip="127.0.0.1", port=port),),
        vantages=tuple(VantagePoint(name=f"v{i}", source=f"127.210.{i}.1") for i in range(1, 5)),
        shares=(
            CohortShare(cohort=Cohort.NEW, weight=8),
            CohortShare(cohort=Cohort.KEEPALIVE, weight=2),
        ),
        rate=rate,
        duration_s=duration_s,
    )


async def draw_live_view(path: Path) -> None:
    """A live view: everything read so far, in bins, ten times a second; ends by cancelling."""
    tail, samples = RecordTail(path), list[Sample]()
    with Live(console=Console(file=StringIO(), width=120, force_terminal=True)) as live:
        while True:
            samples += [r for r in tail.read() if isinstance(r, Sample)]
            table = Table("second", "good", "failed", "p50", "p99")
            for b in bin_samples(samples[-5000:], 1.0):
                table.add_row(*map(str, (b.start_s, b.good, b.failed, b.p50_s, b.p99_s)))
            live.update(table, refresh=True)
            await CLOCK.sleep(0.1)


async def in_child(wanted: ProbePlan, path: Path, *, view: bool) -> None:
    """The prober in a process of its own."""
    prober = await ProberProcess.start(wanted, path, clock=CLOCK)
    async with prober, asyncio.TaskGroup() as group:
        drawing = group.create_task(draw_live_view(path)) if view else None
        await prober.wait()
        if drawing:
            drawing.cancel()


async def in_process(wanted: ProbePlan, path: Path) -> None:
    """The prober in the process that draws."""
    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(draw_live_view(path))
        await Prober(wanted, clock=CLOCK, sink=FileSink.append(path)).run()
        drawing.cancel()


def print_lateness(name: str, run: ProbeRun, load: float) -> None:
    """One line of figures."""
    judged = measure_quality(run.samples, run.closing)
    if run.closing is None or run.opening is None:
        print(f"{name}: the prober was killed")
        return
    took_s = run.closing.ended_s - run.opening.started_s
    ms = [1000 * (value or 0.0) for value in (judged.p50_s, judged.p99_s, judged.max_s)]
    print(
        f"{name:<34} {judged.sent / took_s:5.0f}/s  late p50 {ms[0]:.2f} p99 {ms[1]:.2f}"
        f" max {ms[2]:.1f} ms  over 10 ms {judged.late_share:.2%}  lost {judged.lost}"
        f"  failed {sum(s.failed for s in run.samples)}  cpu {run.closing.cpu_s / took_s:.0%}"
        f"  load {load:.1f}"
    )
    for reason in judged.reasons:
        print(f"{'':<34} not to be trusted: {reason}")


async def main(rate: float, duration_s: float) -> None:
    """All runs, one after the other."""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.echo_server", stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout  # noqa: S101 - asked for above
    wanted = make_bench_plan(int(await server.stdout.readline()), rate, duration_s)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("own process, beside a view", "in the view's process", "own process"):
                path = Path(folder) / f"{name}.jsonl"
                if name == "in the view's process":
                    await in_process(wanted, path)
                else:
                    await in_child(wanted, path, view="view" in name)
                print_lateness(name, read_probe_run(path), os.getloadavg()[0])
    finally:
        server.kill()
        await server.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the prober.")
    parser.add_argument("--rate", type=float, default=500.0, help="requests per second")
    parser.add_argument("--for", type=float, default=20.0, dest="duration_s", help="seconds")
    options = parser.parse_args()
    asyncio.run(main(options.rate, options.duration_s))
