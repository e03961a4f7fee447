"""Many failovers of both front doors, and the distribution of what clients saw.

    python -m bench.failovers --region us-west-2 --runs 10 --out failovers
    python -m bench.failovers --runs 10 --out black-hole --black-hole -- --fault region-freeze
    python -m bench.failovers --runs 10 --out planned --scenario failover-by-inverted-check
    python -m bench.failovers --out failovers --plot           reads the folder's runs again

Runs a scenario of `muster drill` again and again, from the cities of the twin to which the Region
is the nearest one, so that each run gives one value for each city and kind of client. Each run
begins at a random moment of all cycles: checkers, TTLs and caches of clients go on meanwhile.
Writes `results.jsonl`, `failovers.svg` with the distributions, and `failovers.md` with their table,
beside the same figures as computed from interval, threshold, number of checkers and TTL alone.

Needs a shell with a twin's environment (`source .twin/env`) at speed 1, with both doors.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.failovers.model import MOVING, CheckSettings, simulate_outages
from muster.config import read_settings
from muster.deployment import Deployment
from muster.drill.journal.run_folders import RESULT_FILE
from muster.measure import measure_unavailability, percentile
from muster.measure.doors import CLIENT_NAMES, CLIENTS, served_vantages
from muster.measure.movement import TrafficMove
from muster.measure.samples import Cohort, Sample, group_samples, select_samples
from muster.probe import VantagePoint, read_probe_run
from muster.probe.name_resolver import DnsResolver
from muster.probe.plan import parse_resolver
from muster.probe.targets import twin_places
from twin.core.health_checks.detection import EndpointChange

RESULTS, PLOT, TABLE = "results.jsonl", "failovers.svg", "failovers.md"
SIMULATED = 20_000
BEGINS_WITHIN_S = 15.0
"""An outage that begins later has another cause, such as a machine that was busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one client saw of one run; seconds."""

    run: str
    cohort: str
    vantage: str
    out_s: float
    """Its outage that began with the cause; 0 without one."""
    ended: bool
    """False: it was out until the Region was back."""
    left_s: float | None
    """From the cause to the Region's last answer to it."""
    back_s: float | None
    """From the end of the cause to the Region's first good answer."""


def observe_run(folder: Path) -> Iterator[Observed]:
    """The values of one run, from its result and its samples."""
    result = json.loads((folder / RESULT_FILE).read_text())
    if result.get("move") is None:
        return
    move = TrafficMove(**result["move"])
    files = sorted(folder.glob("samples*.jsonl"))
    samples = [sample for file in files for sample in read_probe_run(file).samples]
    for cohort in CLIENTS:
        own = select_samples(samples, cohort)
        homes = served_vantages(own, move)
        for vantage, group in group_samples(own, lambda sample: sample.vantage).items():
            if vantage in homes and not was_out(group, move.at_s):
                yield observe_client(folder.name, cohort, vantage, group, move)


def was_out(samples: Sequence[Sample], at_s: float) -> bool:
    """Whether an outage of another cause was going on: then nothing can be told apart."""
    outages = measure_unavailability("", samples).outages
    return any(one.failed_from_s < at_s - 1 < at_s < one.end_s for one in outages)


def observe_client(
    run: str, cohort: Cohort, vantage: str, samples: Sequence[Sample], move: TrafficMove
) -> Observed:
    """The values of one client."""
    until_s = move.away_until_s if move.away_until_s is not None else float("inf")
    outages = measure_unavailability(vantage, samples).outages
    since_s = move.at_s - 1
    own = (one for one in outages if since_s <= one.failed_from_s < since_s + BEGINS_WITHIN_S)
    outage = next(own, None)
    during = [s for s in samples if move.at_s <= s.scheduled_s < until_s]
    answered = [s.scheduled_s for s in during if s.region == move.region]
    after = [s for s in samples if s.scheduled_s >= until_s and s.good and s.region == move.region]
    return Observed(
        run=run,
        cohort=str(cohort),
        vantage=vantage,
        out_s=outage.length_s if outage else 0.0,
        ended=outage is None or outage.end_s < until_s,
        left_s=answered[-1] - move.at_s if answered else None,
        back_s=after[0].scheduled_s - until_s if after else None,
    )


