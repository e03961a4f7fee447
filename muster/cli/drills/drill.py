"""`muster drill`: list, plan, run, resume, roll back. Modules beside it have the other commands.

Decides how a scenario's parameters are given: as options of the command, such as `--hold 2m`. What
runs a drill takes half a second to import, so a command imports it when it is used: help and
completion need none of it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from common.command.command_shell import LazyCommand, LazyGroup
from muster import codec
from muster.cli.context import CommandContext, print_warning
from muster.cli.drills.requests import DrillRequest, RunOptions
from muster.cli.drills.scenario_command import (
    ScenarioCommand,
    complete_scenario,
    describe_parameter,
)
from muster.cli.options import (
    NUMBER,
    RATE,
    SHARE,
    DurationType,
    ci_options,
    force_option,
    json_option,
    killed_run_argument,
    make_request,
    path_option,
    require_trusted_option,
    take_ci_files,
    yes_option,
)
from muster.drill.guards.names import GUARD_NAMES
from muster.drill.scenario.catalogue import all_scenarios, find_scenario
from muster.drill.scenario.model import RawValue, Scenario
from muster.drill.scenario.parser import locate_errors
from muster.errors import InvalidParameter, InvalidScenario

F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES = """
\b
Exit codes
  0  the targets were met; of a rollback: all is as it was before the drill
  1  the drill completed, and a target was missed
  2  wrong usage: options, scenario, settings
  3  refused by a guard, or no steady state at the start; nothing was changed
  4  stopped early, and rolled back
  5  the rollback is incomplete: `muster drill rollback` continues it
  6  with --require-trusted, not 0 or 1: the measurement is not reliable
"""
PLAN_EXIT_CODES = """
\b
Exit codes
  0  no guard refuses the drill as the system is now
  1  a call failed
  2  wrong usage: options, scenario, settings
  3  a guard refuses it
"""
_HERE = "muster.cli.drills"
COMMANDS = {
    "list": LazyCommand(f"{_HERE}.drill:list_scenarios", "The scenarios that can be run."),
    "plan": LazyCommand(f"{_HERE}.drill:show_plan", "Show every step that a scenario would take."),
    "run": LazyCommand(f"{_HERE}.drill:run_drill", "Run a scenario, measure it, and roll back."),
    "watch": LazyCommand(f"{_HERE}.watch:watch", "Watch a drill of another terminal."),
    "approve": LazyCommand(f"{_HERE}.people:approve", "Approve what a run asks, or refuse it."),
    "mark": LazyCommand(f"{_HERE}.people:mark", "Mark in a run what has just happened."),
    "resume": LazyCommand(f"{_HERE}.drill:resume", "Resume a run that was killed."),
    "rollback": LazyCommand(f"{_HERE}.drill:rollback", "Restore what a run found at its start."),
    "history": LazyCommand(f"{_HERE}.history:history", "All runs, and what was last practised."),
}
PARAMETERS_AS_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Context settings of commands that take a scenario's parameters."""


guard_option = force_option(GUARD_NAMES, "The journal")


def plan_options(function: F) -> F:
    """Options of the commands that make a plan."""
    for option in (
        click.option("--rto", "rto_s", type=DurationType(), help="Target: longest outage."),
        click.option("--rpo", "rpo_s", type=DurationType(), help="Target: oldest lost write."),
        click.option("--rpo-items", type=NUMBER, help="Target: number of lost writes."),
        click.option("--failed-share", type=SHARE, help="Target: share of failed requests."),
    ):
        function = option(function)
    return guard_option(function)


def run_options(function: F) -> F:
    """Options of the commands that run something."""
    for option in (
        click.option("--rate", type=RATE, default=50.0, show_default=True,
                     help="Probes a second."),
        click.option("--no-writes", "writes", is_flag=True, flag_value=False, default=True,
                     help="Probe without writing items: no recovery point is measured."),
        path_option("Path that probes request."),
        click.option("--plain", is_flag=True, help="Print plain lines, also on a terminal."),
    ):  # fmt: skip
        function = option(function)
    return json_option(yes_option(function))


