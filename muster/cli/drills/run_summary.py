"""What a user reads after a run: its numbers, where its records are, and what to do next."""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from common.command.wording import count_of
from muster.cli.console import text_width
from muster.config import MusterSettings, OriginLevel
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolder
from muster.drill.view.format_text import PLAN_COLUMNS, format_failed, wrap_text
from muster.formatting import format_duration
from muster.measure.doors import CLIENT_NAMES


def muster_command(settings: MusterSettings, run: RunFolder | None = None) -> str:
    """The start of a command line that finds the same runs as this one, and this run."""
    runs = run.path.parent if run else settings.runs
    if runs == settings.runs and settings.origin("runs").level is not OriginLevel.FLAG:
        return "muster"
    return f"muster --runs {shlex.quote(str(runs))}"


@contextmanager
def ignoring_closed_output() -> Iterator[None]:
    """Print without failing when nobody reads; the exit code tells the outcome anyway.

    The reader (`| head`) may have ended, and a closed terminal takes no output any more.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError:
        devnull = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(devnull, stream.fileno())


def print_summary(
    folder: RunFolder, closed: RunClosed, muster: str, *, has_command: bool = True
) -> None:
    """Print the numbers of a run that has ended, where its records are, and what to do next.

    `muster`: the start of a command line that finds the run. `has_command`: whether it is on
    PATH, where `source .twin/env` puts a twin's.
    """
    click.echo()
    result = folder.read_result() or {}
    if result.get("requests"):
        for line in format_rows(summary_rows(result), text_width(PLAN_COLUMNS)):
            click.echo(line)
    click.echo(f"records: {folder.path}")
    if not has_command:
        click.echo(
            "`muster` is not on PATH here: `source .twin/env` puts it there, then:", err=True
        )
    click.echo(f"report:  {muster} report {folder.name}")
    if closed.status == "incomplete":
        click.echo(f"go on:   {muster} drill rollback {folder.name}", err=True)


def format_rows(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """The lines of names and values; a value that is too long goes on below its begin."""
    for name, value in rows:
        yield from wrap_text(f"  {name:<13}{value}", width, " " * 15)


def summary_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The numbers of result.json that are printed after a run: names and values."""
    rto, rpo, items = (result.get(name) for name in ("rto_s", "rpo_s", "rpo_items"))
    doubts = result.get("doubts")
    none = "void" if result.get("void") else "not measured"
    if result.get("unchanged"):
        none = "not measured: nothing was changed"
    at_least = "at least " if result.get("rto_at_least") else ""
    return [
        ("RTO", f"{at_least}{rto:.2f} s" if isinstance(rto, float) else none),
        ("RPO", _format_rpo(rpo, items, none)),
        *(("", text) for text in _format_regional_rpos(result)),
        *_door_rows(result),
        ("requests", _format_requests(result)),
        *(("", text) for text in _format_failures(result)),
        *_people_rows(result),
        *(("doubt", str(doubt)) for doubt in (doubts if isinstance(doubts, list) else ())),
    ]


def _format_rpo(rpo_s: object, items: object, none: str = "not measured") -> str:
    if not isinstance(rpo_s, float) or not isinstance(items, int):
        return none
    return f"{rpo_s:.2f} s, {count_of(items, 'item')}"


def _format_regional_rpos(result: Mapping[str, Any]) -> list[str]:
    """Recovery point of each surviving Region, if there are several: the run's is the worst."""
    recovery = (result.get("summary") or {}).get("recovery") or {}
    regions = recovery.get("regions", ())
    return [
        f"in {one['region']} {_format_rpo(one.get('rpo_s'), one.get('missing_items'))}"
        for one in (regions if len(regions) > 1 else ())
    ]


def _format_requests(result: Mapping[str, Any]) -> str:
    """Requests of all cohorts; the live view's failures are those of new connections only."""
    requests, failed = result.get("requests", 0), result.get("failed", 0)
    counted = ", before the interference" if result.get("void") else ""
    return f"{requests}, {format_failed(failed, requests)}{counted}"


def _format_failures(result: Mapping[str, Any]) -> Iterator[str]:
    failures = (result.get("summary") or {}).get("failures") or {}
    for cohort, kinds in failures.items():
        if kinds:
            yield f"{cohort}: {', '.join(f'{count} x {kind}' for kind, count in kinds.items())}"


def _door_rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The longest outage of each kind of client, where there are two doors."""
    doors = (result.get("summary") or {}).get("doors") or ()
    for door in doors if len(doors) > 1 else ():
        name = "DNS" if door["door"] == "dns" else door["door"]
        for client in door["clients"]:
            yield name, f"{CLIENT_NAMES[client['cohort']]}: {_format_outage(client)}"
            name = ""


def _people_rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """When people noticed and decided, if they have told it."""
    people = result.get("people") or {}
    if "notice_s" in people:
        yield "noticed", f"{format_duration(people['notice_s'])} after the cause"
    if "decide_s" in people:
        yield "decided", f"{format_duration(people['decide_s'])} after that"


def _format_outage(client: Mapping[str, Any]) -> str:
    if not client["rto_s"]:
        return "no outage"
    if not client.get("seen_end", True):
        return f"out for at least {client['rto_s']:.2f} s: its end was not seen"
    if client.get("cut_short", False):
        return f"out for at least {client['rto_s']:.2f} s: the rollback ended it"
    unended = "" if client["ended"] else ", until the Region was back"
    return f"out for {client['rto_s']:.2f} s{unended}"
