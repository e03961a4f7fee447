"""What a command line does around its commands: import them late, end in an exit code.

A group of commands knows each command's line of help, so that neither help nor the completion of
names imports anything. An error becomes one line on stderr and an exit code; an error of the
program's own becomes "this should not happen" and a file with the traceback.
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

E = TypeVar("E", bound=Exception)
_FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
EXIT_FAILED = 1
"""As of exit_codes, like the next ones; a shared module stands alone."""
EXIT_INTERNAL_ERROR = 70
EXIT_INTERRUPTED = 130


class ReaderGone(Exception):
    """The reader (`| head`) has seen enough. For a BrokenPipeError click would exit with 1."""


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is not imported yet."""

    path: str
    """`package.module:attribute`."""
    help: str
    """Its line in the group's help."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used.

    Made with `lazy={name: LazyCommand(...)}`; help lists the commands in that order.
    """

    def __init__(
        self, *arguments: object, lazy: Mapping[str, LazyCommand], **options: object
    ) -> None:
        """All arguments but `lazy` are click's."""
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # passed through
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, _, name = self._lazy[cmd_name].path.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises NoSuchCommand, which names the commands of similar names."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as exc:
            raise NoSuchCommand(exc.command_name, possibilities=self._lazy, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Raises ReaderGone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as exc:
            raise ReaderGone from exc

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self._lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [
            CompletionItem(name, help=lazy.help)
            for name, lazy in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandShell(Generic[E]):
    """Runs a command line and turns every way in which it ends into an exit code."""

    program: str
    """Its name, in help and before errors."""
    command: click.Command
    error: type[E]
    """Base of the errors that a user is meant to see."""
    exit_code: Callable[[E], int]
    save_traceback: Callable[[str], Path]
    """Writes a text to a log file; the file. May raise OSError."""

    def run(self, arguments: Sequence[str], context: object = None) -> int:
        """Run the command with these arguments and this `ctx.obj`; the exit code."""
        try:
            code = self.command.main(
                list(arguments), prog_name=self.program, standalone_mode=False, obj=context
            )
        except click.ClickException as exc:
            exc.show()
            return exc.exit_code
        except (click.Abort, KeyboardInterrupt):
            return EXIT_INTERRUPTED
        except ReaderGone:
            # What is still buffered must go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except self.error as exc:
            click.echo(f"{self.program}: {exc}", err=True)
            return self.exit_code(exc)
        except Exception as exc:  # noqa: BLE001 - the process edge: logged with its traceback
            return self._report_own_error(exc)
        return code if isinstance(code, int) else 0

    def _report_full_disk(self, exc: OSError) -> int:
        where = f"{exc.filename} can't be written" if exc.filename else "a file can't be written"
        click.echo(f"{self.program}: {where}: {exc.strerror}; free some, and try again", err=True)
        return EXIT_FAILED

    def _report_own_error(self, exc: Exception) -> int:
        if isinstance(exc, OSError) and exc.errno in _FULL_DISK:
            return self._report_full_disk(exc)
        if isinstance(exc, OSError) and exc.errno in _NOT_ALLOWED and exc.filename:
            todo = "let this user read and write it, and try again"
            click.echo(f"{self.program}: {exc.filename}: {exc.strerror}; {todo}", err=True)
            return EXIT_FAILED
        what = f"{type(exc).__name__}: {exc}"
        click.echo(f"{self.program}: this should not happen: {what}", err=True)
        try:
            text = f"{self.program} {' '.join(sys.argv[1:])}\n{traceback.format_exc()}"
            click.echo(f"  traceback: {self.save_traceback(text)}", err=True)
        except OSError:
            traceback.print_exc()
        return EXIT_INTERNAL_ERROR
