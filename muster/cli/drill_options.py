"""Options of `muster drill`, and what they mean together.

Decides how a scenario's parameters are given: as options of their own, `--hold 2m`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from muster.cli.options import Length, Number, Share, fill, json_option, yes_option
from muster.drill import guards
from muster.drill.scenario import Raw, Scenario
from muster.errors import ParameterWrong, ScenarioWrong

F = TypeVar("F", bound=Callable[..., Any])

DYNAMIC = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Context settings of commands that take a scenario's parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of a drill."""

    name: str
    parameters: dict[str, Raw]
    targets: dict[str, float]
    forced: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
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
        type=click.Choice(guards.NAMES),
        metavar="GUARD",
        help="Override this guard; may be given again and again. The journal keeps its finding.",
    )(function)


def plan_options(function: F) -> F:
    """Options that make a plan."""
    for option in (
        click.option("--rto", "rto_s", type=Length(), help="Longest outage that meets the target."),
        click.option("--rpo", "rpo_s", type=Length(), help="Oldest write lost that meets it."),
        click.option("--rpo-items", type=Number(), help="Most writes lost that meet it."),
        click.option("--failed-share", type=Share(), help="Largest share that may fail."),
    ):
        function = option(function)
    return guard_option(function)


def run_options(function: F) -> F:
    """Options of everything that runs."""
    for option in (
        click.option("--rate", type=Number(), default=50.0, show_default=True,
                     help="Probes a second"),
        click.option("--no-writes", "writes", is_flag=True, flag_value=False, default=True,
                     help="Probe without writing items: no recovery point is measured."),
        click.option("--path", default="/get/foobar", show_default=True, help="What probes get."),
        click.option("--plain", is_flag=True, help="Plain lines on a terminal too."),
    ):  # fmt: skip
        function = option(function)
    return json_option(yes_option(function))


def check_names(scenario: Scenario) -> None:
    """Refuse a parameter whose option would be the command's own. Raises ScenarioWrong."""

    @plan_options
    @run_options
    def command() -> None: ...

    own = {option for one in command.__click_params__ for option in one.opts}  # type: ignore[attr-defined]  # click's
    for parameter in scenario.parameters:
        if f"--{parameter.name}" in own | {"--help"}:
            at = f"parameters.{parameter.name}"
            rule = f"--{parameter.name} is an option of the command itself; choose another name"
            raise ScenarioWrong(scenario.source, at, rule)


def manner_of(options: Mapping[str, object]) -> Manner:
    """How a run is shown and probed."""
    names = ("as_json", "plain", "rate", "writes", "path", "forced")
    return fill(Manner, {name: options[name] for name in names if name in options})


def asked_of(name: str, extra: Sequence[str], options: Mapping[str, object]) -> Asked:
    """What is asked for. Raises ParameterWrong."""
    targets = {
        field: value
        for field in ("rto_s", "rpo_s", "rpo_items", "failed_share")
        if isinstance(value := options[field], float)
    }
    forced = options["forced"]
    return Asked(
        name=name,
        parameters=parameters(name, extra),
        targets=targets,
        forced=tuple(forced) if isinstance(forced, tuple) else (),
    )


def parameters(scenario: str, extra: Sequence[str]) -> dict[str, Raw]:
    """`--hold 2m --region=us-west-2` as a mapping. Raises ParameterWrong."""
    found: dict[str, Raw] = {}
    left = list(extra)
    while left:
        word = left.pop(0)
        name, sign, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise ParameterWrong(scenario, word, "is no option; write parameters as --NAME VALUE")
        if not sign:
            if not left:
                raise ParameterWrong(scenario, name, "has no value; write it as --NAME VALUE")
            value = left.pop(0)
        if name in found:
            raise ParameterWrong(scenario, name, "is given twice")
        found[name] = value
    return found
