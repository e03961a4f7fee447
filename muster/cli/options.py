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
W = TypeVar("W")
EXIT_PARTLY_READ = 1
"""Exit code of a command that looks, when something could not be read."""


def make_request(kind: Callable[..., W], options: Mapping[str, object]) -> W:
    """click's options as what a command wants; their names are its fields'."""
    return kind(**options)


class DurationType(click.ParamType[float]):
    """A length of time such as 30s or 10m; seconds."""

    name = "TIME"

    def __init__(self, least_s: float = 0.0) -> None:
        """`least_s`: the shortest that makes sense."""
        self._least_s = least_s

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        if isinstance(value, float):
            return value
        try:
            length_s = parse_duration_text(str(value))
        except ValueError as exc:
            self.fail(f"{value!r} is not {exc}", param, ctx)
        if length_s < self._least_s:
            self.fail(f"{value!r} is less than {format_duration(self._least_s)}", param, ctx)
        return length_s


class NumberType(click.ParamType[float]):
    """A number that is no less than 0, and finite."""

    name = "NUMBER"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not (number >= 0 and math.isfinite(number)):
            self.fail(f"{value!r} is not a number from 0", param, ctx)
        return number


class PercentType(click.ParamType[float]):
    """A percentage, with its sign or without."""

    name = "PERCENT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """0 to 100."""
        try:
            percent = float(str(value).strip().removesuffix("%"))
        except ValueError:
            percent = -1.0
        if not 0 <= percent <= 100:
            self.fail(f"{value!r} is not a percentage from 0 to 100", param, ctx)
        return percent


class ShareType(click.ParamType[float]):
    """A share, as a number or in percent."""

    name = "SHARE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """0 to 1."""
        try:
            return parse_share(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


def complete_region(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Regions of the stack, as far as a file says them: completion asks neither AWS nor Pulumi."""
    from muster.stack_outputs import load_stack  # noqa: PLC0415 - only completion needs it

    context = CommandContext.of_process().with_flags(ctx.find_root().params)
    try:
        regions = load_stack(context.settings(), _no_pulumi).regions
    except MusterError:
        return []
    return [CompletionItem(name) for name in regions if name.startswith(incomplete)]


def _no_pulumi(command: list[str], folder: object) -> str:
    raise MusterError(f"{command} in {folder} is not run for completion")


def region_argument(required: bool = True) -> Callable[[F], F]:
    """REGION."""
    return click.argument("region", required=required, shell_complete=complete_region)


def json_option(function: F) -> F:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="For machines.")(function)


def yes_option(function: F) -> F:
    """--yes."""
    return click.option("--yes", is_flag=True, help="Change AWS without asking.")(function)


def within_option(default: str) -> Callable[[F], F]:
    """--within."""
    return click.option(
        "--within",
        "within_s",
        type=DurationType(),
        default=default,
        show_default=True,
        help="How long to wait for it.",
    )
