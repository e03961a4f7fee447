"""How well the prober keeps its schedule: `python -m bench.prober [--rate 500] [--for 20]`.

Three runs against a trivial server in another process: the prober in a process of its own, as in
`muster`, beside a live view that draws a table ten times per second; the prober in the process of
the view; and the prober in a process of its own without a view. Prints lateness, losses, processor
time and the machine's load average.
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
    FileSink,
    ProbePlan,
    Prober,
    ProberProcess,
    ProbeRun,
    ProbeTarget,
    RecordTail,
    VantagePoint,
    cohort_shares,
    read_probe_run,
)

CLOCK = SystemClock()


def make_bench_plan(port: int, rate: float, duration_s: float) -> ProbePlan:
    """A plan as a drill's: four vantage points, new and kept connections."""
    return ProbePlan(
        run="bench",
        targets=(ProbeTarget(ip="127.0.0.1", port=port),),
        vantages=tuple(VantagePoint(name=f"v{i}", source=f"127.210.{i}.1") for i in range(1, 5)),
        shares=cohort_shares(writes=False),
        rate=rate,
        duration_s=duration_s,
    )


async def draw_live_view(path: Path) -> None:
    """Draw the samples of the file as a table, ten times per second, until cancelled."""
    tail, samples = RecordTail(path), list[Sample]()
    with Live(console=Console(file=StringIO(), width=120, force_terminal=True)) as live:
        while True:
            samples += [r for r in tail.read() if isinstance(r, Sample)]
            table = Table("second", "good", "failed", "p50", "p99")
            for b in bin_samples(samples[-5000:], 1.0):
                table.add_row(*map(str, (b.start_s, b.good, b.failed, b.p50_s, b.p99_s)))
            live.update(table, refresh=True)
            await CLOCK.sleep(0.1)


async def run_in_child(plan: ProbePlan, path: Path, *, view: bool) -> None:
    """Run the prober in a process of its own."""
    prober = await ProberProcess.start(plan, path, clock=CLOCK)
    async with prober, asyncio.TaskGroup() as group:
        drawing = group.create_task(draw_live_view(path)) if view else None
        await prober.wait()
        if drawing:
            drawing.cancel()


async def run_in_process(plan: ProbePlan, path: Path) -> None:
    """Run the prober in the process of the view."""
    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(draw_live_view(path))
        await Prober(plan, clock=CLOCK, sink=FileSink.append(path)).run()
        drawing.cancel()


def print_lateness(name: str, run: ProbeRun, load: float) -> None:
    quality = measure_quality(run.samples, run.closing)
    if run.closing is None or run.opening is None:
        print(f"{name}: the prober was killed")
        return
    duration_s = run.closing.ended_s - run.opening.started_s
    ms = [1000 * (value or 0.0) for value in (quality.p50_s, quality.p99_s, quality.max_s)]
    print(
        f"{name:<34} {quality.sent / duration_s:5.0f}/s  late p50 {ms[0]:.2f} p99 {ms[1]:.2f}"
        f" max {ms[2]:.1f} ms  over 10 ms {quality.late_share:.2%}  lost {quality.lost}"
        f"  failed {sum(s.failed for s in run.samples)}  cpu {run.closing.cpu_s / duration_s:.0%}"
        f"  load {load:.1f}"
    )
    for reason in quality.reasons:
        print(f"{'':<34} not to be trusted: {reason}")


async def main(rate: float, duration_s: float) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.prober.echo_server", stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout  # noqa: S101 - asked for above
    plan = make_bench_plan(int(await server.stdout.readline()), rate, duration_s)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("own process, beside a view", "in the view's process", "own process"):
                path = Path(folder) / f"{name}.jsonl"
                if name == "in the view's process":
                    await run_in_process(plan, path)
                else:
                    await run_in_child(plan, path, view="view" in name)
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