def run_drills(options: argparse.Namespace, places: Sequence[VantagePoint]) -> None:
    """Run the scenario so often."""
    runs: Path = options.out / "runs"
    environ = {
        **os.environ,
        "MUSTER_VANTAGES": ",".join(f"{p.name}={p.source}" for p in places),
        "MUSTER_RESOLVERS": ",".join(f"{p.name}={p.resolver}" for p in places if p.resolver),
        "MUSTER_RUNS": str(runs),
    }
    command = [sys.executable, "-m", "muster", "drill", "run", options.scenario]
    command += ["--region", options.region, "--plain", "--no-writes", "--rate", str(options.rate)]
    command += options.arguments
    for number in range(options.runs):
        asyncio.run(spread_resolvers(places, options.ttl))
        done = subprocess.run(command, env=environ, check=False, stdout=subprocess.DEVNULL)
        sys.stdout.write(f"run {number + 1} of {options.runs}: exit {done.returncode}\n")
        sys.stdout.flush()


async def spread_resolvers(places: Sequence[VantagePoint], ttl_s: float) -> None:
    """Ask each city's resolver once at a random moment of a TTL, as users would.

    Else the first requests of a drill would fill all caches at once, and all would end at once.
    """
    dns = Deployment.open(
        read_settings(environ=os.environ, folder=Path.cwd()), environ=os.environ
    ).stack.dns
    resolver, rng = DnsResolver(), random.Random()

    async def ask(place: VantagePoint) -> None:
        await asyncio.sleep(rng.uniform(0, ttl_s))
        where = parse_resolver(place.resolver) if place.resolver else None
        if dns is not None:
            await resolver.resolve(dns.domain, where, place.source)

    await asyncio.gather(*(ask(place) for place in places))


def cohort_values(results: Iterable[Observed], field: str) -> dict[Cohort, list[float]]:
    """Each kind of client's values of a field that are known, the smallest first."""
    found: dict[Cohort, list[float]] = {}
    for one in results:
        value = getattr(one, field)
        if value is not None:
            found.setdefault(Cohort(one.cohort), []).append(value)
    return {cohort: sorted(found[cohort]) for cohort in CLIENTS if cohort in found}


