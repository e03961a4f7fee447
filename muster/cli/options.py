"""Options and arguments that several commands share."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from common.command.durations import parse_duration
from common.command.exit_codes import ExitCode
from common.command.wording import suggest_name
from muster.ci.files import CiFiles
from muster.cli.context import CommandContext
from muster.errors import MusterError, StateBackendSilent
from muster.formatting import format_duration
from muster.hand.names import HAND_GUARDS
from muster.parsers import parse_count, parse_path, parse_percent, parse_rate, parse_share

if TYPE_CHECKING:
    from muster.config import MusterSettings

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
_NEGATIVE = re.compile(r"-[\d.]+%?")
EXIT_PARTLY_READ = ExitCode.FAILED
"""Exit code of a command that only reads, when something could not be read."""


def make_request(kind: Callable[..., R], options: Mapping[str, object]) -> R:
    """A command's request from click's options, which are named as the request's fields."""
    return kind(**options)


class ParsedType(click.ParamType[float]):
    """A number that one of muster.parsers reads."""

    def __init__(self, name: str, parse: Callable[[object], float]) -> None:
        self.name = name
        self._parse = parse

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):  # a default
            return value
        try:
            return self._parse(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


class DurationType(ParsedType):
    """A duration such as 30s or 10m; in seconds. `parse` decides how long it may be."""

    def __init__(
        self,
        min_s: float = 0.0,
        name: str = "TIME",
        parse: Callable[[object], float] = parse_duration,
    ) -> None:
        super().__init__(name, parse)
        self._min_s = min_s

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        length_s = super().convert(value, param, ctx)
        if length_s < self._min_s:
            self.fail(f"{value!r} is less than {format_duration(self._min_s)}", param, ctx)
        return length_s


class NumberCommand(click.Command):
    """A command with a number as an argument; a negative one is told the number's rule.

    click takes all that begins with `-` for an option.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises BadParameter for a negative number, NoSuchOption for another unknown option."""
        given = tuple(args)  # click's parser empties the list
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as exc:
            for text in given:
                if _NEGATIVE.fullmatch(text) and text.startswith(exc.option_name):
                    self._convert_number(text, ctx)
            raise

    def _convert_number(self, text: str, ctx: click.Context) -> None:
        for param in self.params:
            if isinstance(param, click.Argument) and isinstance(param.type, ParsedType):
                param.type.convert(text, param, ctx)


class NameType(click.Choice[str]):
    """One of some names; a wrong one is told the one that is meant."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        message = super().get_invalid_choice_message(value, ctx)
        return f"{message.removesuffix('.')}{suggest_name(str(value), self.choices)}"


NUMBER = ParsedType("NUMBER", parse_count)
PERCENT = ParsedType("PERCENT", parse_percent)
RATE = ParsedType("NUMBER", parse_rate)
SHARE = ParsedType("SHARE", parse_share)


def completion_context(ctx: click.Context) -> CommandContext:
    """The context of a command line that is completed, and not run."""
    return CommandContext.from_process().with_flags(ctx.find_root().params)


def completer(find_items: Callable[["MusterSettings"], Iterable[CompletionItem]]) -> Completer:
    """Completes to the items that begin so; to nothing where they can't be read."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            items = list(find_items(completion_context(ctx).read_settings()))
        except MusterError:
            return []
        return [item for item in items if item.value.startswith(incomplete)]

    return complete


def _find_regions(settings: "MusterSettings") -> list[CompletionItem]:
    """Regions of the stack's outputs file, or kept outputs; calls neither AWS nor Pulumi."""
    from muster.stack_outputs import load_stack  # noqa: PLC0415 - only completion needs it

    return [CompletionItem(name) for name in load_stack(settings, _no_pulumi).regions]


def _no_pulumi(command: list[str], folder: object, _timeout_s: float) -> str:
    raise StateBackendSilent(f"{command} in {folder}", "is not run for completion")


complete_region = completer(_find_regions)


def complete_dials(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The next Region of `REGION=N,REGION=N`, up to its `=`: each one once."""
    done, comma, begun = incomplete.rpartition(",")
    named = {one.partition("=")[0] for one in done.split(",")}
    return [
        CompletionItem(f"{done}{comma}{region.value}=")
        for region in complete_region(ctx, param, begun)
        if region.value not in named
    ]


def region_argument(required: bool = True) -> Callable[[F], F]:
    return click.argument("region", required=required, shell_complete=complete_region)


def _find_runs(settings: "MusterSettings") -> list[CompletionItem]:
    """The runs, newest first."""
    from muster.drill.journal.run_folders import RunFolders  # noqa: PLC0415 - as above

    return [CompletionItem(run.name) for run in RunFolders(settings.runs).all()]


def run_argument(function: F) -> F:
    """A run by its name, or the newest that fits."""
    complete = completer(_find_runs)
    return click.argument("run", required=False, shell_complete=complete)(function)


def _find_unfinished_runs(settings: "MusterSettings") -> list[CompletionItem]:
    """The runs that a process is at work on, and those that were killed."""
    from muster.drill.journal.run_folders import RunFolders  # noqa: PLC0415 - as above

    return [CompletionItem(run.name) for run in RunFolders(settings.runs).unfinished()]


def _find_killed_runs(settings: "MusterSettings") -> list[CompletionItem]:
    from muster.drill.journal.run_folders import RunFolders  # noqa: PLC0415 - as above

    runs = RunFolders(settings.runs).unfinished()
    return [CompletionItem(run.name) for run in runs if not run.at_work]


def unfinished_run_argument(function: F) -> F:
    """A run that has no end yet, by its name, or the one that is under way."""
    complete = completer(_find_unfinished_runs)
    return click.argument("run", required=False, shell_complete=complete)(function)


def killed_run_argument(function: F) -> F:
    """A run that was killed, by its name, or the newest of these."""
    complete = completer(_find_killed_runs)
    return click.argument("run", required=False, shell_complete=complete)(function)


def runs_argument(function: F) -> F:
    """Any number of runs."""
    complete = completer(_find_runs)
    return click.argument("runs", metavar="[RUN]...", nargs=-1, shell_complete=complete)(function)


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(
        function
    )


def path_option(text: str) -> Callable[[F], F]:
    """The path that probes request; `text` is its line of help."""
    return click.option(
        "--path",
        default="/get/foobar",
        show_default=True,
        metavar="PATH",
        callback=_check_path,
        help=text,
    )


def _check_path(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return parse_path(value)
    except ValueError as exc:
        raise click.BadParameter(str(exc), ctx, param) from None


def ci_options(function: F) -> F:
    """Options of a command that writes files for continuous integration."""
    kind = click.Path(dir_okay=False, writable=True, path_type=Path)
    for name, what in (
        ("--junit", "the outcome as JUnit XML"),
        ("--markdown", "a Markdown summary"),
    ):
        text = f"Write {what} to this file."
        function = click.option(name, type=kind, callback=_check_folder, help=text)(function)
    return function


def _check_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a file in a folder that does not exist before anything is done."""
    if value is not None and not value.parent.is_dir():
        raise click.BadParameter(
            f"there is no folder {value.parent}: make it first, or name another file", ctx, param
        )
    return value


def check_new_file(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a file that can't be made, or is there, before anything is done."""
    _check_folder(ctx, param, value)
    if value is None:
        return None
    if not os.access(value.parent, os.W_OK | os.X_OK, effective_ids=True):
        raise click.BadParameter(f"this user can't make a file in {value.parent}", ctx, param)
    if value.exists():
        raise click.BadParameter(
            f"{value} is there already; give each run a file of its own", ctx, param
        )
    return value


def take_ci_files(options: dict[str, object]) -> CiFiles:
    """Remove the options of ci_options from a command's options; their values."""
    return make_request(CiFiles, {name: options.pop(name) for name in ("junit", "markdown")})


def require_trusted_option(function: F) -> F:
    text = "End with 6 if the numbers can't be believed."
    return click.option("--require-trusted", is_flag=True, help=text)(function)


def yes_option(function: F) -> F:
    return click.option("--yes", is_flag=True, help="Change AWS without asking.")(function)


def force_option(guards: Sequence[str], kept_in: str) -> Callable[[F], F]:
    """Overrides guards: `forced`. `kept_in`: what keeps their findings."""
    return click.option(
        "--force",
        "forced",
        multiple=True,
        type=NameType(guards),
        metavar="GUARD",
        help=f"Override this guard; repeatable. {kept_in} keeps its finding.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person has agreed to beforehand."""

    yes: bool
    """To a change on AWS."""
    forced: tuple[str, ...]
    """Guards that are overridden."""


def consent_options(function: F) -> F:
    """Options of a change by hand: the fields of a Consent."""
    return force_option(HAND_GUARDS, "The record of changes by hand")(yes_option(function))


def take_consent(options: dict[str, object]) -> Consent:
    """Remove the consent options from a command's options."""
    return make_request(Consent, {name: options.pop(name) for name in ("yes", "forced")})


def within_option(default: str) -> Callable[[F], F]:
    return click.option(
        "--within",
        "within_s",
        type=DurationType(),
        default=default,
        show_default=True,
        help="How long to wait for it.",
    )
