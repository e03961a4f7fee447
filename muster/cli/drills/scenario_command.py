"""Commands that take a scenario, whose parameters are their options: help and completion of these.

A scenario is data of the user's, so click can't know its parameters.
"""

import click
from click.shell_completion import CompletionItem

from muster.cli.options import (
    complete_dials,
    complete_region,
    completer,
    completion_context,
)
from muster.config import MusterSettings
from muster.drill.scenario.catalogue import all_scenarios, find_scenario
from muster.drill.scenario.model import Scenario, ScenarioParameter
from muster.errors import MusterError

_ARGUMENTS = "muster.scenario_command.arguments"


class ScenarioCommand(click.Command):
    """A command whose help shows the parameters of the scenario that is named before `--help`.

    For completion they are options, with what may be their values.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        params = super().get_params(ctx)
        scenario = _find_named_scenario(ctx) if ctx.resilient_parsing else None
        return params if scenario is None else [*params, *map(_make_option, scenario.parameters)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        scenario = _find_named_scenario(ctx)
        if scenario is not None and scenario.parameters:
            rows = [describe_parameter(parameter) for parameter in scenario.parameters]
            with formatter.section(f"Parameters of {scenario.name}"):
                formatter.write_dl(rows)


def describe_parameter(parameter: ScenarioParameter) -> tuple[str, str]:
    """The option with the type of its value, and what it means."""
    choices = f" One of {', '.join(parameter.choices)}." if parameter.choices else ""
    default = "required" if parameter.default is None else f"default: {parameter.default}"
    option = f"--{parameter.name} {parameter.type.upper()}"
    return option, f"{parameter.description}{choices}  [{default}]"


def _make_option(parameter: ScenarioParameter) -> click.Option:
    """The option that completes the parameter and its values."""
    complete = {"region": complete_region, "dials": complete_dials}.get(parameter.type)
    if parameter.choices:
        complete = completer(lambda _settings: map(CompletionItem, parameter.choices))
    flag = f"--{parameter.name}"
    return click.Option([flag], help=parameter.description, shell_complete=complete)


def _find_scenarios(settings: MusterSettings) -> list[CompletionItem]:
    scenarios, _ = all_scenarios(settings.scenarios)
    return [CompletionItem(scenario.name, help=scenario.title) for scenario in scenarios]


complete_scenario_name = completer(_find_scenarios)


def complete_scenario(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The scenarios' names; files where none begins so."""
    names = complete_scenario_name(ctx, param, incomplete)
    return names or [CompletionItem(incomplete, type="file")]


def _find_named_scenario(ctx: click.Context) -> Scenario | None:
    """The scenario that the first argument names; None without one, or where it is wrong."""
    name = next(iter(ctx.meta.get(_ARGUMENTS, ())), "-")
    if name.startswith("-"):
        return None
    context = completion_context(ctx) if ctx.resilient_parsing else ctx.obj
    try:
        return find_scenario(name, context.read_settings().scenarios)
    except MusterError:
        return None