@click.group(cls=LazyGroup, lazy=COMMANDS, epilog=EXIT_CODES)
def drill() -> None:
    """Plan, run and roll back failover drills."""


@click.command("list")
@json_option
@click.pass_obj
def list_scenarios(context: CommandContext, as_json: bool) -> int:
    """The scenarios that can be run, and their parameters.

    They are the shipped ones, and those of the setting `scenarios`.
    Invalid files are listed with the rule that they break, and make exit code 2.
    """
    scenarios, errors = all_scenarios(context.read_settings().scenarios)
    if as_json:
        click.echo(json.dumps([codec.plain(scenario) for scenario in scenarios], indent=2))
    else:
        _print_scenarios(scenarios)
    for error in errors:
        click.echo(f"! {error}", err=True)
    return 2 if errors else 0


def _print_scenarios(scenarios: Sequence[Scenario]) -> None:
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        _print_wrapped(f"{scenario.name:<{width}}  {scenario.title}", width + 2)
        for parameter in scenario.parameters:
            text = "  ".join(describe_parameter(parameter))
            _print_wrapped(f"{'':<{width}}    {text}", width + 6)


def _print_wrapped(line: str, indent: int) -> None:
    from muster.cli.console import text_width  # noqa: PLC0415 - see above
    from muster.drill.view.format_text import PLAN_COLUMNS, wrap_text  # noqa: PLC0415 - see above

    for part in wrap_text(line, text_width(PLAN_COLUMNS), " " * indent):
        click.echo(part)


@click.command(
    "plan", cls=ScenarioCommand, context_settings=PARAMETERS_AS_OPTIONS, epilog=PLAN_EXIT_CODES
)
@click.argument("name", shell_complete=complete_scenario)
@plan_options
@json_option
@click.pass_context
def show_plan(ctx: click.Context, /, name: str, as_json: bool, **options: object) -> int:
    """Show every step that scenario NAME (or a file) would take. Nothing is changed.

    A scenario's parameters are options, listed by `muster drill plan NAME --help`:

    \b
      muster drill plan evacuate --region us-west-2 --hold 2m

    The guards are evaluated for every step, from the system as it is now.
    """
    from muster.cli.console import text_width  # noqa: PLC0415 - see above
    from muster.cli.drills.drill_run import plan_with_refusals  # noqa: PLC0415 - see above
    from muster.drill.view.format_text import (  # noqa: PLC0415 - see above
        PLAN_COLUMNS,
        format_plan,
    )

    context: CommandContext = ctx.obj
    parameters = parse_parameters(name, ctx.args)
    deployment = context.open_deployment()
    scenario = _find_scenario(name, deployment.settings.scenarios)
    request = _make_drill_request(scenario, parameters, options)
    plan, refusals = asyncio.run(plan_with_refusals(deployment, request))
    if as_json:
        click.echo(json.dumps(codec.plain(plan), indent=2))
    else:
        click.echo(f"on {deployment.location.description}\n")
        click.echo("\n".join(format_plan(plan, text_width(PLAN_COLUMNS))))
    for line in refusals:
        click.echo(f"! {line}", err=as_json)
    return 3 if refusals else 0


@click.command(
    "run", cls=ScenarioCommand, context_settings=PARAMETERS_AS_OPTIONS, epilog=EXIT_CODES
)
@click.argument("name", shell_complete=complete_scenario)
@plan_options
@ci_options
@run_options
@require_trusted_option
@click.pass_context
def run_drill(ctx: click.Context, /, name: str, yes: bool, **options: object) -> int:
    """Run scenario NAME (or a file), measure it, and roll back.

    A scenario's parameters are options, listed by `muster drill run NAME --help`:

    \b
      muster drill run evacuate --region us-west-2 --hold 2m

    Ctrl-C stops at once and rolls back; a second one ends the rollback's waiting.
    --junit and --markdown are written however the drill ends, and when it is refused.
    """
    from muster.cli.drills.drill_run import start_run  # noqa: PLC0415 - see above

    context: CommandContext = ctx.obj
    ci_files = take_ci_files(options)
    with ci_files.telling_errors(name, print_warning):
        parameters = parse_parameters(name, ctx.args)
        deployment = context.open_deployment()
        scenario = _find_scenario(name, deployment.settings.scenarios)
        request = _make_drill_request(scenario, parameters, options)
        run_as = replace(make_run_options(options), ci_files=ci_files)
        return asyncio.run(start_run(context, deployment, request, run_as, yes=yes))


