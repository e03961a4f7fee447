"""`muster drill history`: past runs, and when each scenario was last practised."""

import json
from collections.abc import Sequence

import click

from muster.cli.console import text_width
from muster.cli.context import CommandContext
from muster.cli.options import json_option
from muster.drill.journal.run_folders import RunFolders
from muster.drill.scenario.catalogue import all_scenarios
from muster.drill.view.format_text import wrap_text
from muster.formatting import format_precise_duration
from muster.restore.moments import format_utc
from muster.trend.past_runs import PastRun, UnreadableRun, read_past_run
from muster.trend.practice import Practice, last_practised


@click.command()
@click.option(
    "--practice",
    "only_practice",
    is_flag=True,
    help="Only when each scenario was last practised in each Region.",
)
@json_option
@click.pass_obj
def history(context: CommandContext, only_practice: bool, as_json: bool) -> None:
    """All runs, newest first, and what was last practised when.

    Of each run its parameters, targets and verdict. A scenario counts as practised where all of its
    steps were taken, whatever the verdict.
    """
    settings = context.read_settings()
    folders = RunFolders(settings.runs)
    found = [read_past_run(folder) for folder in folders.all()]
    known, _ = all_scenarios(settings.scenarios)  # `drill list` tells of invalid files
    runs = [one for one in found if isinstance(one, PastRun)]
    practices = last_practised(runs, (scenario.name for scenario in known))
    now = context.clock.now()
    if as_json:
        rows = [_practice_row(one, now) for one in practices]
        click.echo(json.dumps(rows if only_practice else [_run_row(o) for o in found], indent=2))
        return
    if not only_practice:
        _print_runs(found, folders)
    _print_practices(practices, now)


def _run_row(one: PastRun | UnreadableRun) -> dict[str, object]:
    if isinstance(one, UnreadableRun):
        return {"run": one.run, "status": "unreadable", "why": one.why, "rto_s": None}
    return {
        "run": one.run,
        "status": one.status,
        "why": one.why,
        "rto_s": one.rto_s,
        "rto_at_least": one.rto_at_least,
        "rpo_s": one.rpo_s,
        "exit_code": one.exit_code,
        "trusted": one.trusted,
        "reliable": one.reliable,
        "scenario": one.scenario,
        "region": one.subject,
        "parameters": dict(one.parameters),
        "targets": dict(one.targets),
        "started_at": format_utc(one.started_at),
    }


def _print_runs(found: Sequence[PastRun | UnreadableRun], folders: RunFolders) -> None:
    if not found:
        there = "" if folders.folder.exists() else ": there is no such folder yet"
        click.echo(f"no runs in {folders.folder}{there}")
    width = max((len(one.run) for one in found), default=0)
    for one in found:
        if isinstance(one, UnreadableRun):
            _print_wrapped(f"{one.run:<{width}}  {'unreadable':<12}  {one.why}")
            continue
        named = one.rto_s is None or "RTO" in one.why  # as a target that was met or missed
        bound = "at least " if one.rto_at_least else ""
        rto_text = "" if named else f"  RTO {bound}{format_precise_duration(one.rto_s or 0.0)}"
        if rto_text and one.trusted is False:
            rto_text += " (not reliable)"
        _print_wrapped(f"{one.run:<{width}}  {one.verdict:<12}{rto_text}  {one.why}")
        for words in filter(None, (_format_parameters(one), _format_targets(one))):
            _print_wrapped(f"    {words}")


def _print_wrapped(line: str) -> None:
    for part in wrap_text(line, text_width(len(line)), " " * 6):
        click.echo(part)


def _format_parameters(one: PastRun) -> str:
    return ", ".join(f"{name} {value}" for name, value in one.parameters.items())


def _format_targets(one: PastRun) -> str:
    limits = ", ".join(f"{label} at most {limit}" for label, limit in one.targets.items())
    return f"targets: {limits}" if limits else ""


def _practice_row(one: Practice, now: float) -> dict[str, object]:
    return {
        "scenario": one.scenario,
        "region": one.region,
        "days_ago": one.days_ago(now),
        "run": one.last.run if one.last else None,
        "status": one.last.status if one.last else None,
        "reliable": one.last.reliable if one.last else None,
    }


def _print_practices(practices: Sequence[Practice], now: float) -> None:
    click.echo("\nlast practised")
    wide = max((len(one.scenario) for one in practices), default=0)
    where = max((len(one.region or "") for one in practices), default=0)
    for one in practices:
        last = f"{one.last.verdict}, {one.last.run}" if one.last else ""
        place = f"{one.scenario:<{wide}}  {one.region or '':<{where}}"
        click.echo(f"  {place}  {one.describe_age(now):<19}  {last}".rstrip())