def format_table(results: Sequence[Observed], settings: CheckSettings) -> str:
    """A table in Markdown: each kind of client as measured, and as computed."""
    runs = len({one.run for one in results})
    lines = [
        f"{runs} runs, {len(results)} values; seconds. Computed: interval"
        f" {settings.interval_s:g} s, threshold {settings.threshold}, TTL {settings.ttl_s:g} s.",
        "",
        "| Kind of client | Values | Out: least | Median | 95 % | Most | Out to the end |"
        " Computed: median, 95 % | Left after, median | Back after, median |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    left, back = cohort_values(results, "left_s"), cohort_values(results, "back_s")
    for cohort, values in cohort_values(results, "out_s").items():
        unended = sum(one.cohort == cohort and not one.ended for one in results)
        computed = "-"
        if cohort in MOVING:
            model = simulate_outages(cohort, settings, times=SIMULATED)
            computed = f"{median(model):.1f}, {percentile(model, 95):.1f}"
        cells = [
            CLIENT_NAMES[cohort],
            str(len(values)),
            *(f"{value:.1f}" for value in (values[0], median(values))),
            f"{percentile(values, 95):.1f}",
            f"{values[-1]:.1f}",
            str(unended),
            computed,
            f"{median(left[cohort]):.1f}" if cohort in left else "-",
            f"{median(back[cohort]):.1f}" if cohort in back else "-",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def draw_plot(results: Sequence[Observed], field: str, settings: CheckSettings) -> str:
    """The share of clients over time that are served again (or have left), as SVG."""
    measured = cohort_values(results, field)
    most = max((values[-1] for values in measured.values()), default=1.0)
    plot = _Plot(most_s=10.0 * -(-most // 10))
    parts = [plot.frame()]
    for number, (cohort, values) in enumerate(measured.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(plot.curve(values, colour))
        parts.append(plot.label(number, CLIENT_NAMES[cohort], colour))
        if field == "out_s" and cohort in MOVING:
            model = simulate_outages(cohort, settings, times=200)
            parts.append(plot.curve(model, colour, dashed=True))
    return "\n".join([*parts, "</svg>", ""])


COLOURS = ("#0b6", "#07c", "#d60", "#c3a", "#a83", "#555", "#b22")
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT = 760, 400, 50, 40, 240


@dataclass(frozen=True, slots=True)
class _Plot:
    """Axes: seconds from 0 to `most_s`, share of the values from 0 to 1."""

    most_s: float

    def x(self, at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(at_s, self.most_s) / self.most_s

    def y(self, share: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 20) * share

    def frame(self) -> str:
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            ' font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        ]
        for percent in range(0, 101, 25):
            y = self.y(percent / 100)
            lines.append(f'<path d="M{LEFT} {y:.1f}H{self.x(self.most_s):.1f}" stroke="#ddd"/>')
            lines.append(
                f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>'
            )
        step = max(10, 10 * round(self.most_s / 80))
        for second in range(0, round(self.most_s) + 1, step):
            x = self.x(second)
            lines.append(
                f'<text x="{x:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{second}</text>'
            )
        middle = (LEFT + self.x(self.most_s)) / 2
        lines.append(
            f'<text x="{middle:.1f}" y="{HEIGHT - 4}" text-anchor="middle">seconds after the cause;'
            " solid: measured, dashed: computed</text>"
        )
        return "\n".join(lines)

    def curve(self, values: Sequence[float], colour: str, *, dashed: bool = False) -> str:
        """Steps of an empirical distribution."""
        path = f"M{self.x(0):.1f} {self.y(0):.1f}"
        for number, value in enumerate(values, start=1):
            path += f"H{self.x(value):.1f}V{self.y(number / len(values)):.1f}"
        dash = ' stroke-dasharray="4 3" stroke-width="1"' if dashed else ' stroke-width="2"'
        return f'<path d="{path}" fill="none" stroke="{colour}"{dash}/>'

    def label(self, number: int, text: str, colour: str) -> str:
        x, y = WIDTH - RIGHT + 12, 30 + 18 * number
        return f'<text x="{x}" y="{y}" fill="{colour}">{text}</text>'


async def find_places(options: argparse.Namespace) -> list[VantagePoint]:
    """The twin's cities to which the Region is the nearest one of the stack."""
    settings = read_settings(environ=os.environ, folder=Path.cwd())
    deployment = Deployment.open(settings, environ=os.environ)
    twin = deployment.twin
    if twin is None or deployment.stack.dns is None or await deployment.speed() != 1:
        sys.exit("needs a twin at speed 1 with both doors: `source .twin/env` of one")
    cities = json.loads(await twin("places", "--json"))
    regions = deployment.stack.regions
    own = {
        city["name"]
        for city in cities
        if next(region for region in city["regions"] if region in regions) == options.region
    }
    return [place for place in await twin_places(twin) if place.name in own][: options.cities]


def write_outputs(options: argparse.Namespace) -> None:
    folders = sorted((options.out / "runs").glob("*/" + RESULT_FILE))
    results = [one for file in folders for one in observe_run(file.parent)]
    lines = "".join(json.dumps(asdict(one)) + "\n" for one in results)
    (options.out / RESULTS).write_text(lines)
    settings = CheckSettings(
        interval_s=options.interval,
        threshold=options.threshold,
        ttl_s=options.ttl,
        change=EndpointChange.BLACK_HOLE if options.black_hole else EndpointChange.REFUSED,
    )
    table = format_table(results, settings)
    (options.out / TABLE).write_text(table)
    field = "out_s" if any(one.out_s for one in results) else "left_s"
    (options.out / PLOT).write_text(draw_plot(results, field, settings))
    sys.stdout.write(table)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.failovers", description=__doc__)
    parser.add_argument("--region", default="us-west-2", help="the Region that is lost")
    parser.add_argument("--scenario", default="dns-against-anycast")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--cities", type=int, default=8, help="at most so many cities of clients")
    parser.add_argument("--rate", type=float, default=60.0, help="requests a second in all")
    parser.add_argument("--out", type=Path, default=Path("failovers"))
    parser.add_argument("--plot", action="store_true", help="only read and draw the folder's runs")
    parser.add_argument("--interval", type=float, default=10.0, help="of the health checks")
    parser.add_argument("--threshold", type=int, default=3, help="of the health checks")
    parser.add_argument("--ttl", type=float, default=60.0)
    parser.add_argument(
        "--black-hole", action="store_true", help="checks wait for their time limit"
    )
    parser.add_argument("arguments", nargs="*", help="after --: more arguments of the scenario")
    options = parser.parse_args(argv)
    options.out = options.out.absolute()
    (options.out / "runs").mkdir(parents=True, exist_ok=True)
    if not options.plot:
        run_drills(options, asyncio.run(find_places(options)))
    write_outputs(options)


if __name__ == "__main__":
    main(sys.argv[1:])
