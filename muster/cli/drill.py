"""`muster drill`: list, plan, run, take up, roll back."""

import asyncio
import json
from collections.abc import Sequence

import click

from muster import codec
from muster.cli.console import text_width
from muster.cli.context import CommandContext
from muster.cli.drill_options import (
    PARAMETERS_AS_OPTIONS,
    guard_option,
    parse_drill_request,
    parse_run_options,
    plan_options,
    run_options,
)
from muster.cli.drill_run import continue_run, plan_with_refusals, roll_back_from_lease, start_run
from muster.cli.options import json_option
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.scenario.catalogue import all_scenarios
from muster.drill.scenario.model import Scenario
from muster.drill.view.format_text import PLAN_COLUMNS, format_plan, wrap_text
from muster.errors import InvalidJournal
from muster.formatting import format_precise_duration

EXIT_CODES = """
\b
Exit codes
  0  the targets were met; a rollback: everything is as it was found
  1  the drill went through, and a target was missed
  2  wrong usage: options, scenario, settings
  3  refused by a guard, or no steady state to begin with; nothing was changed
  4  stopped on the way, and rolled back
  5  the rollback is incomplete: `muster drill rollback` goes on with it
"""


@click.group(epilog=EXIT_CODES)
def drill() -> None:
    """Plan, run and roll back failover drills."""


@drill.command("list")
@json_option
@click.pass_obj
def list_scenarios(context: CommandContext, as_json: bool) -> int:
    """The scenarios: the shipped ones, and those of the setting `scenarios`.

    A file that breaks a rule is told, and makes exit code 2.
    """
    found, wrong = all_scenarios(context.settings().scenarios)
    if as_json:
        click.echo(json.dumps([codec.plain(one) for one in found], indent=2))
    else:
        _show(found)
    for one in wrong:
        click.echo(f"! {one}", err=True)
    return 2 if wrong else 0


def _show(scenarios: Sequence[Scenario]) -> None:
    width = max(len(one.name) for one in scenarios)
    for one in scenarios:
        _echo_folded(f"{one.name:<{width}}  {one.title}", width + 2)
        for parameter in one.parameters:
            default = "" if parameter.default is None else f" [{parameter.default}]"
            choices = f" ({', '.join(parameter.choices)})" if parameter.choices else ""
            told = f"--{parameter.name}{default}  {parameter.description}{choices}"
            _echo_folded(f"{'':<{width}}    {told}", width + 6)


def _echo_folded(line: str, indent: int) -> None:
    for part in wrap_text(line, text_width(PLAN_COLUMNS), " " * indent):
        click.echo(part)


@drill.command("plan", context_settings=PARAMETERS_AS_OPTIONS, epilog=EXIT_CODES)
@click.argument("name")
@plan_options
@json_option
@click.pass_context
def show_plan(ctx: click.Context, /, name: str, as_json: bool, **options: object) -> int:
    """Show what scenario NAME (or a file) would do, exactly. Nothing is done.

    A scenario's parameters are options: `muster drill plan evacuate --region us-west-2 --hold 2m`.
    The guards judge every step by the system as it is now; one that refuses makes exit code 3.
    """
    context: CommandContext = ctx.obj
    asked = parse_drill_request(name, ctx.args, options)
    deployment = context.deployment()
    plan, refused = asyncio.run(plan_with_refusals(deployment, asked))
    if as_json:
        click.echo(json.dumps(codec.plain(plan), indent=2))
    else:
        click.echo(f"on {deployment.place.words}\n")
        click.echo("\n".join(format_plan(plan, text_width(PLAN_COLUMNS))))
    for line in refused:
        click.echo(f"! {line}", err=as_json)
    return 3 if refused else 0


@drill.command("run", context_settings=PARAMETERS_AS_OPTIONS, epilog=EXIT_CODES)
@click.argument("name")
@plan_options
@run_options
@click.pass_context
def run_drill(ctx: click.Context, /, name: str, yes: bool, **options: object) -> int:
    """Run scenario NAME (or a file), measure it, and put back what was found.

    A scenario's parameters are options: `muster drill run evacuate --region us-west-2 --hold 2m`.
    Ctrl-C stops at once and rolls back; a second one ends the rollback's waiting.
    """
    context: CommandContext = ctx.obj
    manner = parse_run_options(options)
    asked = parse_drill_request(name, ctx.args, options)
    return asyncio.run(start_run(context, context.deployment(), asked, manner, yes=yes))


@drill.command(epilog=EXIT_CODES)
@click.argument("run", required=False)
@run_options
@guard_option
@click.pass_obj
def resume(context: CommandContext, /, run: str | None, yes: bool, **options: object) -> int:
    """Go on with a RUN that was killed: the newest unfinished one unless named."""
    work = continue_run(context, run, parse_run_options(options), yes=yes, rollback=False)
    return asyncio.run(work)


@drill.command(epilog=EXIT_CODES)
@click.argument("run", required=False)
@click.option("--from-lease", is_flag=True, help="From the lease, without the run's journal.")
@run_options
@guard_option
@click.pass_obj
def rollback(
    context: CommandContext, /, run: str | None, from_lease: bool, yes: bool, **options: object
) -> int:
    """Put back what a RUN found: the newest unfinished one unless named.

    Ends with 0 when everything is as it was found, with 5 when something is not.
    """
    manner = parse_run_options(options)
    if from_lease:
        if run is not None:
            raise click.UsageError("--from-lease takes no RUN: the lease names it")
        return asyncio.run(roll_back_from_lease(context, manner, yes=yes))
    return asyncio.run(continue_run(context, run, manner, yes=yes, rollback=True))


@drill.command()
@json_option
@click.pass_obj
def history(context: CommandContext, as_json: bool) -> None:
    """All runs, newest first, and what they came to."""
    runs = RunFolders(context.settings().runs)
    rows = [_row(run) for run in runs.all()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo(f"no runs in {runs.folder}")
    names = max((len(str(row["run"])) for row in rows), default=0)
    for row in rows:
        rto = row["rto_s"]
        judged = "RTO" in str(row["why"])  # a target names it already
        told = (
            f"  RTO {format_precise_duration(rto)}" if isinstance(rto, float) and not judged else ""
        )
        click.echo(f"{row['run']:<{names}}  {row['status']:<10}{told}  {row['why']}")


def _row(run: RunFolder) -> dict[str, object]:
    result = run.result() or {}
    try:
        state = run.state()
    except InvalidJournal as exc:
        return {"run": run.name, "status": "unreadable", "why": str(exc), "rto_s": None}
    closed = state.closed
    return {
        "run": run.name,
        "status": closed.status if closed else "unfinished",
        "why": closed.why if closed else f"muster drill resume {run.name}, or rollback",
        "rto_s": result.get("rto_s") if closed else None,
        "rpo_s": result.get("rpo_s") if closed else None,
        "exit_code": closed.exit_code if closed else None,
    }
