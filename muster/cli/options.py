"""Options and arguments that several commands share."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from muster import durations
from muster.cli.context import Context
from muster.drill import values
from muster.errors import MusterError

F = TypeVar("F", bound=Callable[..., Any])
W = TypeVar("W")
NOT_ALL_READ = 1
"""Exit code of a command that looks, when something could not be read."""


def fill(kind: Callable[..., W], options: Mapping[str, object]) -> W:
    """click's options as what a command wants; their names are its fields'."""
    return kind(**options)


class Length(click.ParamType[float]):
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
            length_s = durations.seconds(str(value))
        except ValueError as exc:
            self.fail(f"{value!r} is not {exc}", param, ctx)
        if length_s < self._least_s:
            self.fail(f"{value!r} is less than {durations.words(self._least_s)}", param, ctx)
        return length_s


class Number(click.ParamType[float]):
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


class Percent(click.ParamType[float]):
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


class Share(click.ParamType[float]):
    """A share, as a number or in percent."""

    name = "SHARE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """0 to 1."""
        try:
            return values.share(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


def complete_region(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Regions of the stack, as far as a file says them: completion asks neither AWS nor Pulumi."""
    from muster import stack as stacks  # noqa: PLC0415 - only completion needs it

    context = Context.of_process().with_flags(ctx.find_root().params)
    try:
        regions = stacks.load(context.settings(), _no_pulumi).regions
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
        type=Length(),
        default=default,
        show_default=True,
        help="How long to wait for it.",
    )
