"""A group of commands that imports a command's module when the command is asked for.

Help and completion of names need no import: the group knows each command's line of help.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and its line of help."""

    path: str
    """`package.module:attribute`."""
    help: str


class LazyGroup(click.Group):
    """Made with `lazy={name: Lazy(...)}`; commands are listed in that order."""

    def __init__(self, *arguments: object, lazy: Mapping[str, LazyCommand], **more: object) -> None:
        """Everything but `lazy` is click's."""
        super().__init__(*arguments, **more)  # type: ignore[arg-type]  # handed on as it came
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were given."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown one."""
        if cmd_name not in self._lazy:
            return None
        module, _, name = self._lazy[cmd_name].path.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self._lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, and the group's own options."""
        names = [
            CompletionItem(name, help=lazy.help)
            for name, lazy in self._lazy.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)
