"""`twin status`, `twin places` and `twin logs`: commands that change nothing."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import click

from common.clock import SystemClock
from common.command.wording import suggest_name
from common.files.regular_file import find_other_kind
from twin import codec, geography
from twin.cli.completion import complete_role
from twin.cli.diagnostics import list_warnings
from twin.cli.status_report import build_status_report
from twin.errors import UsageError
from twin.runtime import roles
from twin.runtime.instance import Instance

# -- status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same for programs, in a stable form.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show processes, Regions, health, dials, connections, replication.

    The exit code is 0 when the twin runs, 1 when it does not. --json writes the fields of
    twin.cli.status_report.StatusReport.
    """
    instance: Instance = context.obj
    report = build_status_report(instance)
    report = replace(report, warnings=list_warnings(report))
    if as_json:
        click.echo(json.dumps(json.loads(codec.dumps(report)), indent=2))
    else:
        # rich is slow to import, and --json does not need it.
        from twin.cli.status_page import print_status_page  # noqa: PLC0415

        print_status_page(report)
    context.exit(0 if report.running else 1)


# -- places

NEAREST_REGIONS = 3
"""Regions that the list for people shows for each city."""


class PlaceEntry(TypedDict):
    """A city in the output of `twin places --json`."""

    name: str
    address: str
    resolver: str
    """Address and port of its caching resolver."""
    socks: str
    """Address and port of its SOCKS entrance."""
    regions: list[str]
    distances_km: dict[str, int]


def list_places(instance: Instance) -> list[PlaceEntry]:
    """Each city with its source address, and the Regions, nearest first, with their distances.

    The Regions are those that this twin has started; without any, all that it knows.
    """
    started = roles.started_regions(instance)
    regions = started or tuple(location.name for location in geography.REGIONS)
    return [
        {
            "name": city.name,
            "address": geography.city_address(number),
            "resolver": "{}:{}".format(*instance.resolver_address(number)),
            "socks": "{}:{}".format(*instance.socks_address(number)),
            "regions": list(geography.sort_regions_by_distance(city, regions)),
            "distances_km": {
                region: round(geography.distance_to_region_km(city, region))
                for region in sorted(regions)
            },
        }
        for number, city in enumerate(geography.CITIES, start=1)
    ]


@click.command()
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="The same for programs, with all Regions and distances.",
)
@click.pass_obj
def places(instance: Instance, as_json: bool) -> None:
    """Cities that clients can come from: curl --interface ADDRESS http://STATIC-IP/...

    Each has a caching resolver, and a SOCKS entrance for programs that have names to resolve: curl
    --proxy socks5h://SOCKS https://... . `twin curl --from CITY` does that.
    """
    entries = list_places(instance)
    if as_json:
        click.echo(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    click.echo(f"{'city':<14} {'address':<13} {'SOCKS entrance':<19} nearest Regions")
    for entry in entries:
        nearest = entry["regions"][:NEAREST_REGIONS]
        shown = ", ".join(f"{region} ({entry['distances_km'][region]} km)" for region in nearest)
        where = f"{entry['address']:<13} {entry['socks']:<19}"
        click.echo(f"{entry['name']:<14} {where} {shown}")


# -- logs

_FOLLOW_POLL_S = 0.2


@click.command()
@click.argument("role", default="", shell_complete=complete_role)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, until Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    metavar="NUMBER",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Lines of each log's end.",
)
@click.pass_obj
def logs(instance: Instance, role: str, follow: bool, lines: int) -> None:
    """Show the end of the log of ROLE (gateway, control, edge, route53, cities, or a Region)."""
    paths = choose_log_files(instance, role)
    width = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    tails = [tail for tail in map(LogTail, paths) if _show_end(tail, lines, width)]
    clock = SystemClock()
    while follow:
        for tail in tails:
            for line in tail.read_new():
                _print_log_line(tail.path.stem, line, width)
        clock.wait(_FOLLOW_POLL_S)


def _show_end(tail: "LogTail", lines: int, width: int) -> bool:
    """False for what is no log, which is told. Raises UsageError if it is the only one."""
    try:
        last_lines = tail.read_last(lines)
    except UsageError as exc:
        if not width:
            raise
        click.echo(f"twin: {exc}", err=True)
        return False
    for line in last_lines:
        _print_log_line(tail.path.stem, line, width)
    if not width and not last_lines:
        click.echo(f"{tail.path.stem} has logged nothing", err=True)
    return True


def choose_log_files(instance: Instance, role: str) -> list[Path]:
    """Log files of a role or a Region's name, of all without one. Raises UsageError."""
    known = sorted(instance.logs_dir.glob("*.log"))
    if not known:
        raise UsageError(f"no logs in {instance.logs_dir}: `twin up` has not run")
    name = roles.role_file_name(role)
    chosen = [path for path in known if not role or path.stem in (name, f"region-{name}")]
    if not chosen:
        names = [path.stem for path in known]
        hint = suggest_name(role, (stem.removeprefix("region-") for stem in names))
        raise UsageError(f"no log of '{role}'; there are {', '.join(names)}{hint}")
    return chosen


def _print_log_line(name: str, line: str, width: int) -> None:
    click.echo(f"{name:<{width}} {line}" if width else line)


@dataclass(slots=True)
class LogTail:
    """Reads a log file from where it was left; reads a new file in its place from the start."""

    path: Path
    _inode: int = 0
    _offset: int = 0

    def read_last(self, lines: int) -> list[str]:
        """The last `lines` lines; `read_new` goes on after them."""
        return self.read_new()[-lines:] if lines > 0 else self.read_new()[:0]

    def read_new(self) -> list[str]:
        """Complete lines added since the last call. Raises UsageError for what is no file."""
        try:
            kind = find_other_kind(self.path)
            if kind is not None:
                raise UsageError(
                    f"{self.path} is {kind}, not a log; `twin down` and `twin up` set it aside"
                )
            with self.path.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._inode:
                    self._inode, self._offset = inode, 0
                file.seek(self._offset)
                complete, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        if not newline:
            return []
        self._offset += len(complete) + 1
        return complete.decode(errors="replace").split("\n")
