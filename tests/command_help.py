"""What the help of a command line's groups says of their commands."""

import re
from collections.abc import Iterator

import click


def find_cut_helps(command: click.Command, name: str) -> Iterator[str]:
    """Lines about commands that end in dots since they have no room in 80 columns."""
    if not isinstance(command, click.Group):
        return
    context = click.Context(command, info_name=name, terminal_width=80)
    yield from re.findall(r"^  \w+ .*\.\.\.$", command.get_help(context), re.MULTILINE)
    for one in command.list_commands(context):
        found = command.get_command(context, one)
        assert found is not None
        yield from find_cut_helps(found, f"{name} {one}")