@click.command(epilog=EXIT_CODES)
@killed_run_argument
@ci_options
@run_options
@require_trusted_option
@guard_option
@click.pass_obj
def resume(context: CommandContext, /, run: str | None, yes: bool, **options: object) -> int:
    """Resume a run that was killed.

    RUN: the newest unfinished one unless named.
    """
    from muster.cli.drills.drill_run import continue_run  # noqa: PLC0415 - see above

    ci_files = take_ci_files(options)
    with ci_files.telling_errors(run or "resume", print_warning):
        run_as = replace(make_run_options(options), ci_files=ci_files)
        return asyncio.run(continue_run(context, run, run_as, yes=yes, rollback=False))


@click.command(epilog=EXIT_CODES)
@killed_run_argument
@click.option(
    "--from-lease",
    is_flag=True,
    help="Read the baseline from the lease, without the run's journal.",
)
@run_options
@guard_option
@click.pass_obj
def rollback(
    context: CommandContext, /, run: str | None, from_lease: bool, yes: bool, **options: object
) -> int:
    """Restore what a run found at its start.

    RUN: the newest unfinished one unless named. Ends with 0 when everything is restored, else with
    5.
    """
    from muster.cli.drills.drill_run import (  # noqa: PLC0415 - see above
        continue_run,
        roll_back_from_lease,
    )

    run_as = make_run_options(options)
    if from_lease:
        if run is not None:
            raise click.UsageError("--from-lease takes no RUN: the lease names it")
        return asyncio.run(roll_back_from_lease(context, run_as, yes=yes))
    return asyncio.run(continue_run(context, run, run_as, yes=yes, rollback=True))


def _find_scenario(name: str, folder: Path | None) -> Scenario:
    """Raises InvalidScenario, also for a parameter whose option would be the command's own."""
    scenario = find_scenario(name, folder)
    own_options = {
        option
        for command in (show_plan, run_drill)
        for parameter in command.params
        for option in parameter.opts
    }
    for parameter in scenario.parameters:
        if f"--{parameter.name}" in own_options | {"--help"}:
            at = f"parameters.{parameter.name}"
            rule = f"--{parameter.name} is an option of the command itself; choose another name"
            with locate_errors():
                raise InvalidScenario(scenario.source, at, rule)
    return scenario


def _make_drill_request(
    scenario: Scenario, parameters: dict[str, RawValue], options: Mapping[str, object]
) -> DrillRequest:
    targets = {
        name: value
        for name in ("rto_s", "rpo_s", "rpo_items", "failed_share")
        if isinstance(value := options[name], float)
    }
    forced = options["forced"]
    return DrillRequest(
        scenario=scenario,
        parameters=parameters,
        targets=targets,
        forced=tuple(forced) if isinstance(forced, tuple) else (),
    )


def make_run_options(options: Mapping[str, object]) -> RunOptions:
    """The options of a command that are about its run."""
    names = (field.name for field in fields(RunOptions))
    return make_request(RunOptions, {name: options[name] for name in names if name in options})


def parse_parameters(scenario: str, extra: Sequence[str]) -> dict[str, RawValue]:
    """`--hold 2m --region=us-west-2` as a mapping. Raises InvalidParameter."""
    parameters: dict[str, RawValue] = {}
    arguments = list(extra)
    while arguments:
        argument = arguments.pop(0)
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or not name:
            rule = "is no option; write parameters as --NAME VALUE"
            raise InvalidParameter(scenario, argument, rule)
        if not equals:
            if not arguments:
                raise InvalidParameter(scenario, name, f"has no value; write --{name} VALUE")
            value = arguments.pop(0)
        if name in parameters:
            raise InvalidParameter(scenario, name, "is given twice")
        parameters[name] = value
    return parameters
