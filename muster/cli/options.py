"""Options and arguments that several commands share."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from muster.cli.context import CommandContext
from muster.errors import MusterError
from muster.formatting import format_duration, parse_duration_text
from muster.parsers import parse_share

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
EXIT_PARTLY_READ = 1
"""Exit code of a command that only reads, when something could not be read."""


def make_request(kind: Callable[..., R], options: Mapping[str, object]) -> R:
    """A command's request from click's options, which are named as the request's fields."""
    return kind(**options)


class DurationType(click.ParamType[float]):
    """A duration such as 30s or 10m; in seconds."""

    name = "TIME"

    def __init__(self, min_s: float = 0.0) -> None:
        self._min_s = min_s

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            length_s = parse_duration_text(str(value))
        except ValueError as exc:
            self.fail(f"{value!r} is not {exc}", param, ctx)
        if length_s < self._min_s:
            self.fail(f"{value!r} is less than {format_duration(self._min_s)}", param, ctx)
        return length_s


class NumberType(click.ParamType[float]):
    """A finite number from 0 up."""

    name = "NUMBER"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not (number >= 0 and math.isfinite(number)):
            self.fail(f"{value!r} is not a number from 0", param, ctx)
        return number


class PercentType(click.ParamType[float]):
    """A percentage, with or without its sign; 0 to 100."""

    name = "PERCENT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            percent = float(str(value).strip().removesuffix("%"))
        except ValueError:
            percent = -1.0
        if not 0 <= percent <= 100:
            self.fail(f"{value!r} is not a percentage from 0 to 100", param, ctx)
        return percent


class ShareType(click.ParamType[float]):
    """A share, written as a number from 0 to 1 or in percent; 0 to 1."""

    name = "SHARE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return parse_share(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


def complete_region(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Regions of the stack's outputs file; completion calls neither AWS nor Pulumi."""
    from muster.stack_outputs import load_stack  # noqa: PLC0415 - only completion needs it

    context = CommandContext.from_process().with_flags(ctx.find_root().params)
    try:
        regions = load_stack(context.read_settings(), _no_pulumi).regions
    except MusterError:
        return []
    return [CompletionItem(name) for name in regions if name.startswith(incomplete)]


def _no_pulumi(command: list[str], folder: object) -> str:
    raise MusterError(f"{command} in {folder} is not run for completion")


def region_argument(required: bool = True) -> Callable[[F], F]:
    return click.argument("region", required=required, shell_complete=complete_region)


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="For machines.")(function)


def yes_option(function: F) -> F:
    return click.option("--yes", is_flag=True, help="Change AWS without asking.")(function)


def within_option(default: str) -> Callable[[F], F]:
    return click.option(
        "--within",
        "within_s",
        type=DurationType(),
        default=default,
        show_default=True,
        help="How long to wait for it.",
    )
