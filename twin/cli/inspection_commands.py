"""`twin status`."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import click

from common.clock import SystemClock
from twin import codec
from twin import geography as atlas
from twin.cli.diagnostics import list_warnings
from twin.cli.status_report import build_status_report
from twin.errors import UsageError
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.roles import role_file_name


@click.command(short_help="Show processes, Regions, health, dials, connections, replication.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs, in a stable form.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show processes, Regions, health, dials, connections, replication.

    The exit code is 0 when the twin runs, 1 when it does not. --json writes the fields of
    twin.cli.status_report.Report.
    """
    instance: Instance = context.obj
    report = build_status_report(instance)
    report = replace(report, warnings=list_warnings(report))
    if as_json:
        click.echo(json.dumps(json.loads(codec.dumps(report)), indent=2))
    else:
        from twin.cli.status_page import print_status_page  # noqa: PLC0415 - rich is slow to import, --json needs none

        print_status_page(report)
    context.exit(0 if report.running else 1)


SHOWN = 3
"""As many Regions stand beside a city in the list for a person."""


class PlaceEntry(TypedDict):
    """A city, as `--json` has it."""

    name: str
    address: str
    regions: list[str]
    distances_km: dict[str, int]


def list_places(instance: Instance) -> list[PlaceEntry]:
    """Each city with its source address, and the Regions, nearest first, with their distances.

    The Regions are those of the running twin; all that AWS has when it has none yet.
    """
    regions = roles.started_regions(instance) or tuple(place.name for place in atlas.REGIONS)
    return [
        {
            "name": city.name,
            "address": atlas.city_address(number),
            "regions": list(atlas.sort_regions_by_distance(city, regions)),
            "distances_km": {
                region: round(atlas.distance_to_region_km(city, region))
                for region in sorted(regions)
            },
        }
        for number, city in enumerate(atlas.CITIES, start=1)
    ]


@click.command(short_help="Cities that clients can come from, with their addresses.")
@click.option(
    "--json", "as_json", is_flag=True, help="name, address, regions nearest first, distances_km."
)
@click.pass_obj
def places(instance: Instance, as_json: bool) -> None:
    """Cities that clients can come from: curl --interface ADDRESS http://STATIC-IP/..."""
    found = list_places(instance)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for place in found:
        shown = (f"{r} ({place['distances_km'][r]} km)" for r in place["regions"][:SHOWN])
        click.echo(f"{place['name']:<15} {place['address']:<14} {', '.join(shown)}")


_LOOK_AGAIN_S = 0.2


@click.command(short_help="Show the processes' logs.")
@click.argument("role", default="")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, until Ctrl-C.")
@click.option("-n", "--lines", default=20, show_default=True, help="Lines of each log's end.")
@click.pass_obj
def logs(instance: Instance, role: str, follow: bool, lines: int) -> None:
    """Show the end of the log of ROLE (gateway, control, edge, a Region), or of all."""
    paths = choose_log_files(instance, role)
    width = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    tails = [LogTail(path) for path in paths]
    for tail in tails:
        last = tail.last(lines)
        for line in last:
            _print_log_line(tail.path.stem, line, width)
        if not width and not last:
            click.echo(f"{tail.path.stem} has logged nothing", err=True)
    clock = SystemClock()
    while follow:
        for tail in tails:
            for line in tail.added():
                _print_log_line(tail.path.stem, line, width)
        clock.wait(_LOOK_AGAIN_S)


def choose_log_files(instance: Instance, role: str) -> list[Path]:
    """The log files that a name means. Raises UsageError."""
    known = sorted(instance.logs_dir.glob("*.log"))
    if not known:
        raise UsageError(f"no logs in {instance.logs_dir}: `twin up` has not run")
    name = role_file_name(role)
    found = [path for path in known if not role or path.stem in (name, f"region-{name}")]
    if not found:
        raise UsageError(f"no log of '{role}'; there are {', '.join(p.stem for p in known)}")
    return found


def _print_log_line(name: str, line: str, width: int) -> None:
    click.echo(f"{name:<{width}} {line}" if width else line)


@dataclass(slots=True)
class LogTail:
    """One log file, read on from where it was left; a fresh file in its place is read anew."""

    path: Path
    _inode: int = 0
    _offset: int = 0

    def last(self, lines: int) -> list[str]:
        """The last lines; `added` goes on after them."""
        return self.added()[-lines:] if lines > 0 else self.added()[:0]

    def added(self) -> list[str]:
        """Whole lines that were added since the last look."""
        try:
            with self.path.open("rb") as opened:
                inode = os.fstat(opened.fileno()).st_ino
                if inode != self._inode:
                    self._inode, self._offset = inode, 0
                opened.seek(self._offset)
                whole, newline, _ = opened.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        if not newline:
            return []
        self._offset += len(whole) + 1
        return whole.decode(errors="replace").split("\n")
