"""Options of `muster drill`, and what they mean together.

Decides how a scenario's parameters are given: as options of their own, `--hold 2m`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from muster.cli.options import (
    DurationType,
    NumberType,
    ShareType,
    json_option,
    make_request,
    yes_option,
)
from muster.drill.guards.evaluation import GUARD_NAMES
from muster.drill.scenario.model import RawValue, Scenario
from muster.errors import InvalidParameter, InvalidScenario

F = TypeVar("F", bound=Callable[..., Any])

PARAMETERS_AS_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Context settings of commands that take a scenario's parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRequest:
    """What the command line says of a drill."""

    name: str
    parameters: dict[str, RawValue]
    targets: dict[str, float]
    forced: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is shown, and how much it probes."""

    as_json: bool = False
    plain: bool = False
    rate: float = 50.0
    writes: bool = True
    path: str = "/get/foobar"
    forced: tuple[str, ...] = ()


def guard_option(function: F) -> F:
    """--force."""
    return click.option(
        "--force",
        "forced",
        multiple=True,
        type=click.Choice(GUARD_NAMES),
        metavar="GUARD",
        help="Override this guard; may be given again and again. The journal keeps its finding.",
    )(function)


def plan_options(function: F) -> F:
    """Options that make a plan."""
    for option in (
        click.option(
            "--rto", "rto_s", type=DurationType(), help="Longest outage that meets the target."
        ),
        click.option(
            "--rpo", "rpo_s", type=DurationType(), help="Oldest write lost that meets it."
        ),
        click.option("--rpo-items", type=NumberType(), help="Most writes lost that meet it."),
        click.option("--failed-share", type=ShareType(), help="Largest share that may fail."),
    ):
        function = option(function)
    return guard_option(function)


def run_options(function: F) -> F:
    """Options of everything that runs."""
    for option in (
        click.option("--rate", type=NumberType(), default=50.0, show_default=True,
                     help="Probes a second"),
        click.option("--no-writes", "writes", is_flag=True, flag_value=False, default=True,
                     help="Probe without writing items: no recovery point is measured."),
        click.option("--path", default="/get/foobar", show_default=True, help="What probes get."),
        click.option("--plain", is_flag=True, help="Plain lines on a terminal too."),
    ):  # fmt: skip
        function = option(function)
    return json_option(yes_option(function))


def check_parameter_names(scenario: Scenario) -> None:
    """Refuse a parameter whose option would be the command's own. Raises ScenarioWrong."""

    @plan_options
    @run_options
    def command() -> None: ...

    own = {option for one in command.__click_params__ for option in one.opts}  # type: ignore[attr-defined]  # click's
    for parameter in scenario.parameters:
        if f"--{parameter.name}" in own | {"--help"}:
            at = f"parameters.{parameter.name}"
            rule = f"--{parameter.name} is an option of the command itself; choose another name"
            raise InvalidScenario(scenario.source, at, rule)


def parse_run_options(options: Mapping[str, object]) -> RunOptions:
    """How a run is shown and probed."""
    names = ("as_json", "plain", "rate", "writes", "path", "forced")
    return make_request(RunOptions, {name: options[name] for name in names if name in options})


def parse_drill_request(
    name: str, extra: Sequence[str], options: Mapping[str, object]
) -> DrillRequest:
    """What is asked for. Raises ParameterWrong."""
    targets = {
        field: value
        for field in ("rto_s", "rpo_s", "rpo_items", "failed_share")
        if isinstance(value := options[field], float)
    }
    forced = options["forced"]
    return DrillRequest(
        name=name,
        parameters=parse_parameters(name, extra),
        targets=targets,
        forced=tuple(forced) if isinstance(forced, tuple) else (),
    )


def parse_parameters(scenario: str, extra: Sequence[str]) -> dict[str, RawValue]:
    """`--hold 2m --region=us-west-2` as a mapping. Raises ParameterWrong."""
    found: dict[str, RawValue] = {}
    left = list(extra)
    while left:
        word = left.pop(0)
        name, sign, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise InvalidParameter(scenario, word, "is no option; write parameters as --NAME VALUE")
        if not sign:
            if not left:
                raise InvalidParameter(scenario, name, "has no value; write it as --NAME VALUE")
            value = left.pop(0)
        if name in found:
            raise InvalidParameter(scenario, name, "is given twice")
        found[name] = value
    return found
